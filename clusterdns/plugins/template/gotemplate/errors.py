"""What can be wrong with a template: when it is read, and when it is filled in."""


class BadTemplate(ValueError):
    """Text that is no template, or uses what there is not; the message says which."""


class TemplateFailed(Exception):
    """A template that can't be filled in for this query."""
