"""Replies become bytes that fit, and that both DNS libraries read alike."""

import dns.flags
import dns.message
import dns.rcode
import dnslib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterdns.dns import codes
from clusterdns.dns.edns import Opt
from clusterdns.dns.encode import encode_reply
from clusterdns.dns.query import TCP, UDP, parse_query
from clusterdns.dns.reply import Reply
from clusterdns.dns.text import parse_record


def query_for(name="web.shop.example", qtype="A", transport=UDP, **edns):
    query = parse_query(dns.message.make_query(name, qtype, **edns).to_wire())
    query.transport = transport
    return query


def read(wire):
    """A message as dnspython reads it, after dnslib has read the same records."""
    message = dns.message.from_wire(wire, one_rr_per_rrset=True)
    other = dnslib.DNSRecord.parse(wire)
    assert len(other.rr) == len(message.answer)
    assert len(other.auth) == len(message.authority)
    assert {str(rr.rname).lower() for rr in other.rr} == {str(rrset.name).lower() for rrset in message.answer}
    return message


def lines(section):
    return [rrset.to_text() for rrset in section]


def test_a_reply_has_header_question_and_records():
    query = query_for()
    reply = Reply.to(query, flags=codes.AA)
    reply.answer = [parse_record("web.shop.example. 30 IN A 10.96.0.1")]
    message = read(encode_reply(query, reply))
    assert dns.flags.to_text(message.flags) == "QR AA RD"
    assert lines(message.answer) == ["web.shop.example. 30 IN A 10.96.0.1"]


def test_the_owner_that_is_the_question_is_a_pointer_and_so_is_its_zone():
    query = query_for("Web.Shop.example")
    reply = Reply.to(query)
    reply.authority = [parse_record("Shop.example. 5 IN SOA ns.shop.example. h.shop.example. 1 2 3 4 5")]
    wire = encode_reply(query, reply)
    assert wire.count(b"Shop") == 1
    assert lines(read(wire).authority) == ["Shop.example. 5 IN SOA ns.shop.example. h.shop.example. 1 2 3 4 5"]


def test_edns_is_answered_with_the_clients_size_and_do():
    query = query_for(use_edns=0, payload=1400, want_dnssec=True)
    message = read(encode_reply(query, Reply.to(query)))
    assert message.payload == 1400
    assert message.ednsflags & dns.flags.DO


def test_options_of_the_reply_stand_before_those_of_the_client():
    query = query_for(use_edns=0, options=[dns.edns.GenericOption(10, b"12345678")])
    reply = Reply.to(query)
    assert [int(o.otype) for o in read(encode_reply(query, reply)).options] == [10]
    reply.opt = Opt(0, options=((15, b"\0\x0fblocked"),))
    assert [int(o.otype) for o in read(encode_reply(query, reply)).options] == [15]


def test_a_large_response_code_needs_edns():
    query = query_for(use_edns=0)
    assert read(encode_reply(query, Reply.to(query, 23))).rcode() == 23


@pytest.mark.parametrize(("size", "kept"), [(512, "fewer"), (4096, "all")])
def test_what_does_not_fit_is_left_out_and_tc_says_so(size, kept):
    query = query_for(use_edns=0, payload=size)
    reply = Reply.to(query)
    reply.answer = [parse_record(f"web.shop.example. 30 IN A 10.0.0.{n}") for n in range(100)]
    wire = encode_reply(query, reply)
    message = read(wire)
    assert len(wire) <= size
    assert bool(message.flags & dns.flags.TC) == (kept == "fewer")
    assert (len(message.answer) < 100) == (kept == "fewer")


def test_names_inside_data_are_compressed_when_room_is_short():
    query = query_for("web.shop.example", "NS", use_edns=0, payload=1200)
    reply = Reply.to(query)
    reply.answer = [
        parse_record(f"web.shop.example. 30 IN NS ns{n}.a-rather-long-name.web.shop.example.") for n in range(25)
    ]
    message = read(encode_reply(query, reply))
    assert len(message.answer) == 25  # 1,350 octets if only owners were compressed


def test_over_tcp_nothing_is_left_out():
    query = query_for(transport=TCP)
    reply = Reply.to(query)
    reply.answer = [parse_record(f"web.shop.example. 30 IN A 10.0.{n // 250}.{n % 250}") for n in range(2000)]
    assert len(read(encode_reply(query, reply)).answer) == 2000


owners = st.sampled_from(["web.shop.example.", "Shop.example.", "b.web.shop.example.", "other.", "."])
datas = st.sampled_from(
    ["A 10.0.0.1", "CNAME x.shop.example.", "SRV 0 5 80 web.shop.example.", "MX 1 m.other.", 'TXT "hello"']
)


@given(st.lists(st.tuples(owners, datas), max_size=60), st.integers(512, 1500))
def test_every_reply_fits_and_can_be_read(records, size):
    query = query_for(use_edns=0, payload=size)
    reply = Reply.to(query)
    made = [parse_record(f"{owner} 30 IN {data}") for owner, data in records]
    reply.answer, reply.authority, reply.additional = made[::3], made[1::3], made[2::3]
    wire = encode_reply(query, reply)
    assert len(wire) <= size
    message = dns.message.from_wire(wire, one_rr_per_rrset=True)
    got = [line for section in (message.answer, message.authority, message.additional) for line in lines(section)]
    asked = [f"{owner} 30 IN {data}" for owner, data in records]
    assert sorted(got) == sorted(asked) if not message.flags & dns.flags.TC else len(got) < len(asked)
