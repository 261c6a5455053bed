"""Where many packets are read by one call, it pays to let them gather, but nobody may wait for that in vain."""

import socket
from types import SimpleNamespace

import pytest
from answering import Stub, answering, query_wire

from clusterdns.server import mmsg, udp

pytestmark = pytest.mark.skipif(not mmsg.AVAILABLE, reason="this system reads packets one after the other")

STEADY = 6 * mmsg.SLOTS  # packets that keep a server busy for a while


@pytest.fixture
def pauses(monkeypatch):
    """How long the server would wait each time, in seconds; what is to happen `meanwhile` is done at once."""
    pauses = SimpleNamespace(seconds=[], meanwhile=lambda: None)

    def pause(seconds):
        pauses.seconds.append(seconds)
        pauses.meanwhile()

    monkeypatch.setattr(udp, "time", SimpleNamespace(sleep=pause))
    return pauses


@pytest.mark.parametrize("host", ["127.0.0.1", ""])
def test_where_packets_keep_coming_more_may_gather_for_a_moment_and_none_is_lost(pauses, host):
    with answering(Stub(), host) as server, server.datagram() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)

        def ask():
            for ident in range(STEADY):
                client.send(query_wire("web.example.", ident=ident))

        pauses.meanwhile = lambda: client.send(query_wire("late.example.", ident=STEADY))
        server.call(ask)  # in the server's own thread, which then reads them all at a time
        assert {int.from_bytes(client.recv(512)[:2], "big") for _ in range(STEADY + 1)} == set(range(STEADY + 1))
        assert len(pauses.seconds) == 1
        assert pauses.seconds[0] < 0.001


def test_a_few_questions_are_answered_at_once(pauses):
    with answering(Stub()) as server:
        for _ in range(100):
            assert server.ask("web.example.").answer
    assert not pauses.seconds
