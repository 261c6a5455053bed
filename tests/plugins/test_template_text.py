import pytest

from clusterdns.plugins.template.gotemplate import BadTemplate, Struct, Template, TemplateFailed, Texts

FIELDS = ("Name", "Match", "Group", "Question", "Count", "Ratio", "Yes", "Empty", "Meta", "Var")


def root():
    return Struct(
        Name="web.example.",
        Match=["web", "w", "eb"],
        Group=Texts(a="1", b="2"),
        Question=Struct(Name="WEB.example.", Qtype=1),
        Count=3,
        Ratio=0.5,
        Yes=True,
        Empty="",
        Meta=lambda label: label.upper(),
        Var={"s": "x"},
    )


def render(text):
    return Template(text, FIELDS).render(root())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain } text", "plain } text"),
        ("{{ .Name }} {{.Count}} {{.Ratio}} {{.Yes}}", "web.example. 3 0.5 true"),
        ("{{ .Question.Name }} {{ .Question.Qtype }}", "WEB.example. 1"),
        ("{{ .Group.a }}{{ .Group.none }}{{ .Var.s }}{{ .Var.none }}", "1x<no value>"),
        ("{{ .Match }} {{ .Group }} {{ .Question }}", "[web w eb] map[a:1 b:2] {WEB.example. 1}"),
        ("{{ $.Name }} {{ (index .Match 1) }} {{ . | len | not }}", None),
        ('{{ .Meta "a/b" }} {{ "a/b" | .Meta }}', "A/B A/B"),
        ("{{ \"a\\tb\" }}{{ `\\n` }}{{ 'a' }}{{ 0x10 }}{{ 1.5 }}{{ -3 }}", "a\tb\\n97161.5-3"),
        ('{{ "}}" }}', "}}"),
    ],
)
def test_values_are_written(text, expected):
    if expected is None:
        with pytest.raises(TemplateFailed):
            render(text)
    else:
        assert render(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a  {{- .Count -}}  b", "a3b"),
        ("a  {{ .Count }}  b", "a  3  b"),
        ("a {{- /* comment */ -}} b{{/* another }} */}}c", "abc"),
        ("{{-3}}", "-3"),
        ("a\n{{- if .Yes }} b {{- end }}", "a b"),
    ],
)
def test_white_space_is_trimmed_where_a_marker_says_so(text, expected):
    assert render(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ if .Yes }}a{{ else }}b{{ end }}{{ if .Empty }}a{{ else }}b{{ end }}", "ab"),
        ("{{ if .Empty }}a{{ else if eq .Count 3 }}b{{ else }}c{{ end }}", "b"),
        ("{{ if $x := .Count }}{{ $x }}{{ end }}", "3"),
        ("{{ range .Match }}<{{ . }}>{{ end }}", "<web><w><eb>"),
        ("{{ range $i, $m := .Match }}{{ $i }}{{ $m }} {{ end }}", "0web 1w 2eb "),
        ("{{ range $m := .Match }}{{ $m }}{{ end }}", "webweb"),
        ("{{ range $k, $v := .Group }}{{ $k }}={{ $v }};{{ end }}", "a=1;b=2;"),
        ("{{ range .Empty | print | len }}x{{ else }}none{{ end }}{{ range 2 }}{{ . }}{{ end }}", "none01"),
        ("{{ with .Question }}{{ .Name }}{{ $.Count }}{{ end }}", "WEB.example.3"),
        ("{{ with .Empty }}a{{ else with .Count }}{{ . }}{{ else }}c{{ end }}", "3"),
        ("{{ $x := 1 }}{{ if .Yes }}{{ $x = 2 }}{{ $x := 3 }}{{ $x }}{{ end }}{{ $x }}", "32"),
        ("{{ with $q := .Question }}{{ $q.Name }}{{ end }}", "WEB.example."),
    ],
)
def test_blocks_choose_and_repeat(text, expected):
    assert render(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{{ eq 1 2 3 }} {{ eq 3 2 3 }} {{ eq "a" "a" }} {{ ne 1 2 }}', "false true true true"),
        ("{{ lt 1 2 }} {{ le 2 2 }} {{ gt 1 2 }} {{ ge 2 2 }} {{ lt `a` `b` }}", "true true false true true"),
        ("{{ and 1 0 `x` }} {{ or 0 `x` (index .Match 9) }} {{ not .Yes }}", "0 x false"),
        ("{{ len .Match }} {{ len `é` }} {{ len .Group }}", "3 2 2"),
        ("{{ index .Match 1 }} {{ index .Group `b` }} {{ index .Name 0 }}", "w 2 119"),
        ("{{ slice .Name 0 3 }} {{ slice .Match 1 }} {{ slice .Name }}", "web [w eb] web.example."),
        ("{{ print 1 2 `a` 3 }} {{ println `a` 1 }}", "1 2a3 a 1\n"),
        ("{{ .Group.a | printf `%s-%s` .Name }}", "web.example.-1"),
        ("{{ printf `%d|%05d|%x|%X|%o|%b|%c` 10 10 255 255 8 5 65 }}", "10|00010|ff|FF|10|101|A"),
        ('{{ printf `%s|%-5s|%5s|%q|%v|%x` `a` `a` `a` `a"b` .Match `az` }}', 'a|a    |    a|"a\\"b"|[web w eb]|617a'),
        ("{{ printf `%t %v %.2f %g %%` true 1.0 1.0 0.5 }}", "true 1 1.00 0.5 %"),
        ("{{ printf `%d %s` `a` }}{{ printf `a` 1 }}", "%!d(string=a) %!s(MISSING)a%!(EXTRA int=1)"),
        ("{{ parseInt `ff` 16 8 }} {{ parseInt `0x1f` 0 64 }} {{ parseInt `017` 0 64 }}", "255 31 15"),
    ],
)
def test_functions_are_those_of_go(text, expected):
    assert render(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "{{ index .Match 3 }}",
        "{{ index .Match `a` }}",
        "{{ index .Count 1 }}",
        "{{ .Name.Foo }}",
        "{{ .Name 1 }}",
        "{{ .Foo }}",
        "{{ range .Count }}{{ .Foo }}{{ end }}",
        "{{ eq 1 `a` }}",
        "{{ eq 1 }}",
        "{{ lt true false }}",
        "{{ len 1 }}",
        "{{ slice .Name 3 1 }}",
        "{{ parseInt }}",
        "{{ parseInt `gg` 16 8 }}",
        "{{ parseInt `256` 10 8 }}",
        "{{ parseInt `` 10 8 }}",
        "{{ parseInt `1` 1 8 }}",
        "{{ parseInt 1 10 8 }}",
        "{{ .Meta }}",
        "{{ not }}",
        "{{ range 1000000 }}x{{ end }}",
        "{{ range .Ratio }}x{{ end }}",
        "{{ printf `%20000d` 1 }}",
        "{{ range 1000 }}{{ range 1000 }}xxxxxxxxxx{{ end }}{{ end }}",
    ],
)
def test_what_go_gives_up_on_or_would_never_end_fails(text):
    template = Template(text, FIELDS)
    with pytest.raises(TemplateFailed):
        template.render(root())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{{ .Name", "has no '}}'"),
        ("{{", "has no '}}'"),
        ("{{ `a }}", "is not understood"),
        ("{{ }}", "missing value"),
        ("{{ .Name | }}", "missing value"),
        ("{{ foo }}", "unknown function 'foo'"),
        ("{{ printt 1 }}", "unknown function 'printt': did you mean 'print'"),
        ("{{ template `a` }}", "'template' of Go's templates is not part of clusterdns"),
        ("{{ if .Yes }}", "{{end}} is missing"),
        ("{{ end }}", "unexpected {{end}}"),
        ("{{ else }}", "unexpected {{else}}"),
        ("{{ if .Yes }}{{ end 1 }}", "unexpected '1'"),
        ("{{ if .Yes }}{{ else }}{{ else }}{{ end }}", "unexpected {{else}}"),
        ("{{ $x }}", r"undefined variable '\$x'"),
        ("{{ $x = 1 }}", r"undefined variable '\$x'"),
        ("{{ if .Yes }}{{ $x := 1 }}{{ end }}{{ $x }}", r"undefined variable '\$x'"),
        ("{{ (.Name }}", r"'\)' is missing"),
        ("{{ 1 2 }}", "'1' is no function"),
        ("{{ .Name | 1 }}", "'1' is no function"),
        ("{{ ) }}", r"unexpected '\)'"),
        ("{{ and }}", "and takes arguments"),
        ('{{ "\\q" }}', "is not an escape"),
        ("{{ 'ab' }}", "is not one character"),
        ("{{ len(.Match) }}", "needs a space before it"),
        ('{{ print "a""b" }}', "needs a space before it"),
        ("{{ $x := 1 }}{{ $x= 2 }}", "'\\$x' is no function|unexpected '='|needs a space"),
        ("{{ if .Yes }}" * 2000 + "{{ end }}" * 2000, "too many blocks"),
    ],
)
def test_what_is_no_template_is_refused(text, problem):
    with pytest.raises(BadTemplate, match=problem):
        Template(text, FIELDS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ .Name }} 60 IN A  10.0.0.1", "{{.Name}} 60 IN A  10.0.0.1"),
        ('{{$x:=1}}{{ $x = 2 }}{{ $.Name|printf  "%s" }}', '{{$x := 1}}{{$x = 2}}{{$.Name | printf "%s"}}'),
        ("{{range $i,$g := .Match}}{{ $g }}{{ end -}}  z", "{{range $i, $g := .Match}}{{$g}}{{end}}z"),
        ("{{if eq (len  .Match) 3}}a{{else}}b{{end}}{{/* c */}}", "{{if eq (len .Match) 3}}a{{else}}b{{end}}"),
        (
            "{{if .Yes}}a{{else if .Empty}}b{{else if .Count}}c{{end}}{{with .Name}}{{end}}",
            "{{if .Yes}}a{{else}}{{if .Empty}}b{{else}}{{if .Count}}c{{end}}{{end}}{{end}}{{with .Name}}{{end}}",
        ),
        ("{{ (index .Question.Name 1) }}", "{{(index .Question.Name 1)}}"),
    ],
)
def test_a_template_is_written_down_as_go_does(text, expected):
    assert Template(text, FIELDS).text == expected


def test_a_template_tells_what_it_looks_at():
    assert Template("{{ .Name }}{{ with .Match }}{{ $.Count }}{{ end }}", FIELDS).fields == {"Name", "Match", "Count"}
    assert Template("{{ with . }}{{ .Name }}{{ end }}", FIELDS).fields == set(FIELDS)


def test_a_template_tells_which_fields_there_are_not():
    (doubt,) = Template("{{ .Nmae }}{{ with .Match }}{{ .Whatever }}{{ end }}", FIELDS).doubts
    assert doubt == "unknown field '.Nmae', did you mean '.Name'?"
