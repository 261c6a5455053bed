"""Whatever comes, the server stays: any bytes over UDP, any bytes over TCP cut anywhere."""

import struct

import dns.message
import pytest
from answering import Stub, answering, framed, query_wire, read_framed
from hypothesis import given, settings
from hypothesis import strategies as st

from clusterdns.dns.query import UDP, Malformed, parse_query

NAMES = ("web", "kept", "no", "many-40", "many-4000", "fails", "bare", "zone-2", "broken-1", "Kept", "drop")
ALIVE = query_wire("web.alive.", ident=0xFFFF)


@pytest.fixture(scope="module")
def server():
    with answering(Stub(), most=100) as server:
        yield server


@st.composite
def nearly_queries(draw):
    """Questions, some of them with EDNS, with a few octets changed, cut off or added."""
    edns = draw(st.sampled_from([{}, {"use_edns": 0, "payload": draw(st.integers(0, 65535))}, {"use_edns": 1}]))
    rdtype = draw(st.sampled_from(["A", "AXFR", "SOA", "ANY"]))
    wire = bytearray(query_wire(draw(st.sampled_from(NAMES)) + ".example.", rdtype, **edns))
    for _ in range(draw(st.integers(0, 4))):
        wire[draw(st.integers(2, len(wire) - 1))] = draw(st.integers(0, 255))
    return bytes(wire[: draw(st.integers(2, len(wire)))] if draw(st.booleans()) else wire) + draw(st.binary(max_size=9))


packets = st.one_of(st.binary(max_size=700), nearly_queries()).filter(lambda wire: wire[:2] != ALIVE[:2])


def size_taken(wire):
    """The largest reply over UDP that the sender of a packet may get."""
    try:
        query = parse_query(wire[:512])
    except Malformed:
        return 512
    query.transport = UDP
    return query.size


@settings(deadline=None)
@given(packets)
def test_any_packet_is_answered_refused_or_dropped_and_the_server_goes_on(server, wire):
    with server.datagram() as client:
        client.send(wire)
        client.send(ALIVE)
        replies = []
        while not replies or replies[-1][:2] != b"\xff\xff":
            replies.append(client.recv(65535))
        assert replies[-1][3] & 15 == 0
        for reply in replies[:-1]:
            assert reply[:2] == wire[:2]
            assert reply[2] & 0x80
            assert len(reply) <= size_taken(wire)
            assert len(reply) < 100 or dns.message.from_wire(reply)
    assert not server.problems


@settings(deadline=None)
@given(st.lists(st.one_of(packets.map(framed), st.binary(max_size=40)), max_size=6), st.data())
def test_any_stream_cut_anywhere_does_no_harm(server, pieces, data):
    stream = b"".join(pieces)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=4)))
    with server.connect() as client:
        for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
            client.sendall(stream[start:end])
    with server.connect() as client:
        client.sendall(framed(ALIVE))
        assert read_framed(client)[:2] == struct.pack("!H", 0xFFFF)
    assert not server.problems


@settings(deadline=None)
@given(st.lists(nearly_queries(), max_size=5), st.data())
def test_messages_are_answered_alike_wherever_the_stream_is_cut(server, messages, data):
    messages = [message for message in messages if b"zone" not in message and b"broken" not in message]
    stream = b"".join(map(framed, [*messages, ALIVE]))
    cut = data.draw(st.integers(0, len(stream)))
    with server.connect() as whole, server.connect() as halved:
        whole.sendall(stream)
        halved.sendall(stream[:cut])
        halved.sendall(stream[cut:])
        while True:
            one, other = read_framed(whole), read_framed(halved)
            assert one == other
            if one[:2] == ALIVE[:2]:
                break
    assert not server.problems
