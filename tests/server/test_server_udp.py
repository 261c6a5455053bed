"""Queries over UDP: every one is answered, refused or dropped, whatever the others do."""

import contextlib
import socket

import dns.message
import dns.rcode
import pytest
from answering import PATIENCE, Stub, answering, query_wire

from clusterdns.server.udp import BATCH


def test_a_question_is_answered_with_its_id_and_its_spelling():
    with answering(Stub()) as server:
        reply = server.ask("Web.Example.")
        assert reply.question[0].name.to_text() == "Web.Example."
        assert [rrset.to_text() for rrset in reply.answer] == ["Web.Example. 5 IN A 127.0.0.1"]


def test_a_burst_larger_than_a_batch_is_answered_whole():
    with answering(Stub()) as server, server.datagram() as client:
        for ident in range(3 * BATCH):
            client.send(query_wire("web.example.", ident=ident))
        assert {int.from_bytes(client.recv(512)[:2], "big") for _ in range(3 * BATCH)} == set(range(3 * BATCH))


def test_what_waits_is_in_nobodys_way_and_is_answered_later():
    stub = Stub()
    with answering(stub) as server, server.datagram() as client:
        client.send(query_wire("waits.example.", ident=1))
        client.send(query_wire("web.example.", ident=2))
        assert client.recv(512)[:2] == b"\0\x02"
        server.call(stub.release)
        assert client.recv(512)[:2] == b"\0\x01"


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", ""])
def test_late_replies_however_many_and_large_go_where_they_belong(host):
    stub, counts = Stub(), [1 + 10 * (ident % 3) for ident in range(2 * BATCH)] + [1000]
    with answering(stub, host, most_waiting=1000) as server, contextlib.ExitStack() as stack:
        clients = [stack.enter_context(server.datagram()) for _ in range(3)]
        for ident, count in enumerate(counts):
            clients[ident % 3].send(query_wire(f"waits-{count}.example.", ident=ident, use_edns=0, payload=65535))
        server.wait_until(lambda: stub.under_way == len(counts))
        server.call(stub.release)
        for number, client in enumerate(clients):
            replies = [dns.message.from_wire(client.recv(65535)) for _ in counts[number::3]]
            found = {reply.id: len(reply.answer[0]) for reply in replies}
            assert found == dict(list(enumerate(counts))[number::3])


def test_with_too_many_waiting_more_are_shed_but_others_are_still_answered():
    stub = Stub()
    with answering(stub, most_waiting=5) as server, server.datagram() as client:
        for ident in range(9):
            client.send(query_wire("waits.example.", ident=ident))
        client.send(query_wire("web.example.", ident=100))
        assert client.recv(512)[:2] == b"\0\x64"
        assert server.call(lambda: stub.under_way) == 5
        server.call(stub.release)
        assert {client.recv(512)[1] for _ in range(5)} == {0, 1, 2, 3, 4}
        assert server.call(lambda: len(server.udp.waiting)) == 0


def test_a_plugin_that_fails_costs_one_query_servfail():
    with answering(Stub()) as server:
        assert server.ask("fails.example.").rcode() == dns.rcode.SERVFAIL
        assert server.ask("web.example.").rcode() == dns.rcode.NOERROR
        assert "RuntimeError: the stub fails" in server.service.world.log.stream.getvalue()


def test_what_a_plugin_drops_gets_nothing():
    with answering(Stub()) as server, server.datagram() as client:
        client.send(query_wire("drop.example.", ident=1))
        client.send(query_wire("web.example.", ident=2))
        assert client.recv(512)[:2] == b"\0\x02"


@pytest.mark.parametrize("kept", ["kept", "other"])
def test_a_client_that_has_gone_disturbs_nobody(kept):
    stub = Stub()
    with answering(stub) as server:
        for _ in range(3):
            with server.datagram() as gone:
                gone.send(query_wire(f"{kept}.example."))
        server.ask("web.example.")  # after the ICMP errors that the replies have caused
        assert server.ask(f"{kept}.example.").answer


def test_no_more_is_read_of_a_packet_than_coredns_reads():
    whole = dns.message.make_query("web.example.", "A", use_edns=0, pad=468)
    longer = dns.message.make_query("web.example.", "A", use_edns=0, pad=600)
    with answering(Stub()) as server, server.datagram() as client:
        client.send(whole.to_wire())
        assert dns.message.from_wire(client.recv(65535)).rcode() == dns.rcode.NOERROR
        client.send(longer.to_wire())
        assert dns.message.from_wire(client.recv(65535)).rcode() == dns.rcode.FORMERR


@pytest.mark.parametrize(("size", "truncated"), [(None, True), (100, True), (1232, True), (4096, False)])
def test_a_reply_is_as_large_as_the_client_takes(size, truncated):
    edns = {} if size is None else {"use_edns": 0, "payload": size}
    with answering(Stub()) as server, server.datagram() as client:
        client.send(query_wire("many-100.example.", **edns))
        reply = client.recv(65535)
        assert len(reply) <= max(512, size or 0)
        assert bool(reply[2] & 2) == truncated


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_plugin_learns_the_clients_address(host):
    with answering(Stub(), host) as server:
        assert server.ask("web.example.").answer[0][0].address == host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1"])
@pytest.mark.parametrize("how", ["web", "kept", "waits"])
def test_a_server_on_all_addresses_replies_from_the_one_that_was_asked(host, how):
    stub = Stub()
    with answering(stub, "") as server:
        server.host = host
        with server.datagram() as client:  # connected, so that it hears nobody but the address that it asked
            for _ in range(2):
                client.send(query_wire(f"{how}.example."))
                server.call(stub.release)
                assert dns.message.from_wire(client.recv(512)).answer[0][0].address == client.getsockname()[0]


def test_at_the_end_what_was_asked_is_answered():
    stub = Stub()
    with answering(stub) as server, server.datagram() as client:

        async def ask_and_end():
            for ident, name in enumerate(["web", "kept", "waits", "web"], 1):
                client.send(query_wire(f"{name}.example.", ident=ident))
            server.loop.call_later(0.01, stub.release)
            await server.udp.drain(PATIENCE)  # in the same turn of the loop: nothing has been read yet

        server.wait_for(ask_and_end())
        assert {client.recv(512)[1] for _ in range(4)} == {1, 2, 3, 4}


def test_after_the_end_nobody_listens():
    with answering(Stub()) as server:
        server.wait_for(server.stop())
        with server.datagram() as client:
            client.send(query_wire("web.example."))
            with pytest.raises(ConnectionRefusedError):
                client.recv(512)


def test_a_query_from_port_0_is_survived():
    """The kernel refuses to send there, which must not end the batch."""
    with answering(Stub()) as server:
        sent = server.call(lambda: server.udp._send(("127.0.0.1", 0), b"reply"))
        assert sent is None
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(PATIENCE)
            client.sendto(query_wire("web.example."), ("127.0.0.1", server.port))
            assert client.recv(512)
