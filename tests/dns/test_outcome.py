import struct

import pytest

from clusterdns.dns import codes
from clusterdns.dns.edns import Opt
from clusterdns.dns.names import parse_name
from clusterdns.dns.outcome import Outcome, outcome_of
from clusterdns.dns.query import HEADER, parse_query
from clusterdns.dns.record import Record
from clusterdns.dns.reply import Reply

A = Record(parse_name("web.example"), codes.A, 60, bytes(4))
SOA = Record(parse_name("example"), codes.SOA, 60, bytes(22))
NS = Record(parse_name("example"), codes.NS, 60, parse_name("ns.example"))


def query_of(qtype=codes.A, opcode=codes.QUERY):
    wire = HEADER.pack(1, opcode << 11, 1, 0, 0, 0) + parse_name("web.example") + struct.pack("!HH", qtype, codes.IN)
    return parse_query(wire)


def reply_of(rcode=codes.NOERROR, answer=(), authority=()):
    reply = Reply(rcode)
    reply.answer, reply.authority = list(answer), list(authority)
    return reply


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (reply_of(answer=[A]), Outcome.POSITIVE),
        (reply_of(answer=[A], authority=[SOA]), Outcome.POSITIVE),
        (reply_of(), Outcome.POSITIVE),
        (reply_of(authority=[SOA]), Outcome.NODATA),
        (reply_of(authority=[NS, SOA]), Outcome.NODATA),
        (reply_of(authority=[NS]), Outcome.DELEGATION),
        (reply_of(codes.NXDOMAIN, authority=[SOA]), Outcome.NXDOMAIN),
        (reply_of(codes.NXDOMAIN), Outcome.NXDOMAIN),
        (reply_of(codes.NXDOMAIN, answer=[A]), Outcome.OTHER),
        (reply_of(codes.SERVFAIL), Outcome.FAILURE),
        (reply_of(codes.NOTIMP), Outcome.FAILURE),
        (reply_of(codes.REFUSED), Outcome.OTHER),
        (None, Outcome.OTHER),
    ],
)
def test_a_reply_amounts_to_something(reply, outcome):
    assert outcome_of(query_of(), reply, 0) is outcome


@pytest.mark.parametrize("query", [query_of(codes.AXFR), query_of(codes.IXFR), query_of(codes.SOA, codes.NOTIFY)])
def test_transfers_and_notifications_are_apart(query):
    assert outcome_of(query, reply_of(answer=[A]), 0) is Outcome.META


def signed(inception, expiration, do=True):
    data = struct.pack("!HBBLLL", codes.A, 8, 2, 60, expiration, inception) + bytes(20)
    reply = reply_of(answer=[A, Record(A.owner, codes.RRSIG, 60, data)])
    reply.opt = Opt(1232, codes.DO if do else 0)
    return reply


def test_a_signature_that_is_valid_now_is_fine():
    assert outcome_of(query_of(), signed(1000, 2000), 1500) is Outcome.POSITIVE


@pytest.mark.parametrize("now", [999, 2001])
def test_a_signature_that_is_not_makes_an_error(now):
    assert outcome_of(query_of(), signed(1000, 2000), now) is Outcome.OTHER


def test_unless_nobody_looks_at_it():
    assert outcome_of(query_of(), signed(1000, 2000, do=False), 5000) is Outcome.POSITIVE


def test_times_of_signatures_go_round_after_136_years():
    assert outcome_of(query_of(), signed(2**32 - 100, 100), 2**32 + 50) is Outcome.POSITIVE


@pytest.mark.parametrize(
    ("outcome", "group"),
    [
        (Outcome.POSITIVE, "success"),
        (Outcome.DELEGATION, "success"),
        (Outcome.NODATA, "denial"),
        (Outcome.NXDOMAIN, "denial"),
        (Outcome.FAILURE, "error"),
        (Outcome.OTHER, "error"),
        (Outcome.META, "error"),
    ],
)
def test_outcomes_fall_into_three_groups(outcome, group):
    assert outcome.group == group
