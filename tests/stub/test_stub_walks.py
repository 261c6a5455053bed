"""Which names a resolver asks, one after the other, and what ends its walk."""

import pytest
from walking import FOUND, NODATA, NXDOMAIN, POD, REFUSED, SERVFAIL, SILENCE, walked

from clusterdns.dns import codes
from clusterdns.stub import RESOLVERS, Heard, ResolvConf

SEARCHED = ["web.default.svc.cluster.local.", "web.svc.cluster.local."]
BARE = "web."
ALL = [*SEARCHED, BARE]


@pytest.mark.parametrize("resolver", RESOLVERS)
def test_a_short_name_goes_through_the_search_list_first(resolver):
    walk = walked(resolver, "web")
    assert walk.names == ALL
    assert walk.asked[0].why == "'web' has 0 dots, fewer than ndots:5: the search list comes first"
    assert walk.ended.why == "no name is left to ask"


@pytest.mark.parametrize("resolver", RESOLVERS)
def test_the_first_name_with_an_answer_ends_the_walk(resolver):
    walk = walked(resolver, "web.other", {"web.other.svc.cluster.local.": FOUND})
    assert walk.names == ["web.other.default.svc.cluster.local.", "web.other.svc.cluster.local."]
    assert (walk.ended.name, walk.ended.error) == ("web.other.svc.cluster.local.", "")


@pytest.mark.parametrize("resolver", RESOLVERS)
def test_a_final_dot_makes_a_name_absolute(resolver):
    walk = walked(resolver, "web.default.svc.cluster.local.")
    assert walk.names == ["web.default.svc.cluster.local."]
    assert "ends in a dot" in walk.asked[0].why


@pytest.mark.parametrize("resolver", RESOLVERS)
@pytest.mark.parametrize("address", ["10.96.0.1", "::1"])
def test_an_address_is_not_asked_for(resolver, address):
    assert walked(resolver, address).asked == []


@pytest.mark.parametrize(
    ("resolver", "heard", "names", "error"),
    [
        ("glibc", NXDOMAIN, ALL, "EAI_NONAME"),
        ("glibc", NODATA, ALL, "EAI_NODATA"),
        ("glibc", SERVFAIL, ALL, "EAI_AGAIN"),
        ("glibc", REFUSED, [SEARCHED[0], BARE], "EAI_AGAIN"),
        ("glibc", SILENCE, [SEARCHED[0], BARE], "EAI_AGAIN"),
        ("musl", NXDOMAIN, ALL, "EAI_NONAME"),
        ("musl", NODATA, SEARCHED[:1], "EAI_NODATA"),
        ("musl", SERVFAIL, SEARCHED[:1], "EAI_AGAIN"),
        ("musl", REFUSED, SEARCHED[:1], "EAI_AGAIN"),
        ("musl", SILENCE, SEARCHED[:1], "EAI_AGAIN"),
        ("go", NXDOMAIN, ALL, "no such host"),
        ("go", NODATA, ALL, "no such host"),
        ("go", SERVFAIL, ALL, "server misbehaving"),
        ("go", REFUSED, ALL, "server misbehaving"),
        ("go", SILENCE, ALL, "i/o timeout"),
        ("c-ares", NXDOMAIN, ALL, "ARES_ENOTFOUND"),
        ("c-ares", NODATA, ALL, "ARES_ENODATA"),
        ("c-ares", SERVFAIL, SEARCHED[:1], "ARES_ESERVFAIL"),
        ("c-ares", REFUSED, SEARCHED[:1], "ARES_EREFUSED"),
        ("c-ares", SILENCE, SEARCHED[:1], "ARES_ETIMEOUT"),
    ],
)
def test_resolvers_differ_in_what_makes_them_stop(resolver, heard, names, error):
    walk = walked(resolver, "web", heard)
    assert walk.names == names
    assert walk.ended.error == error


def test_the_reason_says_what_was_heard_and_what_the_resolver_makes_of_it():
    glibc, musl = walked("glibc", "web", REFUSED), walked("musl", "web", NODATA)
    assert glibc.asked[1].why == "web.default.svc.cluster.local. was REFUSED: glibc leaves the search list"
    assert musl.ended.why == "web.default.svc.cluster.local. was NODATA: musl stops"


@pytest.mark.parametrize(
    ("resolver", "asked"),
    [
        ("glibc", ["a.b.c.d.e.f.", "a.b.c.d.e.f.default.svc.cluster.local.", "a.b.c.d.e.f.svc.cluster.local."]),
        ("go", ["a.b.c.d.e.f.", "a.b.c.d.e.f.default.svc.cluster.local.", "a.b.c.d.e.f.svc.cluster.local."]),
        ("c-ares", ["a.b.c.d.e.f.", "a.b.c.d.e.f.default.svc.cluster.local.", "a.b.c.d.e.f.svc.cluster.local."]),
        ("musl", ["a.b.c.d.e.f."]),
    ],
)
def test_a_name_with_enough_dots_is_asked_as_it_is_first_and_by_musl_nowhere_else(resolver, asked):
    assert walked(resolver, "a.b.c.d.e.f").names == asked


def test_musl_wants_both_families_to_be_answered():
    def only_a(name, rtype):
        return FOUND if rtype == codes.A else SERVFAIL

    assert walked("musl", "web", only_a).ended.error == "EAI_AGAIN"
    assert walked("glibc", "web", only_a).ended.name == SEARCHED[0]


def test_an_alias_that_leads_nowhere_ends_the_search_of_glibc_but_not_of_go():
    dangling = Heard(codes.NOERROR, alias=True)
    glibc = walked("glibc", "web", dangling)
    assert glibc.names == SEARCHED[:1]
    assert glibc.ended.error == "EAI_NONAME"
    assert walked("go", "web", dangling).names == ALL


def test_a_name_too_long_under_a_search_domain_is_not_asked_there():
    long = ".".join(["x" * 60] * 4)  # 243 octets: it fits by itself only
    assert walked("glibc", long).names == [f"{long}."]
    assert walked("musl", long).names == [f"{long}."]
    assert walked("go", long).names == [f"{long}."]
    assert walked("c-ares", long).ended.error == "ARES_EBADNAME"


def test_musl_ignores_a_search_line_that_is_longer_than_it_reads():
    conf = ResolvConf(POD.nameservers, tuple(f"domain-{number}.example.com" for number in range(12)), POD.options)
    assert walked("musl", "web", conf=conf).names == ["web."]
    assert len(walked("glibc", "web", conf=conf).names) == 13


def test_musl_searches_for_addresses_only():
    assert walked("musl", "_http._tcp.web", types=(codes.SRV,)).names == ["_http._tcp.web."]
    assert len(walked("glibc", "_http._tcp.web", types=(codes.SRV,)).names) == 3


def test_options_of_glibc_are_heeded():
    conf = ResolvConf(POD.nameservers, POD.search, ("ndots:5", "single-request", "no-aaaa"))
    first = walked("glibc", "web", conf=conf).asked[0]
    assert first.types == (codes.A,)
    assert not first.together


def test_without_aaaa_there_may_be_nothing_to_ask():
    walk = walked("glibc", "web", conf=ResolvConf(options=("no-aaaa",)), types=(codes.AAAA,))
    assert (walk.asked, walk.ended.error) == ([], "EAI_NODATA")


@pytest.mark.parametrize("name", ["a..b", f"{'x' * 64}.example", ".web"])
@pytest.mark.parametrize("resolver", RESOLVERS)
def test_what_is_no_name_is_never_asked(resolver, name):
    assert walked(resolver, name).names == []
    assert walked(resolver, name).ended.error


def test_without_a_search_list_a_name_is_asked_as_it_is():
    walk = walked("glibc", "web", conf=ResolvConf(("10.96.0.10",)))
    assert walk.names == ["web."]
    assert walk.asked[0].why == "there is no search list"
