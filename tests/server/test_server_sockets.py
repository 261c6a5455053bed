"""Sockets: UDP and TCP of an address belong together, and what is wrong with an address is said in a sentence."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import namespace
import pytest
from serving import free_port

from clusterdns.plugins.base import StartError
from clusterdns.server.sockets import Endpoint, bind, plain

FREE_FOR_ALL = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
"""Where Linux says from which port on no rights are needed."""


def test_udp_and_tcp_get_the_same_free_port():
    bound = bind(Endpoint("dns", "127.0.0.1", 0))
    assert bound.endpoint.port == bound.tcp.getsockname()[1] == bound.udp[0].getsockname()[1]
    bound.close()


def test_a_port_is_found_where_nearly_all_are_taken_for_udp():
    script = Path(__file__).with_name("bind_where_ports_are_scarce.py")

    assert namespace.run(script).split() == ["True"] * 11


def test_a_port_that_another_server_has_is_taken():
    first = bind(Endpoint("dns", "127.0.0.1", 0))
    with pytest.raises(StartError, match=f"{first.endpoint.port} of .* is taken by another program; stop it"):
        bind(Endpoint("dns", "127.0.0.1", first.endpoint.port))
    first.close()


def test_tls_and_quic_share_a_port_since_one_needs_tcp_and_the_other_udp():
    tls = bind(Endpoint("tls", "127.0.0.1", 0))
    quic = bind(Endpoint("quic", "127.0.0.1", tls.endpoint.port))
    assert (tls.udp, quic.tcp) == ([], None)
    for second in ("tls", "quic"):
        with pytest.raises(StartError, match="is taken"):
            bind(Endpoint(second, "127.0.0.1", tls.endpoint.port))
    tls.close()
    quic.close()


def test_a_server_on_all_addresses_is_not_started_beside_one_on_a_single_address():
    first = bind(Endpoint("dns", "127.0.0.1", 0))
    with pytest.raises(StartError, match="is taken"):
        bind(Endpoint("dns", "", first.endpoint.port))
    first.close()


def test_where_udp_is_taken_tcp_is_given_back():
    port = free_port()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", port))  # without SO_REUSEADDR
        with pytest.raises(StartError, match=f"UDP port {port} of 127.0.0.1 is taken"):
            bind(Endpoint("dns", "127.0.0.1", port))
    bind(Endpoint("dns", "127.0.0.1", port)).close()


def test_a_program_that_shares_its_udp_port_is_not_in_the_way():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as responder:
        responder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        port = free_port()
        responder.bind(("0.0.0.0", port))
        bind(Endpoint("dns", "127.0.0.1", port)).close()


def test_a_port_is_free_again_at_once():
    first = bind(Endpoint("dns", "127.0.0.1", 0))
    with socket.create_connection(("127.0.0.1", first.endpoint.port)):
        accepted, _ = first.tcp.accept()
        accepted.close()  # first, so that it is our side which lingers
    first.close()
    bind(Endpoint("dns", "127.0.0.1", first.endpoint.port)).close()


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
def test_an_address_that_is_not_here_is_said(host):
    with pytest.raises(StartError, match="this machine has no such address"):
        bind(Endpoint("dns", host, 0))


@contextmanager
def without_rights() -> Iterator[None]:
    """Does as a user who may not use every port does; root becomes nobody for a while."""
    user = os.geteuid()
    os.seteuid(user or 65534)
    try:
        yield
    finally:
        os.seteuid(user)


@pytest.mark.skipif(FREE_FOR_ALL.exists() and int(FREE_FOR_ALL.read_text()) <= 53, reason="anyone may use port 53")
def test_a_forbidden_port_is_said():
    with without_rights(), pytest.raises(StartError, match="choose a port above 1023"):
        bind(Endpoint("dns", "127.0.0.1", 53))


def test_all_addresses_are_ipv4_and_ipv6():
    bound = bind(Endpoint("dns", "", 0))
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with socket.socket(family, socket.SOCK_STREAM) as client:
            client.connect((host, bound.endpoint.port))
    bound.close()


def test_ipv6_alone_leaves_ipv4_to_others():
    first = bind(Endpoint("dns", "::1", 0))
    bind(Endpoint("dns", "127.0.0.1", first.endpoint.port)).close()
    first.close()


def test_each_worker_has_a_udp_socket_of_its_own():
    bound = bind(Endpoint("dns", "127.0.0.1", 0), workers=3)
    assert {sock.getsockname() for sock in bound.udp} == {("127.0.0.1", bound.endpoint.port)}
    assert len(bound.udp) == 3
    bound.close()


@pytest.mark.parametrize(
    ("peer", "host"),
    [
        (("192.0.2.7", 53), "192.0.2.7"),
        (("::ffff:192.0.2.7", 53, 0, 0), "192.0.2.7"),
        (("2001:db8::7", 53, 0, 0), "2001:db8::7"),
        (("fe80::1%eth0", 53, 0, 2), "fe80::1%eth0"),
    ],
)
def test_a_peer_is_known_by_its_plain_address(peer, host):
    assert plain(peer) == (host, 53)
