"""What a zone file answers, name by name and type by type."""

import pytest
from chain import Chain

ZONE = """$TTL 30m
@       SOA    ns.example.org. host.example.org. 7 4h 1h 1w 5m
        NS     ns
        NS     ns.elsewhere.test.
ns      A      192.0.2.53
@       MX     10 Mail
        MX     20 mail
mail    A      192.0.2.25
        AAAA   2001:db8::25
www     CNAME  web
web     A      192.0.2.80
_sip._tcp SRV  0 5 5060 Mail.example.org.
svc     HTTPS  1 mail
deep.er.down A 192.0.2.9
*.wild  A      192.0.2.10
        MX     10 mail
*.alias CNAME  web
a.b.wild TXT   "below a name that is not there"
*.only.below.wildcard TXT "x"
sub     NS     ns.sub
        NS     ns.elsewhere.test.
        DS     1 8 1 da39a3ee5e6b4b0d3255bfef95601890afd80709
ns.sub  A      192.0.2.54
old     DNAME  new
x.new   A      192.0.2.11
self    DNAME  self
loop1   CNAME  loop2
loop2   CNAME  loop1
out     CNAME  www.elsewhere.test.
insub   CNAME  host.sub
other   CNAME  a.old
"""
NS = ["authority example.org. 1800 NS ns.example.org.", "authority example.org. 1800 NS ns.elsewhere.test."]
SOA = ["authority example.org. 1800 SOA ns.example.org. host.example.org. 7 14400 3600 604800 300"]
MAIL = ["additional mail.example.org. 1800 A 192.0.2.25", "additional mail.example.org. 1800 AAAA 2001:db8::25"]


@pytest.fixture
def zone(tmp_path):
    (tmp_path / "db").write_text(ZONE)
    return Chain("example.org {\n file db\n}", root=tmp_path)


def test_a_name_has_its_records_and_the_name_servers_of_the_zone(zone):
    assert zone.ask("web.example.org. A") == ["NOERROR aa", "web.example.org. 1800 A 192.0.2.80", *NS]


def test_the_case_of_the_question_is_not_that_of_the_answer(zone):
    assert zone.ask("WEB.Example.org. A")[1] == "web.example.org. 1800 A 192.0.2.80"


def test_the_apex_answers_for_its_soa_and_its_name_servers(zone):
    soa, *name_servers = [line.removeprefix("authority ") for line in SOA + NS]
    assert zone.ask("example.org. SOA") == ["NOERROR aa", soa, *NS]
    glue = "additional ns.example.org. 1800 A 192.0.2.53"
    assert zone.ask("example.org. NS") == ["NOERROR aa", *name_servers, glue]


def test_mail_servers_come_with_their_addresses_once(zone):
    assert zone.ask("example.org. MX") == [
        "NOERROR aa",
        "example.org. 1800 MX 10 mail.example.org.",
        "example.org. 1800 MX 20 mail.example.org.",
        *NS,
        *MAIL,
    ]


def test_services_come_with_the_addresses_of_their_targets(zone):
    assert zone.ask("_sip._tcp.example.org. SRV") == [
        "NOERROR aa",
        "_sip._tcp.example.org. 1800 SRV 0 5 5060 Mail.example.org.",
        *NS,
        *MAIL,
    ]
    assert zone.ask("svc.example.org. HTTPS")[-2:] == MAIL


def test_a_name_without_the_type_is_nodata(zone):
    assert zone.ask("web.example.org. AAAA") == ["NOERROR aa", *SOA]
    assert zone.ask("web.example.org. ANY") == ["NOERROR aa", *SOA]


def test_a_name_that_is_not_there_is_nxdomain(zone):
    assert zone.ask("nope.example.org. A") == ["NXDOMAIN aa", *SOA]
    assert zone.ask("nope.web.example.org. A") == ["NXDOMAIN aa", *SOA]


def test_an_empty_non_terminal_exists(zone):
    assert zone.ask("er.down.example.org. A") == ["NOERROR aa", *SOA]
    assert zone.ask("down.example.org. TXT") == ["NOERROR aa", *SOA]


def test_an_alias_is_followed_within_the_zone(zone):
    assert zone.ask("www.example.org. A") == [
        "NOERROR aa",
        "www.example.org. 1800 CNAME web.example.org.",
        "web.example.org. 1800 A 192.0.2.80",
        *NS,
    ]
    assert zone.ask("www.example.org. TXT") == ["NOERROR aa", "www.example.org. 1800 CNAME web.example.org.", *NS]
    assert zone.ask("www.example.org. CNAME") == ["NOERROR aa", "www.example.org. 1800 CNAME web.example.org.", *NS]


def test_a_circle_of_aliases_ends(zone):
    reply = zone.ask("loop1.example.org. A")
    assert reply[0] == "NOERROR aa"
    assert sum("CNAME" in line for line in reply) == 10


def test_a_wildcard_stands_for_names_that_are_not_there(zone):
    assert zone.ask("a.wild.example.org. A") == ["NOERROR aa", "a.wild.example.org. 1800 A 192.0.2.10", *NS]
    assert zone.ask("a.c.Wild.example.org. A") == ["NOERROR aa", "a.c.wild.example.org. 1800 A 192.0.2.10", *NS]
    assert zone.ask("a.wild.example.org. MX")[-2:] == MAIL
    assert zone.ask("a.wild.example.org. TXT") == ["NOERROR aa", *SOA]
    assert zone.ask("*.wild.example.org. A")[1] == "*.wild.example.org. 1800 A 192.0.2.10"


def test_a_wildcard_does_not_reach_behind_an_empty_non_terminal(zone):
    assert zone.ask("c.b.wild.example.org. A") == ["NXDOMAIN aa", *SOA]
    assert zone.ask("b.wild.example.org. A")[0] == "NOERROR aa"


def test_a_wildcard_that_is_an_empty_non_terminal_is_nodata(zone):
    assert zone.ask("x.only.below.wildcard.example.org. TXT")[0] == "NOERROR aa"
    assert zone.ask("wildcard.example.org. TXT") == ["NOERROR aa", *SOA]


def test_an_alias_can_come_from_a_wildcard(zone):
    assert zone.ask("any.alias.example.org. A") == [
        "NOERROR aa",
        "any.alias.example.org. 1800 CNAME web.example.org.",
        "web.example.org. 1800 A 192.0.2.80",
        *NS,
    ]


DELEGATED = [
    "authority sub.example.org. 1800 NS ns.sub.example.org.",
    "authority sub.example.org. 1800 NS ns.elsewhere.test.",
    "additional ns.sub.example.org. 1800 A 192.0.2.54",
]


def test_names_below_a_zone_cut_are_referred_to_its_name_servers(zone):
    assert zone.ask("sub.example.org. A") == ["NOERROR", *DELEGATED]
    assert zone.ask("any.thing.sub.example.org. A") == ["NOERROR", *DELEGATED]
    assert zone.ask("ns.sub.example.org. A") == ["NOERROR", *DELEGATED]


def test_the_ds_of_a_child_is_answered_by_the_parent(zone):
    assert zone.ask("sub.example.org. DS") == [
        "NOERROR aa",
        "sub.example.org. 1800 DS 1 8 1 da39a3ee5e6b4b0d3255bfef95601890afd80709",
        *NS,
    ]
    assert zone.ask("x.sub.example.org. DS") == ["NOERROR", *DELEGATED]


def test_an_alias_into_a_delegated_zone_keeps_its_authority(zone):
    alias = "insub.example.org. 1800 CNAME host.sub.example.org."
    assert zone.ask("insub.example.org. A") == ["NOERROR aa", alias, *DELEGATED]


def test_a_dname_renames_all_below_it(zone):
    assert zone.ask("x.old.example.org. A") == [
        "NOERROR aa",
        "old.example.org. 1800 DNAME new.example.org.",
        "x.old.example.org. 1800 CNAME x.new.example.org.",
        "x.new.example.org. 1800 A 192.0.2.11",
        *NS,
    ]
    assert zone.ask("x.old.example.org. CNAME")[2:3] == ["x.old.example.org. 1800 CNAME x.new.example.org."]
    assert zone.ask("old.example.org. DNAME")[1] == "old.example.org. 1800 DNAME new.example.org."


def test_a_dname_that_makes_the_same_name_or_one_too_long_is_servfail(zone, tmp_path):
    assert zone.ask("x.self.example.org. A") == ["SERVFAIL unanswered"]
    (tmp_path / "db").write_text(f"@ 5 SOA ns h 1 1 1 1 1\nold 5 DNAME {'.'.join(['n' * 60] * 3)}\n")
    assert Chain("example.org {\n file db\n}", root=tmp_path).ask(f"{'x' * 60}.old.example.org. A") == [
        "SERVFAIL unanswered"
    ]


def test_an_alias_may_lead_through_a_dname(zone):
    assert zone.ask("other.example.org. A")[0] == "NXDOMAIN aa"
    assert zone.ask("other.example.org. A")[1:3] == [
        "other.example.org. 1800 CNAME a.old.example.org.",
        "old.example.org. 1800 DNAME new.example.org.",
    ]


def test_a_zone_of_soa_and_name_servers_only_has_no_other_name(tmp_path):
    (tmp_path / "db").write_text("@ 5 SOA ns.test. h 1 1 1 1 1\n@ 5 NS ns.test.\n")
    chain = Chain("example.org {\n file db\n}", root=tmp_path)
    assert chain.ask("example.org. A") == [
        "NXDOMAIN aa",
        "authority example.org. 5 SOA ns.test. h.example.org. 1 1 1 1 1",
    ]
