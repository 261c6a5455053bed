"""Clients of TLS that mean no good, or can't do better: each is bounded, and others are served."""

import subprocess
from contextlib import ExitStack
from dataclasses import replace

import pytest
from answering import PATIENCE, PATIENT, Answering, Stub, framed, query_wire, read_framed
from encrypted import Authority, encrypting, is_closed, make_authority, secured

SOON = 0.05  # seconds; a time-out that a test waits for
PING = b"\0\0\x08\x06\0\0\0\0\0" + b"12345678"  # a frame of HTTP/2
POST = [(b":method", b"POST"), (b":scheme", b"https"), (b":authority", b"localhost"), (b":path", b"/dns-query")]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("certificates"))


def is_served(server: Answering, authority: Authority) -> bool:
    """Is somebody else answered by TLS?"""
    with secured(server, authority) as other:
        other.sendall(framed(query_wire("web.example.")))
        return read_framed(other) is not None


def test_half_a_handshake_ends_in_time(authority):
    with encrypting(Stub(), "tls", authority, replace(PATIENT, read=SOON)) as server, server.connect() as client:
        client.sendall(b"\x16\x03\x01\x02\x00\x01")
        assert is_closed(client)
        assert is_served(server, authority)


def test_what_is_no_handshake_ends_at_once(authority):
    with encrypting(Stub(), "tls", authority) as server, server.connect() as client:
        client.sendall(framed(query_wire("web.example.")) * 10)
        assert is_closed(client)
        assert is_served(server, authority)


def test_hundreds_who_dally_over_their_handshakes_only_keep_each_other_waiting(authority):
    with encrypting(Stub(), "tls", authority, replace(PATIENT, read=0.5)) as server, ExitStack() as crowd:
        for _ in range(300):
            crowd.enter_context(server.connect())
        assert is_served(server, authority)


def test_a_connection_that_asks_nothing_ends_in_time(authority):
    limits = replace(PATIENT, read=SOON)
    with encrypting(Stub(), "tls", authority, limits) as server, secured(server, authority) as client:
        assert is_closed(client)


def test_after_so_many_queries_a_connection_ends(authority):
    limits = replace(PATIENT, tcp_queries=3)
    with encrypting(Stub(), "tls", authority, limits) as server, secured(server, authority) as client:
        client.sendall(framed(query_wire("web.example.")) * 5)
        assert [read_framed(client) is None for _ in range(4)] == [False, False, False, True]


def test_nothing_is_negotiated_again(authority):
    """In TLS 1.2 a client could have the server work for a new handshake as often as it likes."""
    with encrypting(Stub(), "tls", authority) as server:
        command = ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-tls1_2", "-CAfile", authority.file]
        shown = subprocess.run(command, input=b"R\n", capture_output=True, timeout=PATIENCE)
        assert b"no renegotiation" in shown.stderr
        assert is_served(server, authority)


def test_old_tls_is_refused(authority):
    with encrypting(Stub(), "tls", authority) as server:
        for version, agreed in (("-tls1_1", False), ("-tls1_2", True)):
            command = ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", version]
            command += ["-cipher", "ALL:@SECLEVEL=0"]
            shown = subprocess.run(command, input=b"", capture_output=True, timeout=PATIENCE)
            assert (b"Cipher is (NONE)" not in shown.stdout) == agreed


def test_a_client_that_takes_no_replies_is_let_go(authority):
    stub, limits = Stub(), replace(PATIENT, write=SOON)
    with encrypting(stub, "tls", authority, limits) as server, secured(server, authority) as client:
        client.sendall(framed(query_wire("zone-100000.example.", "AXFR")))
        server.wait_until(lambda: stub.sent and not len(server.listeners.listeners[0].guests))
        assert stub.sent < 1000
        assert is_served(server, authority)
