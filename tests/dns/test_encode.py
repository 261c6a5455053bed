"""Replies become bytes that fit, and that both DNS libraries read alike."""

from types import SimpleNamespace

import dns.flags
import dns.message
import dns.rcode
import dnslib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterdns.dns import codes
from clusterdns.dns.edns import ECHOED, Opt
from clusterdns.dns.encode import encode_reply, encode_transfer
from clusterdns.dns.query import TCP, UDP, parse_query
from clusterdns.dns.reply import Reply
from clusterdns.records.zones.reader import parse_record


def query_for(name="web.shop.example", qtype="A", transport=UDP, **edns):
    query = parse_query(dns.message.make_query(name, qtype, **edns).to_wire())
    query.transport = transport
    query.client = ("192.0.2.7", 40212)
    query.server = SimpleNamespace(echoed=ECHOED)
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


def test_the_reply_repeats_the_question_as_it_came_whatever_was_asked_in_its_place():
    query = query_for("Old.example", "MX")
    query.rename(b"\x03new\x07example\0")
    query.qtype = codes.A
    reply = Reply.to(query)
    reply.answer = [parse_record(f"{owner}.example. 30 IN A 10.96.0.1") for owner in ("new", "Old")]
    message = read(encode_reply(query, reply))
    assert lines(message.question) == ["Old.example. IN MX"]
    assert lines(message.answer) == ["new.example. 30 IN A 10.96.0.1", "Old.example. 30 IN A 10.96.0.1"]


def test_the_owner_that_is_the_question_is_a_pointer_and_so_is_its_zone():
    query = query_for("Web.Shop.example")
    reply = Reply.to(query)
    reply.authority = [parse_record("Shop.example. 5 IN SOA ns.shop.example. h.shop.example. 1 2 3 4 5")]
    wire = encode_reply(query, reply)
    assert wire.count(b"Shop") == 1
    assert lines(read(wire).authority) == ["Shop.example. 5 IN SOA ns.shop.example. h.shop.example. 1 2 3 4 5"]


def test_a_zone_at_the_far_end_of_the_longest_name_is_pointed_at():
    query = query_for(".".join(["x" * 61] * 3 + ["y" * 60, "a"]) + ".")
    assert len(query.spelled) == 250
    reply = Reply.to(query, codes.NXDOMAIN)
    reply.authority = [parse_record("a. 5 IN SOA ns.a. h.a. 1 2 3 4 5")]
    assert lines(read(encode_reply(query, reply)).authority) == ["a. 5 IN SOA ns.a. h.a. 1 2 3 4 5"]


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


def test_only_options_that_coredns_echoes_go_back():
    sent = [dns.edns.GenericOption(code, b"\0\x07" * 4) for code in (3, 5, 9, 10, 12, 65001)]
    query = query_for(use_edns=0, options=sent)
    assert [int(o.otype) for o in read(encode_reply(query, Reply.to(query))).options] == [3, 9, 10, 12]
    query.server = SimpleNamespace(echoed={5, 12})
    assert [int(o.otype) for o in read(encode_reply(query, Reply.to(query))).options] == [5, 12]


def test_flags_of_edns_keep_their_upper_half_in_the_reply():
    query = query_for(use_edns=0, ednsflags=0xC0FF)
    assert read(encode_reply(query, Reply.to(query))).ednsflags == 0xC000


def test_an_upstreams_do_stays_though_the_client_asked_without():
    query = query_for(use_edns=0)
    reply = Reply.to(query)
    reply.opt = Opt(4096, codes.DO)
    message = read(encode_reply(query, reply))
    assert message.ednsflags & dns.flags.DO
    assert message.payload == query.opt.size


def test_a_client_without_edns_gets_the_record_that_an_upstream_sent():
    query = query_for()
    reply = Reply.to(query, codes.SERVFAIL)
    reply.opt = Opt(1232, rcode_high=9)
    message = read(encode_reply(query, reply))
    assert (message.edns, message.payload, message.rcode()) == (0, 1232, dns.rcode.SERVFAIL)


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


@pytest.mark.parametrize(("client", "limit"), [("192.0.2.7", 1480), ("2001:db8::7", 1220)])
def test_a_large_reply_over_udp_is_compressed_lest_it_be_fragmented(client, limit):
    query = query_for("web.shop.example", "NS", use_edns=0, payload=4096)
    query.client = (client, 40212)
    reply = Reply.to(query)
    reply.answer = [parse_record(f"web.shop.example. 30 IN NS ns{n}.a-rather-long-name.example.") for n in range(40)]
    assert sum(map(len, reply.answer)) > limit
    assert len(encode_reply(query, reply)) <= limit


def test_more_records_than_a_header_can_count_are_cut():
    query = query_for(transport=TCP)
    reply = Reply.to(query)
    reply.answer = [parse_record("web.shop.example. 30 IN A 10.0.0.1")] * 70_000
    message = encode_reply(query, reply)
    assert len(message) <= 65_535
    assert message[2] & 2  # TC


def test_over_tcp_nothing_is_left_out():
    query = query_for(transport=TCP)
    reply = Reply.to(query)
    reply.answer = [parse_record(f"web.shop.example. 30 IN A 10.0.{n // 250}.{n % 250}") for n in range(2000)]
    assert len(read(encode_reply(query, reply)).answer) == 2000


def test_a_transfer_is_as_many_messages_as_it_has_batches():
    query = query_for("example", "AXFR", transport=TCP, use_edns=0)
    reply = Reply.to(query, flags=codes.AA)
    soa = parse_record("example. 5 IN SOA ns.example. h.example. 1 2 3 4 5")
    reply.transfer = [[soa, parse_record("example. 5 IN NS ns.example.")], [soa]]
    messages = [read(wire) for wire in encode_transfer(query, reply)]
    assert [len(message.answer) for message in messages] == [2, 1]
    assert all(message.edns == 0 and message.question[0].name.to_text() == "example." for message in messages)


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
