"""Packets become queries, or are refused as CoreDNS refuses them."""

import struct

import dns.edns
import dns.message
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterdns.dns import codes
from clusterdns.dns.edns import Opt
from clusterdns.dns.query import Malformed, parse_query

GOOD = dns.message.make_query("Web.Shop.example", "A", use_edns=0, payload=1232).to_wire()


def refused(wire):
    with pytest.raises(Malformed) as caught:
        parse_query(wire)
    return caught.value.reply


def rcode(reply):
    return reply[3] & 15


def test_a_query_is_read_with_its_case_kept_and_its_name_folded():
    query = parse_query(GOOD)
    assert query.spelled == b"\x03Web\x04Shop\x07example\0"
    assert query.name == query.spelled.lower()
    assert (query.qtype, query.qclass) == (codes.A, codes.IN)
    assert (query.opt.size, query.do, query.length) == (1232, False, len(GOOD))


def test_what_follows_the_last_record_is_no_part_of_a_query():
    query = parse_query(GOOD + b"more")
    assert (query.wire, query.length) == (GOOD, len(GOOD))


def test_a_query_that_is_rewritten_is_as_long_as_what_is_asked_now():
    query = parse_query(dns.message.make_query("web.shop", "A", use_edns=False).to_wire())
    query.rename(b"\x02DB\x04shop\0")
    assert query.name == b"\x02db\x04shop\0"
    query.replace_opt(Opt(1232, options=((65001, b"data"),)))
    asked = dns.message.make_query(
        "db.shop", "A", use_edns=0, payload=1232, options=[dns.edns.GenericOption(65001, b"data")]
    )
    assert query.length == len(asked.to_wire())


def test_options_of_edns_are_kept():
    message = dns.message.make_query("a", "A", use_edns=0, options=[dns.edns.GenericOption(10, b"12345678")])
    assert parse_query(message.to_wire()).opt.options == ((10, b"12345678"),)


def test_the_serial_of_an_ixfr_is_found():
    message = dns.message.make_query("example", "IXFR")
    message.authority.append(dns.rrset.from_text("example.", 0, "IN", "SOA", ". . 77 0 0 0 0"))
    assert parse_query(message.to_wire()).serial == 77


@pytest.mark.parametrize(
    ("code", "sent", "understood"),
    [
        (11, b"\0\0", b""),  # TCP keepalive of no time
        (11, b"\0\x64", b"\0\x64"),
        (9, b"\0\0\0\x05\0\0", b"\0\0\0\x05"),  # EXPIRE
        (8, b"\0\x01\x14\0\xc0\0\x02\xff", b"\0\x01\x14\0\xc0\0\x00"),  # client subnet 192.0.2.255/20
        (8, b"\0\x02\x38\0\x20\x01\x0d\xb8", b"\0\x02\x38\0\x20\x01\x0d\xb8\0\0\0"),
        (8, b"\0\0\0\0", b"\0\0\0\0"),
        (18, b"\x05agent\0left over", b"\x05agent\0"),  # report channel
        (2, b"\0\0\0\x01\0\0\0\0", b"\0\0\0\x01"),  # update lease
        (65001, b"\0\0", b"\0\0"),
    ],
)
def test_options_are_kept_as_coredns_would_write_them(code, sent, understood):
    message = dns.message.make_query("a", "A", use_edns=0, options=[dns.edns.GenericOption(code, sent)])
    assert parse_query(message.to_wire()).opt.options == ((code, understood),)


@pytest.mark.parametrize(
    ("code", "sent"),
    [
        (11, b"\0"), (9, b"\0"), (15, b"\0"), (18, b""), (18, b"\x05age"), (2, b"\0\0"), (1, bytes(17)), (19, b"\0"),
        (8, b"\0\x01"), (8, b"\0\x01\x21\0\xc0"), (8, b"\0\x03\0\0"), (8, b"\0\0\x01\0"), (8, b"\0\x02\0\x81"),
    ],
)  # fmt: skip
def test_options_of_impossible_length_are_refused(code, sent):
    message = dns.message.make_query("a", "A", use_edns=0, options=[dns.edns.GenericOption(code, sent)])
    assert rcode(refused(message.to_wire())) == codes.FORMERR


def test_responses_and_fragments_get_no_answer():
    assert refused(b"") is None
    assert refused(GOOD[:11]) is None
    assert refused(GOOD[:2] + b"\x80" + GOOD[3:]) is None


def test_other_opcodes_are_not_implemented():
    reply = refused(GOOD[:2] + bytes([2 << 3]) + GOOD[3:])
    assert rcode(reply) == codes.NOTIMP
    assert reply[2] >> 3 & 15 == 2


@pytest.mark.parametrize("count", [0, 2, 65535])
def test_one_question_is_the_only_right_number(count):
    assert rcode(refused(GOOD[:4] + struct.pack("!H", count) + GOOD[6:])) == codes.FORMERR


@pytest.mark.parametrize(
    "name", [b"\xc0\x0c", b"\x40abc\0", b"\x05ab", b"\x3f" + b"a" * 63 + b"\xc0\x0c", b"\xc0", b"\x01a" * 200 + b"\0"]
)
def test_names_that_loop_or_overrun_are_refused(name):
    header = struct.pack("!6H", 7, codes.RD, 1, 0, 0, 0)
    assert rcode(refused(header + name + b"\0\x01\0\x01")) == codes.FORMERR


def test_an_option_that_overruns_is_refused_with_its_question():
    bad = GOOD[:-2] + b"\0\x06" + b"\0\x0a\0\xff\x01\x02"
    reply = refused(bad)
    assert rcode(reply) == codes.FORMERR
    assert struct.unpack_from("!H", reply, 4) == (1,)


def reply_to(wire):
    """What goes back to a packet before any plugin sees it, None if that is nothing or the packet is a query."""
    try:
        parse_query(wire)
    except Malformed as malformed:
        return malformed.reply
    return None


@given(st.binary(max_size=600))
def test_any_bytes_are_a_query_or_refused(wire):
    reply = reply_to(wire)
    assert reply is None or reply[:2] == wire[:2]


@given(st.data())
def test_any_mutation_of_a_query_is_a_query_or_refused(data):
    wire = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 6))):
        wire[data.draw(st.integers(2, len(wire) - 1))] = data.draw(st.integers(0, 255))
    reply = reply_to(bytes(wire[: data.draw(st.integers(0, len(wire)))]))
    assert reply is None or len(reply) >= 12
