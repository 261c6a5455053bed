"""Replies are kept for as long as they may be, and given again with their age."""

import pytest
from cached import SOA, Cached, reply
from chain import Chain, make_query

from clusterdns.corefile import CorefileError
from clusterdns.dns import codes
from clusterdns.dns.edns import Opt
from clusterdns.dns.encode import join
from clusterdns.dns.exchange import parse_reply
from clusterdns.dns.reply import FOREVER, NEVER, Unanswered
from clusterdns.plugins.cache.item import key_of
from clusterdns.plugins.cache.kinds import kind_of
from clusterdns.plugins.cache.store import Store

A = reply("www.example. 300 A 192.0.2.1")
DO = Opt(1232, codes.DO)


def test_what_was_asked_before_is_answered_from_the_cache_and_ages():
    cached = Cached()
    cached.upstream["www.example. A"] = A
    assert cached.ask() == ["NOERROR ra", "www.example. 300 A 192.0.2.1"]
    cached.clock.now += 2.5
    assert cached.ask() == ["NOERROR aa ra", "www.example. 298 A 192.0.2.1"]
    cached.clock.now += 297.4
    assert cached.ask() == ["NOERROR aa ra", "www.example. 1 A 192.0.2.1"]
    cached.clock.now += 0.2
    assert cached.ask() == ["NOERROR ra", "www.example. 300 A 192.0.2.1"]
    assert cached.asked == ["www.example. A"] * 2


def test_the_case_of_a_question_does_not_matter_and_owners_stay_as_they_came():
    cached = Cached()
    cached.upstream["www.example. A"] = reply("WwW.example. 300 A 192.0.2.1")
    cached.ask("WwW.example. A")
    assert cached.ask("www.EXAMPLE. A") == ["NOERROR aa ra", "WwW.example. 300 A 192.0.2.1"]
    assert len(cached.asked) == 1


def test_all_records_show_the_shortest_ttl_within_bounds():
    cached = Cached("success 1000 100 20")
    cached.upstream["long.example. A"] = reply(
        "long.example. 9000 A 192.0.2.1", authority=("example. 500 NS ns.example.",)
    )
    cached.upstream["short.example. A"] = reply("short.example. 1 CNAME x.example.", "x.example. 80 A 192.0.2.1")
    cached.upstream["mixed.example. A"] = reply("mixed.example. 70 CNAME x.example.", "x.example. 80 A 192.0.2.1")
    assert cached.ask("long.example. A")[1:] == [
        "long.example. 100 A 192.0.2.1",
        "authority example. 100 NS ns.example.",
    ]
    assert cached.ask("short.example. A")[1:] == ["short.example. 20 CNAME x.example.", "x.example. 20 A 192.0.2.1"]
    assert cached.ask("mixed.example. A")[1:] == ["mixed.example. 70 CNAME x.example.", "x.example. 70 A 192.0.2.1"]


def test_denials_are_kept_for_as_long_as_their_soa_says():
    cached = Cached(args="30")
    cached.upstream["nx.example. A"] = reply(rcode=codes.NXDOMAIN, authority=(SOA.replace("60", "9", 1),))
    cached.upstream["nodata.example. A"] = reply(authority=(SOA,))
    assert cached.ask("nx.example. A") == ["NXDOMAIN ra", "authority " + SOA.replace("60", "9", 1)]
    assert cached.ask("nodata.example. A") == ["NOERROR ra", "authority " + SOA.replace("60", "30", 1)]
    cached.clock.now += 8
    assert cached.ask("nx.example. A") == ["NXDOMAIN aa ra", "authority " + SOA.replace("60", "1", 1)]
    cached.clock.now += 1
    cached.ask("nx.example. A")
    assert cached.asked.count("nx.example. A") == 2
    assert cached.count("hits_total") == {"denial": 1}


@pytest.mark.parametrize(
    "unfit",
    [
        reply(rcode=codes.NXDOMAIN),
        reply(rcode=codes.REFUSED),
        reply(rcode=codes.FORMERR),
        reply("www.example. 60 A 192.0.2.1", flags=codes.TC),
        reply("www.example. 60 A 192.0.2.1", rcode=codes.NXDOMAIN, authority=(SOA,)),
        reply("www.example. 60 CNAME web.example."),
        reply("other.example. 60 A 192.0.2.1"),
        reply("www.example. 60 CNAME a.example.", "a.example. 60 CNAME www.example."),
        reply("www.example. 60 CNAME a.example.", "www.example. 60 CNAME b.example.", "a.example. 60 A 192.0.2.1"),
    ],
)
def test_what_denies_without_soa_or_does_not_answer_is_not_kept(unfit):
    cached = Cached()
    cached.upstream["www.example. A"] = unfit
    assert cached.ask() == cached.ask()
    assert len(cached.asked) == 2


@pytest.mark.parametrize(
    ("question", "fit"),
    [
        ("www.example. CNAME", reply("www.example. 60 CNAME web.example.")),
        ("www.example. ANY", reply("www.example. 60 HINFO a b")),
        ("www.example. A", reply("www.example. 60 CNAME a.example.", "a.EXAMPLE. 60 CNAME b.", "b. 60 A 192.0.2.1")),
        ("www.example. A", reply()),
        ("www.example. A", reply(authority=("example. 60 NS ns.example.",))),
    ],
)
def test_answers_empty_ones_and_referrals_are_kept(question, fit):
    cached = Cached()
    cached.upstream[question] = fit
    cached.ask(question)
    assert cached.ask(question)[0] == "NOERROR aa ra"
    assert cached.count("entries") == {"success": 1, "denial": 0}


def test_a_cname_to_nothing_is_kept_as_a_denial():
    cached = Cached()
    cached.upstream["www.example. A"] = reply("www.example. 60 CNAME web.example.", authority=(SOA,))
    cached.ask()
    assert cached.ask()[0] == "NOERROR aa ra"
    assert cached.count("hits_total") == {"denial": 1}


def test_a_failure_is_kept_for_a_moment_unless_that_is_off():
    failure = reply(rcode=codes.SERVFAIL)
    for options, asked in ((), 2), (("servfail 0",), 4), (("servfail 1m",), 1):
        cached = Cached(*options)
        cached.upstream["www.example. A"] = failure
        for _ in range(2):
            cached.ask()
            cached.ask()
            cached.clock.now += 5
        assert len(cached.asked) == asked


def test_a_failure_does_not_hide_an_answer_that_is_still_good():
    cached = Cached()
    cached.upstream["www.example. A"] = A
    cached.ask()
    query = make_query("www.example. A")
    key = key_of(query)
    query.server = type("Server", (), {"address": "dns://:53"})
    counts = cached.cache.book.page(query)
    cached.cache.rooms.take(query, key, reply(rcode=codes.SERVFAIL), counts, refreshing=False)
    assert cached.count("entries") == {"success": 1, "denial": 1}
    assert cached.ask()[1:] == ["www.example. 300 A 192.0.2.1"]


def test_what_nobody_answered_is_not_kept():
    cached = Cached()
    for _ in range(2):
        with pytest.raises(Unanswered):
            cached.ask()
    assert len(cached.asked) == 2


def test_dnssec_ok_and_checking_disabled_have_replies_of_their_own():
    cached = Cached()
    cached.upstream["www.example. A"] = A
    for how in ({}, {"opt": DO}, {"flags": codes.CD}, {"opt": DO, "flags": codes.CD}):
        cached.ask(**how)
        cached.ask(**how)
    assert len(cached.asked) == 4
    cached.ask(opt=Opt(1232))  # EDNS alone makes no difference
    assert len(cached.asked) == 4


def test_ad_is_asked_for_and_told_to_those_who_understand_it():
    cached = Cached()
    cached.upstream["www.example. A"] = reply("www.example. 300 A 192.0.2.1", flags=codes.AD)
    query = make_query("www.example. A")
    cached.chain.reply(query)
    assert cached.table.queries[0][0] & codes.AD
    assert not query.flags & codes.AD
    assert cached.ask()[0] == "NOERROR aa"
    assert cached.ask(flags=codes.AD)[0] == "NOERROR aa ad"
    assert cached.ask(opt=DO)[0] == "NOERROR ad"  # the first one with DO
    assert cached.ask(opt=DO)[0] == "NOERROR aa ad"


def test_recursion_is_echoed_and_its_availability_kept():
    cached = Cached()
    cached.upstream["www.example. A"] = A
    cached.ask()
    query = make_query("www.example. A")
    query.flags &= ~codes.RD
    answer = cached.chain.reply(query)
    assert (answer.flags & codes.RD, answer.flags & codes.RA) == (0, codes.RA)


def test_the_opt_record_of_the_upstream_is_not_passed_on():
    cached = Cached()
    with_opt = cached.upstream["www.example. A"] = A.copy()
    with_opt.opt = Opt(512, 0, ((15, b"\0\3"),))
    assert cached.chain.reply(make_query("www.example. A", opt=Opt(1232))).opt is None


def test_some_zones_may_be_left_out():
    cached = Cached("disable success example", "disable denial a.example b.example")
    cached.upstream["www.example. A"] = A
    cached.upstream["nx.a.example. A"] = cached.upstream["nx.example. A"] = reply(
        rcode=codes.NXDOMAIN, authority=(SOA,)
    )
    for question in ("www.example. A", "nx.a.example. A", "nx.example. A"):
        cached.ask(question)
        cached.ask(question)
    assert cached.asked == ["www.example. A"] * 2 + ["nx.a.example. A"] * 2 + ["nx.example. A"]
    assert cached.count("requests_total") == {"": 6}
    assert cached.count("misses_total") == {"": 5}


def test_only_the_zones_that_are_named_are_cached():
    cached = Cached(args="10 a.example b.example")
    cached.upstream["www.example. A"] = A
    cached.upstream["www.b.example. A"] = reply("www.b.example. 300 A 192.0.2.1")
    assert cached.ask() == cached.ask() == ["NOERROR ra", "www.example. 300 A 192.0.2.1"]
    cached.ask("www.b.example. A")
    assert cached.ask("www.b.example. A") == ["NOERROR aa ra", "www.b.example. 10 A 192.0.2.1"]


def test_keepttl_shows_no_age():
    cached = Cached("keepttl")
    cached.upstream["www.example. A"] = A
    cached.ask()
    cached.clock.now += 299
    assert cached.ask()[1:] == ["www.example. 300 A 192.0.2.1"]
    cached.clock.now += 1
    cached.ask()
    assert len(cached.asked) == 2


def test_a_zone_transfer_is_not_kept():
    cached = Cached()
    transfer = cached.upstream["example. AXFR"] = reply()
    for _ in range(2):
        transfer.transfer = [[record] for record in A.answer]
        passed = cached.chain.reply(make_query("example. AXFR", transport="tcp"))
        assert [[record.ttl for record in batch] for batch in passed.transfer] == [[5]]
    assert len(cached.asked) == 2


def test_the_same_bytes_are_good_until_the_ttl_that_they_show_changes():
    cached = Cached()
    cached.upstream["www.example. A"] = A
    start = cached.clock.now
    assert cached.chain.reply(make_query("www.example. A")).good_until == NEVER
    cached.clock.now += 2.5
    query = make_query("www.example. A")
    assert cached.chain.reply(query).good_until == start + 3
    for count in query.counts:
        count(7)  # as often as the packet cache has answered meanwhile
    assert cached.count("hits_total") == {"success": 8}
    assert cached.count("requests_total") == {"": 9}


def test_what_is_not_kept_here_may_be_kept_whole_and_is_counted():
    cached = Cached("disable success")
    cached.upstream["www.example. A"] = A.copy()
    cached.upstream["www.example. A"].good_until = FOREVER
    query = make_query("www.example. A")
    assert cached.chain.reply(query).good_until == FOREVER
    for count in query.counts:
        count(7)
    assert cached.count("misses_total") == {"": 8}


def test_a_flood_of_names_takes_no_more_room_than_there_is():
    cached = Cached("success 1024", "denial 1024")
    for number in range(1500):
        question = f"n{number}.example. A"
        cached.upstream[question] = reply(f"n{number}.example. 300 A 192.0.2.1")
        cached.ask(question)
    entries, evicted = cached.count("entries")["success"], cached.count("evictions_total")["success"]
    assert (entries, evicted) == (1024, 1500 - 1024)
    assert len(cached.cache.rooms.answers) == 1024
    cached.upstream.clear()
    assert cached.ask("n1499.example. A") == ["NOERROR aa ra", "n1499.example. 300 A 192.0.2.1"]


def test_what_was_taken_out_and_put_in_again_is_not_the_next_to_go():
    store, item = Store(0), object()
    for number in range(1024):
        assert not store.add(b"%d" % number, item)
    store.remove(b"0")
    assert not store.add(b"0", item)  # there is room, though its old place is the next one
    assert len(store) == 1024
    assert store.get(b"0") is item
    assert store.add(b"new", item)
    assert len(store) == 1024
    assert store.get(b"1") is None


@pytest.mark.parametrize(("capacity", "room"), [(10_000, 9984), (2560, 2560), (0, 1024), (-5, 1024)])
def test_capacity_is_that_of_coredns(capacity, room):
    assert Store(capacity)._most == room


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("cache 0", "Corefile:2: cache: TTL '0' is less than 1"),
        ("cache\ncache", "can be used only once"),
        ("cache {\npositive 10\n}", "Corefile:3: cache: unknown property 'positive'"),
        ("cache {\nsuccess\n}", "1 argument expected after 'success'"),
        ("cache {\nsuccess many\n}", "capacity 'many' is not a number (success CAPACITY [TTL] [MINTTL])"),
        ("cache {\ndenial 10 0\n}", "TTL '0' is less than 1"),
        ("cache {\nprefetch -1\n}", "amount '-1' is less than 0"),
        ("cache {\nprefetch 1 1m 20\n}", "percentage '20' does not end in %"),
        ("cache {\nprefetch 1 1m 95%\n}", "percentage '95' is more than 90"),
        ("cache {\nserve_stale 20\n}", "duration '20' is not a duration"),
        ("cache {\nserve_stale 1h sometimes\n}", "unknown refresh mode 'sometimes'"),
        ("cache {\nserve_stale 1h immediate 100ms\n}", "TTL '100ms' is not a whole number of seconds"),
        ("cache {\nserve_stale 1h immediate 1s 1s 1s\n}", "'1s' is one argument too many"),
        ("cache {\nserve_stale_policy prefer_positive\n}", "serve_stale_policy means nothing without serve_stale"),
        ("cache {\nservfail 6m\n}", "servfail '6m' is more than 300 seconds"),
        ("cache {\ndisable both\n}", "unknown kind of cache 'both'"),
        ("cache {\nkeepttl yes\n}", "'yes' is one argument too many"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text, problem):
    with pytest.raises(CorefileError) as error:
        Chain(f". {{\n{text}\n}}")
    assert problem in str(error.value)


def test_a_reply_is_thawed_as_it_was_whatever_its_records():
    records = (
        'WWW.example. 60 TXT "a" "b c"',
        "www.example. 60 MX 10 mail.example.",
        'example. 60 NAPTR 1 2 "S" "SIP+D2U" "" _sip._udp.example.',
        "www.example. 60 TYPE65280 \\# 4 0a000001",
        "www.example. 60 AAAA 2001:db8::1",
    )
    cached = Cached()
    given = reply(*records, authority=(SOA,))
    given.additional = reply("ns.example. 60 A 192.0.2.1").answer
    cached.upstream["www.example. TXT"] = given
    first = cached.ask("wWw.example. TXT")
    assert cached.ask("www.EXAMPLE. TXT")[1:] == first[1:]
    assert cached.ask("www.EXAMPLE. TXT")[1:] == first[1:]
    assert len(first) == 8
    assert cached.asked == ["www.example. TXT"]


@pytest.mark.parametrize("address", ["192.0.2.{}", "2001:db8::{}"])
@pytest.mark.parametrize("ttls", [(300,), (300, 300), (0,), (9000, 9000), (7, 7, 7)])
def test_sealed_answers_are_judged_as_all_others(address, ttls):
    qtype = "AAAA" if ":" in address else "A"
    given = reply(*(f"www.example. {ttl} {qtype} {address.format(number)}" for number, ttl in enumerate(ttls)))
    query, options = make_query(f"www.example. {qtype}"), Cached("success 1000 600 10").cache.options
    sealed = parse_reply(join(0, codes.QR | given.flags, query.question, given), query.question)
    kinds_found = []
    for each in (sealed, given):
        kind = kind_of(query, each, lambda: 0.0, options)
        kinds_found.append([getattr(kind, slot) for slot in kind.__slots__])
    assert sealed.sealed
    assert kinds_found[0] == kinds_found[1]
