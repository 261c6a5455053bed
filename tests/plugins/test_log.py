import pytest
from chain import Chain, make_query

from clusterdns.corefile import CorefileError
from clusterdns.dns import codes
from clusterdns.dns.edns import Opt
from clusterdns.dns.reply import NEVER

ANSWERS = """
 template IN A web.example {
  answer "{{ .Name }} 60 IN A 192.0.2.1"
 }
 template IN A no.example {
  rcode NXDOMAIN
  authority "example. 60 IN SOA ns.example. h.example. 1 1 1 1 1"
 }
 template IN A refused.example {
  rcode REFUSED
 }
"""


def logged(line, *questions, **how):
    chain = Chain(f". {{\n {line}\n{ANSWERS}\n}}")
    for question in questions:
        chain.ask(question, **how)
    return chain.log.getvalue().splitlines()


def test_a_query_is_a_line():
    assert logged("log", "WEB.example. A", client="127.0.0.1") == [
        '[INFO] 127.0.0.1:40212 - 4711 "A IN web.example. udp 29 false 512" NOERROR qr,aa,rd 56 0s'
    ]


def test_what_the_client_takes_is_told():
    (line,) = logged("log", "web.example. A", opt=Opt(1232, codes.DO))
    assert '"A IN web.example. udp 40 true 1232"' in line


def test_options_that_are_not_echoed_do_not_count():
    (line,) = logged("log", "web.example. A", opt=Opt(1232, options=((8, b"\0\1\x18\0\x0a\0\0"), (10, b"a-cookie"))))
    assert '"A IN web.example. udp 52 false 1232"' in line
    (line,) = logged("log", "other.test. A", opt=Opt(1232, options=((8, b"\0\1\0\0"),)))
    assert '"A IN other.test. udp 47 false 1232" SERVFAIL' in line  # there is no reply yet


def test_a_failure_that_rewrite_writes_has_the_options_that_are_echoed():
    opt = Opt(1232, options=((8, b"\0\1\0\0"), (10, b"a-cookie")))
    (line,) = logged("log\n rewrite ttl exact other.test. 60", "other.test. A", opt=opt)
    assert '"A IN other.test. udp 51 false 1232" SERVFAIL qr,rd 51' in line


def test_a_reply_that_was_cut_is_told_by_its_flag_and_by_all_that_it_was_to_have():
    record = 'answer "{{ .Name }} 60 IN TXT ' + "x" * 200 + '"\n'
    cut = f"template IN TXT big.example {{\n{3 * record}}}"
    (line,) = logged(f"log\n {cut}", "big.example. TXT")
    assert 'udp 29 false 512" NOERROR qr,aa,tc,rd 701' in line
    (line,) = logged(f"log\n {cut}", "big.example. TXT", transport="tcp")
    assert "NOERROR qr,aa,rd 701" in line


def test_streams_and_ipv6_are_told():
    (line,) = logged("log", "web.example. A", client="fd00::1", transport="tcp")
    assert line.startswith('[INFO] [fd00::1]:40212 - 4711 "A IN web.example. tcp 29 false 65535"')


def test_the_time_that_it_took_is_told():
    chain = Chain(". {\n log\n minimal\n}")
    query = make_query("web.example. A")
    log = chain.setting.plugins["log"]
    ticks = iter([1000.0, 1000.000123])
    log.world.clock = lambda: next(ticks)
    chain.clock = log.world.clock
    with pytest.raises(Exception, match="no next plugin"):
        chain.reply(query)
    assert chain.log.getvalue().endswith("SERVFAIL qr,rd 29 0.000123s\n")


def test_a_query_without_reply_is_logged_with_its_code():
    (line,) = logged("log", "other.test. A")
    assert line.endswith(" SERVFAIL qr,rd 28 0s")


def test_a_reply_that_is_logged_must_be_logged_the_next_time_too():
    chain = Chain(f". {{\n log web.example\n{ANSWERS}\n}}")
    query = make_query("web.example. A")
    chain.reply(query)
    chain.log.truncate(0)
    chain.log.seek(0)
    (tell,) = query.tells
    tell(b"\x00\x07" + query.wire[2:], ("10.9.8.7", 53), 0.25)
    chain.world.log.flush()
    assert chain.log.getvalue().startswith('[INFO] 10.9.8.7:53 - 7 "A IN web.example. udp')
    assert chain.log.getvalue().endswith(" 0.25s\n")
    unlogged = make_query("no.example. A")
    chain.reply(unlogged)
    assert not unlogged.tells


def test_a_reply_with_metadata_in_its_line_comes_by_the_chain_every_time():
    chain = Chain(f'. {{\n log . "{{name}} {{/some/label}}"\n{ANSWERS}\n}}')
    assert chain.reply(make_query("web.example. A")).good_until == NEVER


def test_only_names_that_are_given_are_logged():
    assert len(logged("log example.org web.EXAMPLE", "web.example. A", "no.example. A", "a.web.example. A")) == 2


def test_the_first_directive_that_names_a_query_decides():
    assert logged("log web.example {\n class error\n}\n log . {name}", "web.example. A", "no.example. A") == [
        "[INFO] no.example."
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("class success", ["web.example."]),
        ("class denial", ["no.example."]),
        ("class error", ["refused.example.", "other.test."]),
        ("class denial error", ["no.example.", "refused.example.", "other.test."]),
        ("class all", ["web.example.", "no.example.", "refused.example.", "other.test."]),
        ("class denial\nclass success", ["web.example.", "no.example."]),
    ],
)
def test_classes_choose_among_replies(line, expected):
    asked = ("web.example. A", "no.example. A", "refused.example. A", "other.test. A")
    assert logged(f"log . {{name}} {{\n{line}\n}}", *asked) == [f"[INFO] {name}" for name in expected]


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("{combined}", '10.240.0.1:40212 - 4711 "A IN web.example. udp 29 false 512" NOERROR qr,aa,rd 56 0s "0"'),
        ('"{remote} asked {name} {type}: {rcode}"', "10.240.0.1 asked web.example. A: NOERROR"),
        ('"{local} {class} {>opcode} {>id}"', "10.96.0.10 IN 0 4711"),
        ('"{ {name} } {when} {host}"', "{ web.example. } {when} {host}"),
        ('"} {name"', "} {name"),
        ('"{/kubernetes/service} {name}"', "- web.example."),
    ],
)
def test_the_line_can_be_written_otherwise(form, expected):
    assert logged(f"log . {form}", "web.example. A") == [f"[INFO] {expected}"]


def test_metadata_can_be_logged_and_tells_how_the_query_went():
    chain = Chain(f'. {{\n log . "{{/forward/upstream}} {{/log/class}} {{/log/type}}"\n{ANSWERS}\n}}')
    query = make_query("no.example. A")
    query.metadata = {"forward/upstream": "192.0.2.53:53"}
    chain.reply(query)
    assert chain.log.getvalue() == "[INFO] 192.0.2.53:53 denial NXDOMAIN\n"


def test_a_format_alone_is_a_name():
    assert logged("log {name}", "web.example. A") == []


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("log {\n class abracadabra\n}", "unknown class 'abracadabra'"),
        ("log {\n class\n}", "1 argument expected after 'class'"),
        ("log {\n klass all\n}", "did you mean 'class'"),
        ("log a..b", "empty label"),
    ],
)
def test_what_is_wrong_is_said(line, problem):
    with pytest.raises(CorefileError, match=f"log: .*{problem}"):
        Chain(f". {{\n {line}\n}}")
