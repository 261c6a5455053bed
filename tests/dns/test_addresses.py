"""Answers that stay sealed: what is read of them, changed and written is what it would be record by record."""

import ipaddress
import struct
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterdns.dns import codes
from clusterdns.dns.addresses import Addresses
from clusterdns.dns.encode import join
from clusterdns.dns.exchange import parse_reply
from clusterdns.dns.names import encode_name
from clusterdns.dns.record import FIXED, Record
from clusterdns.dns.reply import Reply
from clusterdns.dns.text import record_text

NAME = encode_name("wWw.example.")
HEAD = b"\xc0\x0c" + FIXED.pack(codes.AAAA, codes.IN, 60, 16)
OPT = b"\0" + FIXED.pack(codes.OPT, 1232, 0, 0)


def question(rtype: int = codes.A, rclass: int = codes.IN, name: bytes = NAME) -> bytes:
    return name + struct.pack("!HH", rtype, rclass)


def message(asked: bytes, *answers: bytes, others: Sequence[bytes] = (), rcode: int = 0, owner: bytes = b"\xc0\x0c"):
    """The reply to a question: answers are all that follows the owner, others are whole records behind them."""
    counts = 1, len(answers), 0, len(others)
    answer = b"".join(owner + each for each in answers)
    return struct.pack("!6H", 7, codes.QR | codes.RA | rcode, *counts) + asked + answer + b"".join(others)


def a(address: str, ttl: int = 60, rclass: int = codes.IN) -> bytes:
    packed = ipaddress.ip_address(address).packed
    return FIXED.pack(codes.A if len(packed) == 4 else codes.AAAA, rclass, ttl, len(packed)) + packed


def read(wire: bytes, asked: bytes) -> Addresses:
    reply = parse_reply(wire, asked)
    assert isinstance(reply, Addresses)
    assert reply.sealed
    return reply


def opened(reply: Addresses) -> Reply:
    """The same reply record by record."""
    other = Reply(reply.rcode, reply.flags)
    other.answer = list(reply.answer)
    return other


@given(
    st.one_of(
        st.lists(st.ip_addresses(v=4), min_size=1, max_size=40), st.lists(st.ip_addresses(v=6), min_size=1, max_size=40)
    ),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**31 - 1),
)
def test_a_sealed_answer_says_what_its_records_say(addresses, ttl, other_ttl):
    asked = question(codes.A if addresses[0].version == 4 else codes.AAAA)
    wire = message(asked, *(a(str(address), ttl) for address in addresses))
    records = [Record(NAME, *struct.unpack("!H", asked[-4:-2]), ttl, address.packed) for address in addresses]
    assert read(wire, asked).answer == records

    reply = read(wire, asked)
    plain = opened(read(wire, asked))
    assert reply.ttl == ttl
    assert (reply.counts, reply.size, reply.has_several) == (plain.counts, plain.size, plain.has_several)
    assert join(7, codes.QR | reply.flags, asked, reply) == wire == join(7, codes.QR | plain.flags, asked, plain)
    elsewhere = question(name=encode_name("alias.example."))
    assert join(7, 0, elsewhere, read(wire, asked)) == join(7, 0, elsewhere, plain)

    reply.set_ttl(other_ttl)
    assert reply.sealed
    assert join(0, 0, asked, reply).count(other_ttl.to_bytes(4, "big")) >= len(addresses)
    assert reply.answer == [record.with_ttl(other_ttl) for record in records]


def test_an_address_that_looks_like_the_beginning_of_a_record_is_an_address():
    asked, address = question(codes.AAAA), bytes(4) + HEAD
    reply = read(message(asked, HEAD[2:] + address, HEAD[2:] + address), asked)
    reply.set_ttl(5)
    assert [(record.ttl, record.rdata) for record in reply.answer] == [(5, address)] * 2


def test_the_opt_record_of_an_upstream_leaves_the_answer_sealed():
    reply = read(message(question(), a("192.0.2.1"), others=[OPT]), question())
    assert reply.opt is not None
    assert reply.opt.size == 1232
    assert reply.is_all(question())


def test_other_records_beside_the_addresses_are_sent_too():
    other = encode_name("ns.example.") + a("192.0.2.53")
    asked = question()
    reply = read(message(asked, a("192.0.2.1"), a("192.0.2.2"), others=[other]), asked)
    assert not reply.is_all(question())
    assert (reply.counts, reply.has_several) == ((2, 0, 1), True)
    plain = opened(read(message(asked, a("192.0.2.1"), a("192.0.2.2")), asked))
    plain.additional = reply.additional
    assert reply.size == plain.size
    assert join(7, 0, asked, reply) == join(7, 0, asked, plain)


def test_who_changes_the_answer_has_opened_it():
    reply = read(message(question(), a("192.0.2.1"), a("192.0.2.2")), question())
    reply.answer.pop()
    assert not reply.sealed
    assert (reply.counts, reply.has_several) == ((1, 0, 0), False)
    assert [record_text(record) for record in reply.answer] == ["wWw.example. 60 IN A 192.0.2.1"]
    reply.answer = []
    assert reply.size == 0
    assert join(7, 0, question(), reply)[12:] == question()


@pytest.mark.parametrize(
    "wire",
    [
        message(question(), a("192.0.2.1"), a("192.0.2.2", 61)),
        message(question(), a("192.0.2.1"), a("2001:db8::1")),
        message(question(), a("192.0.2.1", rclass=codes.CH)),
        message(question(), a("192.0.2.1"), owner=encode_name("other.example.")),
        message(question(), a("192.0.2.1"), owner=NAME),
        message(question(name=NAME.lower()), a("192.0.2.1")),
    ],
    ids=["two TTLs", "two types", "another class", "another name", "the name written out", "another spelling"],
)
def test_whatever_is_not_uniform_is_read_record_by_record(wire):
    reply = parse_reply(wire, question())
    assert not isinstance(reply, Addresses)
    assert reply.answer[0].rdata == b"\xc0\0\2\1"
