"""What a signed zone file answers to those who want DNSSEC."""

import pytest
from chain import Chain, lines_of, make_query

from clusterdns.dns.edns import Opt

SIGNED = """$TTL 60
@ SOA ns h 1 1 1 1 1
@ RRSIG SOA 8 2 60 20300101000000 20200101000000 1 example.org. c29h
@ NS ns
@ RRSIG NS 8 2 60 20300101000000 20200101000000 1 example.org. bnMx
@ NSEC *.w NS SOA RRSIG NSEC
@ RRSIG NSEC 8 2 60 20300101000000 20200101000000 1 example.org. bnNl
*.w A 192.0.2.1
*.w RRSIG A 8 3 60 20300101000000 20200101000000 1 example.org. YWFh
*.w NSEC a A RRSIG NSEC
*.w RRSIG NSEC 8 3 60 20300101000000 20200101000000 1 example.org. d25z
a A 192.0.2.2
a RRSIG A 8 3 60 20300101000000 20200101000000 1 example.org. YWFi
a NSEC sub A RRSIG NSEC
a RRSIG NSEC 8 3 60 20300101000000 20200101000000 1 example.org. YW5z
sub NS ns.sub
sub DS 1 8 1 da39a3ee5e6b4b0d3255bfef95601890afd80709
sub RRSIG DS 8 3 60 20300101000000 20200101000000 1 example.org. c3Vi
sub NSEC @ NS DS RRSIG NSEC
sub RRSIG NSEC 8 3 60 20300101000000 20200101000000 1 example.org. c3Vj
"""


def rrsig(owner, covers, signature, section="authority "):
    labels = {"example.org.": 2}.get(owner, 3)
    return f"{section}{owner} 60 RRSIG {covers} 8 {labels} 60 20300101000000 20200101000000 1 example.org. {signature}"


SIGNED_SOA = [
    "authority example.org. 60 SOA ns.example.org. h.example.org. 1 1 1 1 1",
    rrsig("example.org.", "SOA", "c29h"),
]
SIGNED_NS = ["authority example.org. 60 NS ns.example.org.", rrsig("example.org.", "NS", "bnMx")]
APEX_NSEC = [
    "authority example.org. 60 NSEC *.w.example.org. NS SOA RRSIG NSEC",
    rrsig("example.org.", "NSEC", "bnNl"),
]
A_NSEC = ["authority a.example.org. 60 NSEC sub.example.org. A RRSIG NSEC", rrsig("a.example.org.", "NSEC", "YW5z")]


@pytest.fixture
def signed(tmp_path):
    (tmp_path / "db").write_text(SIGNED)
    chain = Chain("example.org {\n file db\n}", root=tmp_path)
    return lambda question: lines_of(chain.reply(make_query(question, opt=Opt(1232, flags=0x8000))))


def test_who_wants_dnssec_gets_signatures(signed):
    assert signed("a.example.org. A") == [
        "NOERROR aa",
        "a.example.org. 60 A 192.0.2.2",
        rrsig("a.example.org.", "A", "YWFi", ""),
        *SIGNED_NS,
    ]


def test_who_does_not_want_dnssec_gets_none(tmp_path):
    (tmp_path / "db").write_text(SIGNED)
    chain = Chain("example.org {\n file db\n}", root=tmp_path)
    assert chain.ask("a.example.org. A") == ["NOERROR aa", "a.example.org. 60 A 192.0.2.2", SIGNED_NS[0]]
    assert chain.ask("b.example.org. A") == ["NXDOMAIN aa", SIGNED_SOA[0]]


def test_a_denial_is_proven(signed):
    assert signed("a.example.org. TXT") == ["NOERROR aa", *SIGNED_SOA, *A_NSEC]
    assert signed("b.example.org. A") == ["NXDOMAIN aa", *SIGNED_SOA, *A_NSEC, *APEX_NSEC]
    assert signed("b.a.example.org. A") == ["NXDOMAIN aa", *SIGNED_SOA, *A_NSEC]


def test_an_answer_from_a_wildcard_proves_that_there_is_no_closer_name(signed):
    reply = signed("x.w.example.org. A")
    assert reply[:3] == [
        "NOERROR aa",
        "x.w.example.org. 60 A 192.0.2.1",
        rrsig("x.w.example.org.", "A", "YWFh", ""),
    ]
    assert reply[3:5] == SIGNED_NS
    assert reply[5].startswith("authority *.w.example.org. 60 NSEC")


def test_a_referral_to_a_signed_zone_has_its_ds(signed):
    assert signed("www.sub.example.org. A") == [
        "NOERROR",
        "authority sub.example.org. 60 NS ns.sub.example.org.",
        "authority sub.example.org. 60 DS 1 8 1 da39a3ee5e6b4b0d3255bfef95601890afd80709",
        rrsig("sub.example.org.", "DS", "c3Vi"),
    ]
