import pytest
from chain import Chain, make_query

from clusterdns.corefile import CorefileError
from clusterdns.dns.reply import FOREVER

RECORDS = """
  answer "{{ .Name }} 60 IN A 192.0.2.1"
  authority "example. 60 IN NS ns.example."
  additional "ns.example. 60 IN A 192.0.2.53"
"""


def chain_of(options):
    return Chain(f"example. {{\n minimal\n template IN A {{\n{options}\n }}\n}}")


def test_an_answer_stands_alone():
    assert chain_of(RECORDS).ask("web.example. A") == ["NOERROR aa", "web.example. 60 A 192.0.2.1"]


def test_what_was_good_for_all_clients_still_is():
    assert chain_of(RECORDS).reply(make_query("web.example. A")).good_until == FOREVER


def test_a_reply_that_others_share_is_not_changed():
    chain = chain_of(RECORDS)
    assert chain.ask("web.example. A") == chain.ask("web.example. A")


@pytest.mark.parametrize(
    "options",
    [
        'rcode NXDOMAIN\nauthority "example. 60 IN SOA ns.example. h.example. 1 1 1 1 1"',
        'authority "example. 60 IN SOA ns.example. h.example. 1 1 1 1 1"',
        'authority "example. 60 IN NS ns.example."\nadditional "ns.example. 60 IN A 192.0.2.53"',
        'rcode REFUSED\nadditional "ns.example. 60 IN A 192.0.2.53"',
    ],
    ids=["nxdomain", "nodata", "referral", "refused"],
)
def test_other_replies_stay_whole(options):
    whole = Chain(f"example. {{\n template IN A {{\n{options}\n }}\n}}").ask("web.example. A")
    assert len(whole) > 1
    assert chain_of(options).ask("web.example. A") == whole


@pytest.mark.parametrize("below", ["file", "erratic"], ids=["only a code", "no reply at all"])
def test_without_a_reply_there_is_nothing_to_shorten_and_so_it_fails_as_in_coredns(tmp_path, below):
    (tmp_path / "zone").write_text("@ 60 SOA ns h 1 2 3 4 5\n")
    plugin = "file zone" if below == "file" else below
    chain = Chain(f"example. {{\n minimal\n {plugin}\n}}", root=tmp_path)
    assert chain.ask("example. IXFR") == ["SERVFAIL unanswered"]


def test_why_there_is_no_reply_is_told_on():
    assert "no next plugin found" in Chain(". {\n minimal\n}").ask("web.example. A")[0]


def test_arguments_are_refused():
    with pytest.raises(CorefileError, match=r"minimal: unexpected 'example\.org'"):
        Chain(". {\n minimal example.org\n}")
