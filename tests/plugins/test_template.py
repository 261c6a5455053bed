import pytest
from chain import Chain, make_query

from clusterdns.corefile import CorefileError
from clusterdns.dns import codes
from clusterdns.dns.edns import EDE
from clusterdns.dns.reply import FOREVER, NEVER


def chain_of(*templates):
    return Chain(f"example. {{\n prometheus\n{''.join(templates)}\n whoami\n}}")


def template(options, head="IN A"):
    return f"template {head} {{\n{options}\n}}\n"


def counted(chain, name):
    counter = chain.world.metrics.counter(f"coredns_template_{name}_total", "")
    return {labels[1:]: value for labels, value in counter.values.items()}


IP = r"""
  match ^ip-(?P<a>[0-9]+)-([0-9]+)[.]
  answer "{{ .Name }} 60 IN A 10.0.{{ .Group.a }}.{{ index .Match 2 }}"
"""


def test_an_address_is_read_from_the_name():
    assert chain_of(template(IP)).ask("IP-3-4.Example. A") == ["NOERROR aa", "ip-3-4.example. 60 A 10.0.3.4"]


def test_numbers_of_other_bases_are_read():
    options = 'match ^(..)[.]\nanswer "{{ .Name }} 60 IN A 10.0.0.{{ parseInt (index .Match 1) 16 8 }}"'
    assert chain_of(template(options)).ask("fe.example. A")[1] == "fe.example. 60 A 10.0.0.254"


def test_all_sections_are_filled():
    options = """
      answer "{{ .Name }} 60 MX 10 mail.example." "{{ .Name }} MX 20 {{ .Zone }}"
      authority "example. 60 {{ .Class }} SOA ns.invalid. h.invalid. (1 60 60 60 60)"
      additional "mail.example. 60 IN A 192.0.2.1"
    """
    assert chain_of(template(options, "IN MX")).ask("web.example. MX") == [
        "NOERROR aa",
        "web.example. 60 MX 10 mail.example.",
        "web.example. 3600 MX 20 example.",
        "authority example. 60 SOA ns.invalid. h.invalid. 1 60 60 60 60",
        "additional mail.example. 60 A 192.0.2.1",
    ]


def test_a_response_code_alone_is_an_answer():
    assert chain_of(template("rcode NXDOMAIN", "ANY ANY")).ask("web.example. TXT") == ["NXDOMAIN aa"]


def test_servfail_is_left_to_the_server():
    assert chain_of(template("rcode SERVFAIL")).ask("web.example. A") == ["SERVFAIL unanswered"]


def test_the_reason_of_an_error_is_told():
    reply = chain_of(template('rcode NXDOMAIN\nederror 21 "not here"')).reply(make_query("web.example. A"))
    assert reply.opt.options == ((EDE, b"\0\x15not here"),)
    assert (reply.opt.size, reply.opt.do) == (4096, True)


@pytest.mark.parametrize("question", ["ip-3-4.example. AAAA", "ip-3-4.test. A", "ip-3-4.example. CH A"])
def test_other_types_classes_and_zones_go_on(question):
    assert chain_of(template(IP)).ask(question)[1].startswith("additional")


def test_any_takes_and_is_taken_by_everything():
    options = 'answer "{{ .Name }} 60 IN TXT \\"{{ .Class }} {{ .Type }}\\""'
    assert chain_of(template(options, "ANY ANY")).ask("web.example. PTR")[1] == 'web.example. 60 TXT "IN PTR"'
    assert chain_of(template(options, "IN TXT")).ask("web.example. ANY")[1] == 'web.example. 60 TXT "IN TXT"'
    assert chain_of(template(options, "ANY ANY")).ask("web.example. TYPE65280")[1] == 'web.example. 60 TXT "IN "'


def test_the_first_pattern_that_matches_counts():
    options = 'match ^(a)b ^(.)[.] ^(.*)$\nanswer "{{ .Name }} 60 IN TXT \\"{{ index .Match 1 }} {{ .Regex }}\\""'
    assert chain_of(template(options, "IN TXT")).ask("x.example. TXT")[1] == 'x.example. 60 TXT "x ^(.)[.]"'


# Queries in the zone that no template takes.


def test_a_name_that_matches_nothing_is_servfail():
    assert chain_of(template(IP)).ask("web.example. A") == ["SERVFAIL unanswered"]


def test_unless_it_may_fall_through_to_the_next_template_and_plugin():
    chain = chain_of(template(IP + "fallthrough"), template(IP.replace("ip-", "id-") + "fallthrough"))
    assert chain.ask("id-1-2.example. A")[1] == "id-1-2.example. 60 A 10.0.1.2"
    assert chain.ask("web.example. A")[1].startswith("additional")


def test_only_some_zones_may_fall_through():
    chain = chain_of(template(IP + "fallthrough a.example"))
    assert chain.ask("web.a.example. A")[1].startswith("additional")
    assert chain.ask("web.b.example. A") == ["SERVFAIL unanswered"]


# Templates that fail.


def test_a_text_that_is_no_record_is_servfail_and_counted():
    chain = chain_of(template('answer "{{ .Name }} 60 IN A 10.0.0.300"'))
    (line,) = chain.ask("web.example. A")
    assert line.startswith("SERVFAIL unanswered 'web.example. 60 IN A 10.0.0.300': A data from '10.0.0.300' on")
    labels = ("example.", "", "IN", "A", "answer", "{{.Name}} 60 IN A 10.0.0.300")
    assert counted(chain, "rr_failures") == {labels: 1}


def test_a_template_that_cannot_be_filled_in_is_servfail_and_counted():
    chain = chain_of(template('additional "{{ index .Match 5 }} 60 IN A 10.0.0.1"'))
    assert chain.ask("web.example. A") == ["SERVFAIL unanswered index out of range: 5"]
    labels = ("example.", "", "IN", "A", "additional", "{{index .Match 5}} 60 IN A 10.0.0.1")
    assert counted(chain, "template_failures") == {labels: 1}
    assert counted(chain, "matches") == {labels[:4]: 1}


def test_a_field_that_is_unknown_fails_the_query_and_is_told_at_the_start():
    chain = chain_of(template('answer "{{ .Nmae }} 60 IN A 192.0.2.1"'))
    chain.start()
    problem = "Corefile:4: template: template '{{ .Nmae }} 60 IN A 192.0.2.1': unknown field '.Nmae', did you mean"
    assert problem in chain.log.getvalue()
    assert any(problem in str(doubt) for check in chain.setting.checks for doubt in check())
    assert chain.ask("web.example. A")[0].startswith("SERVFAIL unanswered can't evaluate field Nmae")


# Targets of CNAMEs.

CNAME = 'match ^c[.]\nanswer "{{ .Name }} 30 CNAME ip-3-4.example."\nfallthrough'


def test_the_target_of_a_cname_is_looked_up_by_the_server():
    chain = chain_of(template(CNAME), template(IP))
    assert chain.ask("c.example. A") == [
        "NOERROR aa",
        "c.example. 30 CNAME ip-3-4.example.",
        "ip-3-4.example. 60 A 10.0.3.4",
    ]


def test_for_other_types_it_is_not():
    chain = chain_of(template(CNAME, "IN ANY"), template(IP))
    assert chain.ask("c.example. TXT") == ["NOERROR aa", "c.example. 30 CNAME ip-3-4.example."]


def test_a_target_without_answer_leaves_the_cname_alone():
    chain = chain_of(template(CNAME.replace("ip-3-4", "nope")), template("rcode NXDOMAIN"))
    assert chain.ask("c.example. A") == ["NOERROR aa", "c.example. 30 CNAME nope.example."]


def test_a_cname_that_points_at_itself_comes_to_an_end():
    chain = chain_of(template('answer "{{ .Name }} 30 CNAME {{ .Name }}"'))
    assert len(chain.ask("c.example. A")) < 50


# Expressions.


def test_variables_are_computed_in_their_order():
    options = """
      match ^([0-9]+)[.]
      var n int(group(1))
      var double n * 2
      answer "{{ .Name }} 60 IN TXT \\"{{ .Var.n }} {{ .Var.double }} {{ .Var.none }}\\""
    """
    assert chain_of(template(options, "IN TXT")).ask("21.example. TXT")[1] == '21.example. 60 TXT "21 42 <no value>"'


def test_a_condition_that_does_not_hold_is_like_a_pattern_that_does_not_match():
    chain = chain_of(template("expr incidr(client_ip(), '10.0.0.0/8')\nrcode NXDOMAIN\nfallthrough"))
    assert chain.ask("web.example. A", client="10.1.2.3") == ["NXDOMAIN aa"]
    assert chain.ask("web.example. A", client="192.0.2.1")[1].startswith("additional")


def test_all_conditions_must_hold():
    chain = chain_of(template("expr type() == 'A'\nexpr name() matches '^web'\nrcode NXDOMAIN"))
    assert chain.ask("web.example. A") == ["NXDOMAIN aa"]
    assert chain.ask("other.example. A") == ["SERVFAIL unanswered"]


def test_a_condition_that_is_no_condition_never_holds():
    assert chain_of(template("expr 1\nrcode NXDOMAIN")).ask("web.example. A") == ["SERVFAIL unanswered"]


def test_an_expression_without_value_is_servfail_in_spite_of_fallthrough():
    chain = chain_of(template("var n int(name())\nrcode NXDOMAIN\nfallthrough"))
    assert chain.ask("web.example. A") == ["SERVFAIL unanswered"]


def test_private_addresses_are_mapped_as_in_the_manual_of_coredns():
    options = r"""
      match ^(?P<ip>[0-9]+-[0-9]+-[0-9]+-[0-9]+)[.]
      var ip replace(group('ip'), '-', '.')
      expr "any(['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'], incidr(ip, #))"
      answer "{{ .Name }} 60 IN A {{ .Var.ip }}"
    """
    chain = chain_of(template(options))
    assert chain.ask("172-16-1-1.example. A")[1] == "172-16-1-1.example. 60 A 172.16.1.1"
    assert chain.ask("8-8-8-8.example. A") == ["SERVFAIL unanswered"]


def test_everything_about_a_query_can_be_asked():
    expressions = (
        "name() == 'web.example.' and class() == 'IN' and type() == 'A' and proto() == 'udp' and size() == 29",
        "client_ip() == '10.240.0.1' && port() == '40212' && server_ip() == '10.96.0.10' && server_port() == '53'",
        "id() == 4711 and opcode() == 0 and not do() and bufsize() == 512 and metadata('x') == '' and group(7) == ''",
    )
    chain = chain_of(template("\n".join(f'expr "{text}"' for text in expressions) + "\nrcode NXDOMAIN"))
    assert chain.ask("web.example. A") == ["NXDOMAIN aa"]


# Replies that may be given again.


def good_until(*templates, question="web.example. A"):
    return chain_of(*templates).reply(make_query(question)).good_until


def test_an_answer_that_only_the_question_decides_may_be_given_again():
    assert good_until(template(IP), question="ip-3-4.example. A") == FOREVER
    assert good_until(template(CNAME), template(IP), question="c.example. A") == FOREVER
    computed = "var n len(name()) + size()\nexpr type() == 'A' && !do() && proto() == 'udp'"
    assert good_until(template(f'{computed}\nanswer "{{{{ .Name }}}} {{{{ .Var.n }}}} IN A 192.0.2.1"')) == FOREVER


@pytest.mark.parametrize(
    "options",
    [
        'answer "{{ .Name }} 60 IN TXT {{ .Remote }}"',
        'answer "{{ .Name }} 60 IN TXT {{ .Message.Id }}"',
        'answer "{{ .Name }} 60 IN TXT {{ $ | len }}"',
        'answer "{{ with . }}{{ .Name }} 60 IN TXT {{ .Remote }}{{ end }}"',
        "expr client_ip() != ''",
        "var x id()",
    ],
)
def test_others_may_not(options):
    chain = chain_of(template(options))
    assert not chain.setting.plugins["template"].of_the_question


def test_nor_may_what_falls_through_because_of_the_client():
    passing = template("expr incidr(client_ip(), '192.0.2.0/24')\nrcode NXDOMAIN\nfallthrough")
    hosts = "hosts {\n 192.0.2.1 web.example\n}"
    alone, behind = (
        Chain(f". {{\n{text}\n}}").reply(make_query("web.example. A")) for text in (hosts, passing + hosts)
    )
    assert alone.answer == behind.answer
    assert alone.good_until > behind.good_until == NEVER


# What is refused.


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("template", "CLASS is missing"),
        ("template in A", "unknown class 'in'"),
        ("template IN", "TYPE is missing"),
        ("template IN a", "unknown record type 'a'"),
        (template("match"), "1 argument expected after 'match'"),
        (template("match ())"), r"'\(\)\)' is not a regular expression"),
        (template("match " + "a" * 10_001), "is longer than 10000 characters"),
        (template("answer"), "1 argument expected after 'answer'"),
        (template('answer "{{"'), "'{{' has no '}}'"),
        (template('answer "{{ notAFunction }}"'), "unknown function 'notAFunction'"),
        (template("rcode"), "CODE is missing"),
        (template("rcode UNDEFINED"), "unknown response code 'UNDEFINED'"),
        (template("ederror"), "1 argument expected"),
        (template("ederror too many words"), "'words' is one argument too many"),
        (template("ederror 65536"), "CODE '?65536'? is more than"),
        (template("var a"), "2 arguments expected"),
        (template("var 1a 1"), "'1a' can't be the name of a variable"),
        (template("var name 1"), "'name' can't be"),
        (template("var len 1"), "'len' can't be"),
        (template("var let 1"), "'let' can't be"),
        (template("var a 1\nvar a 2"), "'a' can't be the name of a variable, or is taken"),
        (template("var a b + 1\nvar b 1"), r"expression 'b \+ 1': unknown name 'b'"),
        (template("var a 1\nvar c 'x' + a"), r"'\+' does not go with string and int"),
        (template("expr name() =="), "unexpected the end"),
        (template("exprs 1"), "did you mean 'expr'"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_line(text, problem):
    with pytest.raises(CorefileError, match=rf"Corefile:[0-9]: template: .*{problem}"):
        Chain(f"example. {{\n{text}\n}}")


def test_what_coredns_has_forgotten_is_accepted():
    assert chain_of(template("upstream\nrcode NXDOMAIN")).ask("web.example. A") == ["NXDOMAIN aa"]


def test_refused_by_template_is_an_answer_of_its_own():
    reply = chain_of(template("rcode REFUSED")).reply(make_query("web.example. A"))
    assert (reply.rcode, reply.flags & codes.AA) == (codes.REFUSED, codes.AA)
