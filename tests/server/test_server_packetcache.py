"""What is asked again is answered without a chain, for the very same question only."""

import io
import struct

import dns.edns
import dns.message
import pytest
from answering import Stub, make_service, query_wire

from clusterdns.dns import codes
from clusterdns.dns.query import UDP, parse_query
from clusterdns.dns.reply import FOREVER, Reply
from clusterdns.logs import Log
from clusterdns.plugins.base import World
from clusterdns.records.tables import Tables
from clusterdns.server import room
from clusterdns.server.packetcache import PacketCache

NOW = 1000.0


class Cache:
    """A packet cache, filled and asked by names."""

    def __init__(self):
        self.world = World(Tables(), log=Log(io.StringIO()))
        self.cache = PacketCache(self.world)
        self.counted = []

    def keep(self, wire=None, good_until=FOREVER, rcode=0, message=b"..reply", revision=0, still=None, revisions=None):
        query = parse_query(wire or query_wire("web.example."))
        query.also_count(self.counted.append)
        reply = Reply.to(query, rcode)
        reply.answer = [] if rcode else [None]
        reply.good_until, reply.still = good_until, still
        self.cache.keep(query, reply, message, revisions or (0, revision))

    def get(self, wire=None, now=NOW):
        return self.cache.get(wire or query_wire("web.example."), now)

    def settled(self):
        """How many uses have been counted, all in all."""
        self.cache.settle()
        return sum(self.counted)


@pytest.fixture
def cache():
    return Cache()


def test_the_same_question_gets_the_same_reply_under_its_own_id(cache):
    cache.keep(query_wire("web.example.", ident=1))
    assert cache.get(query_wire("web.example.", ident=0x4142)) == b"ABreply"


BASE = {"use_edns": 0, "payload": 1232}


def flagged(flags):
    wire = bytearray(query_wire("web.example.", **BASE))
    wire[2:4] = struct.pack("!H", flags)
    return bytes(wire)


@pytest.mark.parametrize(
    "other",
    [
        query_wire("web.example.", "AAAA", **BASE),
        query_wire("web.example.", rdclass="CH", **BASE),
        query_wire("Web.example.", **BASE),
        query_wire("web.example.org.", **BASE),
        query_wire("web.example."),
        query_wire("web.example.", use_edns=0, payload=512),
        query_wire("web.example.", use_edns=1, payload=1232),
        query_wire("web.example.", want_dnssec=True, **BASE),
        query_wire("web.example.", options=[dns.edns.GenericOption(dns.edns.NSID, b"")], **BASE),
        query_wire("web.example.", options=[dns.edns.GenericOption(65001, b"x")], **BASE),
        flagged(0),
        flagged(codes.RD | codes.CD),
        flagged(codes.RD | codes.AD),
        flagged(codes.RD | codes.NOTIFY << 11),
        query_wire("web.example.", **BASE) + b"\0",
    ],
    ids=[
        "type", "class", "case", "name", "no EDNS", "size", "version", "DO", "NSID", "local option", "RD", "CD", "AD",
        "opcode", "trailing octet",
    ],
)  # fmt: skip
def test_whatever_else_differs_makes_it_another_question(cache, other):
    cache.keep(query_wire("web.example.", **BASE))
    assert cache.get(query_wire("web.example.", **BASE)) is not None
    assert cache.get(other) is None


def test_a_cookie_is_never_given_to_anybody_else():
    stub = Stub()
    service = make_service(stub)
    for cookie in (b"AAAAAAAA", b"BBBBBBBB", b"AAAAAAAA"):
        wire = query_wire("kept.example.", use_edns=0, options=[dns.edns.CookieOption(cookie, b"")])
        assert service.kept[UDP, 4].get(wire, NOW) is None
        with pytest.raises(StopIteration) as end:
            service.answer(wire, UDP, ("192.0.2.7", 40212), ("192.0.2.53", 53)).send(None)
        (option,) = dns.message.from_wire(end.value.value).options
        assert option.client == cookie
    assert stub.asked == 3


def test_a_reply_ends_when_it_is_good_no_longer(cache):
    cache.keep(good_until=NOW + 1)
    assert cache.get(now=NOW + 0.999) is not None
    assert cache.get(now=NOW + 1) is None


def test_a_newer_reply_takes_the_place_of_one_of_the_other_kind(cache):
    cache.keep(good_until=NOW + 1, message=b"..positive")
    cache.keep(good_until=NOW + 9, rcode=codes.NXDOMAIN, message=b"..negative")
    assert cache.get(now=NOW + 5)[2:] == b"negative"
    cache.keep(message=b"..positive again")
    assert cache.get(now=NOW + 5)[2:] == b"positive again"


def test_when_the_world_is_revised_all_is_forgotten(cache):
    cache.keep()
    cache.keep(query_wire("no.example."), rcode=codes.NXDOMAIN)
    cache.world.revise()
    assert cache.get() is None
    assert cache.get(query_wire("no.example.")) is None


def test_a_reply_of_an_older_revision_is_not_kept(cache):
    cache.world.revise()
    cache.keep(revision=0)
    assert cache.get() is None
    cache.keep(revision=1)
    assert cache.get() is not None


def test_names_that_do_not_exist_push_out_none_that_do(cache, monkeypatch):
    monkeypatch.setattr(room, "MOST_REPLIES", 10)
    cache.keep()
    for number in range(25):
        cache.keep(query_wire(f"no-{number}.example."), rcode=codes.NXDOMAIN)
    assert cache.get() is not None
    assert sum(cache.get(query_wire(f"no-{number}.example.")) is not None for number in range(25)) == 5


def test_large_replies_take_no_more_room_than_there_is(cache, monkeypatch):
    monkeypatch.setattr(room, "MOST_OCTETS", 10_000)
    for number in range(10):
        cache.keep(query_wire(f"web-{number}.example."), message=bytes(3_000))
    kept = [number for number in range(10) if cache.get(query_wire(f"web-{number}.example."))]
    assert kept == [9]
    cache.keep(query_wire("web-9.example."), message=bytes(3_000))
    cache.keep(query_wire("web-8.example."), message=bytes(4_000))
    assert cache.get(query_wire("web-9.example."))


@pytest.mark.parametrize(
    "happens",
    [
        lambda cache: None,
        lambda cache: cache.world.revise() or cache.get(),
        lambda cache: cache.keep(message=b"..newer"),
        lambda cache: cache.keep(rcode=codes.NXDOMAIN),
        lambda cache: cache.cache.clear(),
    ],
    ids=["nothing", "a revision", "a newer reply", "a negative reply", "clearing"],
)
def test_uses_are_counted_once_whatever_happens(cache, happens):
    cache.keep()
    for _ in range(7):
        cache.get()
    happens(cache)
    assert cache.settled() == 7
    assert cache.settled() == 7


def test_what_pushes_replies_out_counts_their_uses(cache, monkeypatch):
    monkeypatch.setattr(room, "MOST_REPLIES", 1)
    cache.keep()
    cache.get()
    cache.keep(query_wire("other.example."))
    assert cache.counted == [1]


def test_everything_that_was_to_be_counted_is(cache):
    query = parse_query(query_wire("web.example."))
    query.transport, query.client, query.local = UDP, ("192.0.2.7", 40212), ("192.0.2.53", 53)
    query.received, query.server = NOW, make_service()
    counted = {"outer": 0, "copy": 0, "inner": 0}

    def count(what):
        def more(times):
            counted[what] += times

        return more

    query.also_count(count("outer"))
    query.copy().also_count(count("copy"))
    query.with_question(b"\6target\0", codes.A).also_count(count("inner"))
    reply = Reply.to(query)
    reply.answer, reply.good_until = [None], FOREVER
    cache.cache.keep(query, reply, b"..reply", (0, 0))
    query.also_count(count("outer"))  # too late: that was another reply
    cache.get()
    cache.get()
    cache.settled()
    assert counted == {"outer": 2, "copy": 2, "inner": 2}


class Told:
    """Says whether a reply is still right, and how often it was asked."""

    def __init__(self, right=True):
        self.right = right
        self.asked = 0

    def __call__(self):
        self.asked += 1
        return self.right


def change(cache):
    """The cluster's names change."""
    cache.world.tables.revision += 1


def test_when_the_clusters_names_change_a_reply_that_is_still_right_is_given_again(cache):
    still = Told()
    cache.keep(still=still)
    change(cache)
    assert [cache.get() is not None for _ in range(3)] == [True, True, True]
    assert still.asked == 1
    change(cache)
    change(cache)
    assert cache.get() is not None
    assert still.asked == 2


def test_one_that_is_not_right_any_more_is_forgotten_with_its_uses_counted(cache):
    still = Told()
    cache.keep(still=still)
    cache.get()
    change(cache)
    still.right = False
    assert cache.get() is None
    still.right = True
    assert cache.get() is None
    assert cache.settled() == 1


def test_one_of_which_nobody_can_say_is_forgotten_too(cache):
    cache.keep()
    change(cache)
    assert cache.get() is None


def test_replies_in_doubt_take_room_and_are_counted(cache, monkeypatch):
    monkeypatch.setattr(room, "MOST_REPLIES", 2)
    for number in range(2):
        cache.keep(query_wire(f"web-{number}.example."), still=Told())
        cache.get(query_wire(f"web-{number}.example."))
    change(cache)
    cache.cache.refresh()
    assert cache.settled() == 2
    cache.keep(query_wire("new.example."), still=Told(), revisions=cache.world.revisions)
    assert cache.get(query_wire("web-0.example.")) is None
    assert cache.get(query_wire("new.example.")) is not None


def test_a_reply_that_was_begun_before_a_change_is_not_kept(cache):
    begun = cache.world.revisions
    change(cache)
    cache.keep(still=Told(), revisions=begun)
    assert cache.get() is None
