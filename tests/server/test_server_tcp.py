"""Queries over TCP: pipelined, cut anywhere, answered as soon as each is ready, and nobody can hold the server up."""

import asyncio
import socket
import struct
import threading
from contextlib import suppress

import dns.message
import pytest
from answering import PATIENCE, PATIENT, Stub, answering, framed, query_wire, read_framed

from clusterdns.plugins.base import Limits
from clusterdns.server import stream

SOON = 0.05  # seconds; a time-out that a test waits for


def idents(client, count):
    """The IDs of the next replies, in order."""
    return [int.from_bytes(read_framed(client)[:2], "big") for _ in range(count)]


def is_closed(client):
    """Has the server ended the connection, with nothing more to read?"""
    return read_framed(client) is None


def test_a_question_is_answered():
    with answering(Stub()) as server:
        assert server.ask("web.example.", tcp=True).answer[0][0].address == "127.0.0.1"


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_ipv6_and_ipv4_clients_are_answered_by_a_server_on_all_addresses(host):
    with answering(Stub(), "") as server:
        server.host = host
        rdtype = "AAAA" if ":" in host else "A"
        assert server.ask("web.example.", rdtype, tcp=True).answer[0][0].address == host


def test_many_questions_at_once_are_all_answered():
    count = 3 * stream.BATCH
    with answering(Stub()) as server, server.connect() as client:
        client.sendall(b"".join(framed(query_wire("web.example.", ident=ident)) for ident in range(count)))
        assert sorted(idents(client, count)) == list(range(count))


def test_who_is_ready_first_is_answered_first():
    stub = Stub()
    with answering(stub) as server, server.connect() as client:
        client.sendall(framed(query_wire("waits.example.", ident=1)) + framed(query_wire("web.example.", ident=2)))
        assert idents(client, 1) == [2]
        server.call(stub.release)
        assert idents(client, 1) == [1]


def test_a_message_may_come_cut_anywhere():
    message = framed(query_wire("web.example.", use_edns=0))
    with answering(Stub()) as server, server.connect() as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for cut in range(1, len(message)):
            client.sendall(message[:cut])
            server.wait_for(asyncio.sleep(0))  # the server has its turn between the pieces
            client.sendall(message[cut:])
            assert idents(client, 1) == [4711]


def test_a_message_may_come_octet_by_octet():
    with answering(Stub()) as server, server.connect() as client:
        for octet in framed(query_wire("web.example.")):
            client.sendall(bytes([octet]))
        assert idents(client, 1) == [4711]


def test_what_is_no_query_is_passed_over():
    with answering(Stub()) as server, server.connect() as client:
        reply = bytearray(query_wire("web.example.", ident=1))
        reply[2] |= 0x80
        client.sendall(framed(b"") + framed(b"short") + framed(bytes(reply)) + framed(query_wire("web.", ident=2)))
        assert idents(client, 1) == [2]


def test_the_largest_message_is_read_and_the_largest_reply_written():
    query = query_wire("many-9000.example.", use_edns=0, options=[])
    with answering(Stub()) as server, server.connect() as client:
        client.sendall(framed(query.ljust(65535, b"\0")))
        reply = read_framed(client)
        assert 65_000 < len(reply) <= 65_535
        assert reply[2] & 2  # TC: 9,000 addresses are too many even for TCP
        assert len(dns.message.from_wire(reply).answer[0]) > 4000


def test_who_has_said_all_still_hears_all():
    stub = Stub()
    with answering(stub) as server, server.connect() as client:
        client.sendall(framed(query_wire("waits.example.", ident=1)) + framed(query_wire("web.example.", ident=2)))
        client.shutdown(socket.SHUT_WR)
        assert idents(client, 1) == [2]
        server.call(stub.release)
        assert idents(client, 1) == [1]
        assert is_closed(client)


def test_a_reset_is_survived_whatever_is_under_way():
    stub = Stub()
    with answering(stub) as server:
        client = server.connect()
        client.sendall(framed(query_wire("waits.example.")) + framed(query_wire("many-4000.example.")) + b"\0")
        server.wait_until(lambda: stub.under_way)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        server.wait_until(lambda: len(server.stream.guests) == 0 and stub.under_way == 0)
        assert server.ask("web.example.", tcp=True).answer


@pytest.mark.parametrize("sent", [b"", b"\0", framed(query_wire("web.example."))[:-1]])
def test_who_does_not_finish_the_first_message_in_time_is_cut_off(sent):
    with answering(Stub(), limits=Limits(SOON, PATIENCE, PATIENCE)) as server, server.connect() as client:
        client.sendall(sent)
        assert is_closed(client)


def test_who_sends_now_and_then_an_octet_is_cut_off():
    with answering(Stub(), limits=Limits(SOON, PATIENCE, PATIENCE)) as server, server.connect() as client:
        closed = threading.Event()

        def trickle():
            with suppress(ConnectionError):
                client.sendall(b"\xff\xff")
                while not closed.wait(SOON / 10):
                    client.sendall(b"\0")

        trickling = threading.Thread(target=trickle, daemon=True)
        trickling.start()
        try:
            assert is_closed(client)
        finally:
            closed.set()
            trickling.join(PATIENCE)


def test_who_asks_nothing_more_is_cut_off_after_the_idle_time():
    with answering(Stub(), limits=Limits(PATIENCE, SOON, PATIENCE)) as server, server.connect() as client:
        client.sendall(framed(query_wire("web.example.")))
        assert idents(client, 1) == [4711]
        assert is_closed(client)


def test_who_waits_for_the_server_is_not_cut_off():
    stub = Stub()
    with answering(stub, limits=Limits(PATIENCE, SOON, PATIENCE)) as server, server.connect() as client:
        client.sendall(framed(query_wire("waits.example.")))
        server.wait_until(lambda: stub.under_way)
        before = server.loop.time()
        server.wait_until(lambda: server.loop.time() > before + 3 * SOON)
        server.call(stub.release)
        assert idents(client, 1) == [4711]
        assert is_closed(client)


def test_who_does_not_read_is_not_read_from_and_cut_off():
    stub = Stub()
    question = framed(query_wire("many-4000.example."))
    with answering(stub, limits=Limits(PATIENCE, PATIENCE, SOON)) as server:
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect((server.host, server.port))
        client.settimeout(PATIENCE)
        with client, pytest.raises((ConnectionResetError, BrokenPipeError)):
            client.sendall(question * 200_000)
        assert server.call(lambda: stub.asked) < 500  # of 64 KiB each: what the kernel takes, and little more
        server.wait_until(lambda: len(server.stream.guests) == 0)


def test_a_client_may_not_have_more_waiting_than_its_share(monkeypatch):
    monkeypatch.setattr(stream, "MOST_WAITING", 3)
    stub = Stub()
    with answering(stub) as server, server.connect() as client, server.connect() as other:
        client.sendall(b"".join(framed(query_wire("waits.example.", ident=ident)) for ident in range(8)))
        server.wait_until(lambda: stub.under_way == 3)
        other.sendall(framed(query_wire("web.example.")))
        assert idents(other, 1) == [4711]
        assert server.call(lambda: stub.asked) == 4
        server.call(stub.release)
        assert sorted(idents(client, 8)) == list(range(8))


def test_a_thousand_idle_connections_leave_others_served():
    with answering(Stub(), most=2000) as server:
        idle = [server.connect() for _ in range(1000)]
        try:
            server.wait_until(lambda: len(server.stream.guests) == 1000)
            assert server.ask("web.example.", tcp=True).answer
            assert server.ask("web.example.").answer
            idle[500].sendall(framed(query_wire("web.example.")))
            assert idents(idle[500], 1) == [4711]
        finally:
            for client in idle:
                client.close()


def test_with_too_many_connections_the_quietest_makes_room():
    with answering(Stub(), most=3) as server:
        first, second, third = clients = [server.connect() for _ in range(3)]
        for client in clients:
            client.sendall(framed(query_wire("web.example.")))
            idents(client, 1)
        first.sendall(framed(query_wire("web.example.")))
        idents(first, 1)
        with server.connect() as fourth:
            assert is_closed(second)
            for client in (first, third, fourth):
                client.sendall(framed(query_wire("web.example.")))
                assert idents(client, 1) == [4711]
        for client in clients:
            client.close()


def test_a_flood_of_connections_never_exceeds_the_bound():
    with answering(Stub(), most=10) as server:
        flood = server.call(lambda: [server.connect() for _ in range(100)])  # taken in one turn of the loop
        assert server.ask("web.example.", tcp=True).answer
        assert server.call(lambda: len(server.stream.guests)) <= 10
        for client in flood:
            client.close()


def test_a_transfer_is_sent_whole():
    with answering(Stub()) as server, server.connect() as client:
        client.sendall(framed(query_wire("zone-20.example.", "AXFR", ident=1)))
        assert idents(client, 20) == [1] * 20


def test_a_transfer_is_made_only_as_fast_as_the_client_takes_it():
    stub = Stub()
    with answering(stub) as server:
        with server.connect() as client:
            client.sendall(framed(query_wire("zone-5000.example.", "AXFR", ident=1)))
            server.wait_until(lambda: stub.sent > 10)
            assert server.ask("web.example.").answer
            (connection,) = server.stream.guests
            server.wait_until(lambda: not connection._room.is_set())
            sent, turns = stub.sent, iter(range(20))
            server.wait_until(lambda: next(turns, None) is None)
            assert stub.sent == sent < 2000  # of 16 KB each: what the kernel takes
        server.wait_until(lambda: len(server.stream.guests) == 0)


def test_a_transfer_that_fails_ends_the_connection_and_nothing_else():
    with answering(Stub()) as server, server.connect() as client:
        client.sendall(framed(query_wire("broken-1.example.", "AXFR")))
        assert read_framed(client)
        assert is_closed(client)
        assert "RuntimeError: the transfer fails" in server.service.world.log.stream.getvalue()
        assert server.ask("web.example.", tcp=True).answer


def test_at_the_end_what_was_asked_is_answered():
    stub = Stub()
    with answering(stub) as server, server.connect() as client, server.connect() as idle:

        async def ask_and_end():
            for ident, name in enumerate(["web", "waits", "web"], 1):
                client.sendall(framed(query_wire(f"{name}.example.", ident=ident)))
            server.loop.call_later(0.01, stub.release)
            await server.stream.drain(PATIENCE)  # in the same turn of the loop: nothing has been read yet

        server.wait_for(ask_and_end())
        assert sorted(idents(client, 3)) == [1, 2, 3]
        assert is_closed(client)
        assert is_closed(idle)
        with pytest.raises(ConnectionRefusedError):
            server.connect()


def test_at_the_end_who_takes_too_long_is_cut_off():
    stub = Stub()
    with answering(stub, limits=PATIENT) as server, server.connect() as client:
        client.sendall(framed(query_wire("waits.example.")))
        server.wait_until(lambda: stub.under_way)
        server.wait_for(server.stream.drain(SOON))
        assert is_closed(client)
        server.wait_until(lambda: stub.under_way == 0)
