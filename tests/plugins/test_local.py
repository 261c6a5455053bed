import pytest
from chain import Chain, make_query

from clusterdns.corefile import CorefileError
from clusterdns.dns.reply import FOREVER

SOA = "604800 SOA localhost. root.localhost. 1 0 0 0 604800"
OTHER = "SERVFAIL unanswered no next plugin found"


def ask(question, options=""):
    return Chain(f". {{\n local {options}\n}}").ask(question)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("localhost. A", "localhost. 604800 A 127.0.0.1"),
        ("LocalHost. AAAA", "LocalHost. 604800 AAAA ::1"),
        ("localhost. NS", "localhost. 604800 NS localhost."),
        ("localhost. SOA", f"localhost. {SOA}"),
        ("a.b.LOCALHOST. A", "a.b.LOCALHOST. 604800 A 127.0.0.1"),
        ("localhost.default.svc.cluster.local. AAAA", "localhost.default.svc.cluster.local. 604800 AAAA ::1"),
        ("1.0.0.127.in-addr.arpa. PTR", "1.0.0.127.in-addr.arpa. 604800 PTR localhost."),
        ("127.In-addr.arpa. SOA", f"127.In-addr.arpa. {SOA}"),
        ("0.in-addr.arpa. NS", "0.in-addr.arpa. 604800 NS localhost."),
    ],
)
def test_local_names_are_answered(question, answer):
    assert ask(question) == ["NOERROR", answer]


@pytest.mark.parametrize(
    ("question", "owner"),
    [
        ("localhost. TXT", "localhost."),
        ("x.LOCALHOST. MX", "x.LOCALHOST."),
        ("localhost.example. SOA", "localhost.example."),
        ("255.in-addr.arpa. A", "255.in-addr.arpa."),
        ("1.0.0.127.IN-ADDR.arpa. A", "127.IN-ADDR.arpa."),
    ],
)
def test_types_that_they_lack_are_no_data(question, owner):
    assert ask(question) == ["NOERROR", f"authority {owner} {SOA}"]


@pytest.mark.parametrize("name", ["2.0.0.127.in-addr.arpa.", "1.255.in-addr.arpa.", "1.2.3.0.in-addr.arpa."])
def test_other_reverse_names_do_not_exist(name):
    zone = ".".join(name.split(".")[-4:])
    assert ask(f"{name} PTR") == ["NXDOMAIN", f"authority {zone} {SOA}"]


@pytest.mark.parametrize(
    "name", ["example.", ".", "1.in-addr.arpa.", "xlocalhost.", "localhosts.example.", "in-addr.arpa."]
)
def test_all_other_names_are_left_to_the_plugins_below(name):
    assert ask(f"{name} A") == [OTHER]


def test_names_that_only_begin_with_localhost_can_be_left_alone():
    assert ask("localhost.example. A", "{\n localhost_prefix off\n }") == [OTHER]
    assert ask("x.localhost. A", "{\n localhost_prefix off\n }")[0] == "NOERROR"
    assert ask("localhost.example. A", "{\n localhost_prefix on\n }")[0] == "NOERROR"


def test_names_around_localhost_are_counted():
    chain = Chain(". {\n local\n}")
    for name in ("x.localhost.", "localhost.example.", "localhost.", "1.0.0.127.in-addr.arpa."):
        assert chain.reply(make_query(f"{name} A")).good_until == FOREVER
    assert chain.world.metrics.counter("coredns_local_localhost_requests_total", "").values == {(): 2}


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ("local example.org", "'example.org' is one argument too many"),
        ("local {\n foo\n }", "unknown property 'foo'"),
        ("local {\n localhost_prefix maybe\n }", r"unknown value of localhost_prefix 'maybe' \(known are on, off\)"),
        ("local {\n localhost_prefix\n }", "1 argument expected after 'localhost_prefix'"),
    ],
)
def test_other_options_are_refused(lines, complaint):
    with pytest.raises(CorefileError, match=f"local: {complaint}"):
        Chain(f". {{\n {lines}\n}}")
