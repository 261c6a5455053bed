"""Go's text/template, as far as answers of the template plugin need it: text in, something to fill in out.

`if`, `range`, `with`, variables, pipelines, comparison and printing; no templates within templates. Must not know
queries.

    template = Template('{{ .Name }} 60 IN TXT "{{ index .Match 1 }}"', {"Name", "Match"})
    template.render(Struct(Name="a.example.", Match=["a.example.", "a"]))      # raises TemplateFailed
"""

from clusterdns.plugins.template.gotemplate.errors import BadTemplate, TemplateFailed
from clusterdns.plugins.template.gotemplate.parser import Template
from clusterdns.plugins.template.gotemplate.values import Struct, Texts

__all__ = ["BadTemplate", "Struct", "Template", "TemplateFailed", "Texts"]
