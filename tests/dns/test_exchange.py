"""What goes to an upstream and what comes back, against dnspython as the other reader."""

import struct

import dns.edns
import dns.flags
import dns.message
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterdns.dns import codes
from clusterdns.dns.exchange import NotAsked, cut_reply, encode_query, parse_reply
from clusterdns.dns.names import encode_name
from clusterdns.dns.query import parse_query
from clusterdns.dns.text import record_text
from clusterdns.dns.wire import Overrun, Unreadable

ZONE = """
www 60 IN CNAME web
web 60 IN A 192.0.2.1
web 60 IN AAAA 2001:db8::1
@ 60 IN MX 10 web
@ 60 IN SOA ns.example. hostmaster.example. 1 7200 1800 86400 300
@ 60 IN NS ns
@ 60 IN TXT "one" "two"
_sip._tcp 60 IN SRV 10 20 5060 web
@ 60 IN NAPTR 100 10 "u" "sip+E2U" "!^.*$!sip:x@example!" web
@ 60 IN HTTPS 1 svc.example. alpn=h2 ipv4hint=192.0.2.1
@ 60 IN CAA 0 issue "ca.example"
@ 60 IN DS 1 8 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
@ 60 IN DNAME elsewhere
@ 60 IN NSEC web A MX RRSIG
@ 60 IN RRSIG A 8 2 60 20300101000000 20200101000000 1 example. c2ln
@ 60 IN TYPE65280 \\# 3 010203
""".strip().splitlines()


def question(name: str = "example.", qtype: int = codes.A) -> bytes:
    return encode_name(name) + struct.pack("!HH", qtype, codes.IN)


def message(*answers: str, name: str = "example.", qtype: str = "A") -> dns.message.QueryMessage:
    response = dns.message.make_response(dns.message.make_query(name, qtype, id=7), recursion_available=True)
    for line in answers:
        owner, ttl, rclass, rtype, data = line.split(None, 4)
        owner = {"@": "example."}.get(owner, f"{owner}.example.")
        rdata = dns.rdata.from_text(rclass, rtype, data, dns.name.from_text("example."), relativize=False)
        response.answer.append(dns.rrset.from_rdata(owner, int(ttl), rdata))
    return response


def test_every_type_of_record_is_read_as_dnspython_wrote_it() -> None:
    sent = message(*ZONE)
    reply = parse_reply(sent.to_wire(max_size=65535), question())
    expected = [rrset.to_text() for rrset in sent.answer]
    assert [record_text(record) for record in reply.answer] == expected
    assert reply.flags & codes.RA
    assert reply.rcode == codes.NOERROR


def test_all_sections_and_the_opt_record_are_told_apart() -> None:
    sent = message(name="example.", qtype="MX")
    sent.use_edns(0, dns.flags.DO, 1232, options=[dns.edns.GenericOption(10, b"12345678")])
    sent.set_rcode(16)
    sent.authority.append(dns.rrset.from_text("example.", 60, "IN", "NS", "ns.example."))
    sent.additional.append(dns.rrset.from_text("ns.example.", 60, "IN", "A", "192.0.2.53"))
    reply = parse_reply(sent.to_wire(), question(qtype=codes.MX))
    assert [record_text(record) for record in reply.authority] == ["example. 60 IN NS ns.example."]
    assert [record_text(record) for record in reply.additional] == ["ns.example. 60 IN A 192.0.2.53"]
    assert reply.opt is not None
    assert (reply.opt.do, reply.opt.options) == (True, ((10, b"12345678"),))
    assert reply.rcode == 16


def test_the_name_may_come_back_in_another_case() -> None:
    reply = parse_reply(message("@ 60 IN A 192.0.2.1", name="EXAMPLE.").to_wire(), question("exAMple."))
    assert reply.answer[0].owner == encode_name("EXAMPLE.")


@pytest.mark.parametrize(
    "asked",
    [question("other."), question(qtype=codes.AAAA), encode_name("example.") + struct.pack("!HH", 1, codes.CH)],
)
def test_a_reply_to_another_question_is_told(asked: bytes) -> None:
    with pytest.raises(NotAsked):
        parse_reply(message().to_wire(), asked)


def test_a_query_and_a_reply_without_question_answer_nothing() -> None:
    with pytest.raises(NotAsked):
        parse_reply(dns.message.make_query("example.", "A").to_wire(), question())
    with pytest.raises(NotAsked):
        parse_reply(struct.pack("!6H", 7, codes.QR, 0, 0, 0, 0), question())


def test_a_reply_that_was_cut_leaves_its_header_with_tc() -> None:
    wire = message(*ZONE).to_wire(max_size=65535)[:100]
    with pytest.raises(Overrun):
        parse_reply(wire, question())
    cut = cut_reply(wire)
    assert cut.flags & codes.TC
    assert cut.flags & codes.RA
    assert not cut.answer


def test_counts_may_promise_more_records_than_there_are() -> None:
    wire = bytearray(message("@ 60 IN A 192.0.2.1").to_wire())
    wire[6:8] = b"\xff\xff"
    assert len(parse_reply(bytes(wire), question()).answer) == 1


@pytest.mark.parametrize(
    ("rtype", "rdata"),
    [
        (codes.A, b"\1\2\3"),
        (codes.AAAA, b"\1\2\3\4"),
        (codes.CNAME, b"\1a\0\0"),
        (codes.MX, b"\0"),
        (codes.SOA, b"\0\0" + bytes(19)),
        (codes.NS, b"\x40a\0"),
        (codes.NS, b"\xc0\x25"),  # a pointer to itself
        (codes.OPT, b"\0\x0a\0\x09"),
    ],
)
def test_record_data_of_impossible_form_makes_the_reply_unreadable(rtype: int, rdata: bytes) -> None:
    record = b"\xc0\x0c" + struct.pack("!HHIH", rtype, 1, 60, len(rdata)) + rdata
    counts = (0, 0, 1) if rtype == codes.OPT else (1, 0, 0)
    with pytest.raises(Unreadable):
        parse_reply(struct.pack("!6H", 7, codes.QR, 1, *counts) + question() + record, question())


def test_the_query_goes_on_as_the_client_sent_it() -> None:
    client = dns.message.make_query("exAMPle.", "A", use_edns=0, want_dnssec=True, payload=1400)
    client.flags |= dns.flags.AD | dns.flags.CD
    client.use_edns(0, dns.flags.DO, 1400, options=[dns.edns.ECSOption("192.0.2.0", 24)])
    query = parse_query(client.to_wire())
    sent = dns.message.from_wire(b"\0\7" + encode_query(query))
    client.id = 7
    assert sent.to_text() == client.to_text()


def test_an_incremental_transfer_takes_its_serial_along() -> None:
    client = dns.message.make_query("example.", "IXFR")
    soa = "ns.example. hostmaster.example. 2026 7200 1800 86400 300"
    client.authority.append(dns.rrset.from_text("example.", 0, "IN", "SOA", soa))
    query = parse_query(client.to_wire())
    sent = dns.message.from_wire(b"\0\7" + encode_query(query))
    assert sent.authority[0][0].serial == 2026


@given(st.binary(max_size=300), st.integers(0, 400), st.integers(0, 255))
def test_any_bytes_are_a_reply_or_refused(tail: bytes, at: int, octet: int) -> None:
    """Whatever an upstream sends is read or refused by one of three exceptions, and records stay within the message."""
    wire = bytearray(message(*ZONE).to_wire(max_size=65535))
    wire[at % len(wire)] = octet
    for candidate in (bytes(wire), bytes(wire[: at % len(wire)]) + tail, tail):
        try:
            reply = parse_reply(candidate, question())
        except (NotAsked, Unreadable):
            continue
        assert len(reply.records) <= len(candidate)
