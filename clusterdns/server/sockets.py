"""Sockets bound: those that a transport needs of one address together, so that all are ours or none.

A second server on the same port must fail, an mDNS responder on UDP 5353 must not be in the way: TCP is bound
exclusively, UDP with SO_REUSEADDR, unless there is no TCP beside it that guards the port. Knows no DNS.
"""

import contextlib
import errno
import os
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from clusterdns.corefile import split_host_port
from clusterdns.dns.query import Address
from clusterdns.plugins.base import StartError

BACKLOG: Final = 1024
"""Connections that the kernel holds until they are taken."""

Peer = tuple[str, int] | tuple[str, int, int, int]
"""An address as the socket module has it, with flow and interface for IPv6."""

Ancillary = tuple[int, int, bytes]
"""Level, type and data of a control message."""

ANYWHERE = ""
"""The host that stands for every address of the machine, IPv4 and IPv6."""

EVERYWHERE = frozenset({ANYWHERE, "0.0.0.0", "::"})
"""Hosts that take in others."""

_TRIES: Final = 20  # for a port that is free for TCP and UDP

BY_STREAM: Final = frozenset({"dns", "tls", "https"})
"""Transports that need TCP."""

BY_DATAGRAM: Final = frozenset({"dns", "quic", "https3"})
"""Transports that need UDP."""


class Endpoint(NamedTuple):
    """Where to listen, and for what: a transport as keys of server blocks name it."""

    transport: str
    host: str
    port: int


def plain(peer: Peer) -> Address:
    """Host and port of an address; IPv4 clients of an IPv6 socket by their IPv4 address."""
    host = peer[0]
    return host.removeprefix("::ffff:") if "." in host else host, peer[1]


@dataclass
class Bound:
    """The sockets of one endpoint: TCP, and UDP once per worker, as far as its transport needs them."""

    endpoint: Endpoint  # with the port that it really has
    tcp: socket.socket | None
    udp: list[socket.socket]

    @property
    def sockets(self) -> list[socket.socket]:
        """All of them."""
        return [*([] if self.tcp is None else [self.tcp]), *self.udp]

    @property
    def identity(self) -> int | None:
        """The same number in every process that has these very sockets; None once they are closed."""
        number = self.sockets[0].fileno()
        return None if number < 0 else os.fstat(number).st_ino

    def close(self) -> None:
        """Closes all of them."""
        for sock in self.sockets:
            sock.close()


def bind(endpoint: Endpoint, workers: int = 1, beside: Iterable[socket.socket] = ()) -> Bound:
    """Binds what an endpoint needs; port 0 takes any that is free for all of it.

    `beside` are TCP sockets of our own that may have the same port on a narrower or wider address. Raises `StartError`
    with a sentence for the user when the port is taken or forbidden, or the address is not here.
    """
    for attempt in range(_TRIES):
        try:
            return _bind_all(endpoint, workers, beside, udp_first=attempt % 2 == 1)
        except StartError:
            if endpoint.port or attempt == _TRIES - 1:
                raise
    raise AssertionError("unreachable")


def _bind_all(endpoint: Endpoint, workers: int, beside: Iterable[socket.socket], *, udp_first: bool) -> Bound:
    """As `bind`. Port 0 is one that is free for TCP, or, `udp_first`, for UDP; it may not be free for both."""
    transport, host, port = endpoint
    tcp = None
    if transport in BY_STREAM:
        if udp_first and not port and transport in BY_DATAGRAM:
            with _bind(host, 0, socket.SOCK_DGRAM, shared=False) as probe:
                port = probe.getsockname()[1]
        with overlapping(beside) as shared:
            tcp = _bind(host, port, socket.SOCK_STREAM, shared=shared)
        port = tcp.getsockname()[1]
    try:
        udp = _bind_udp(host, port, workers, guarded=tcp is not None) if transport in BY_DATAGRAM else []
    except StartError:
        if tcp is not None:
            tcp.close()
        raise
    return Bound(Endpoint(transport, host, port or udp[0].getsockname()[1]), tcp, udp)


def _bind_udp(host: str, port: int, workers: int, *, guarded: bool) -> list[socket.socket]:
    bound: list[socket.socket] = []
    try:
        while len(bound) < workers:
            sock = _bind(host, port, socket.SOCK_DGRAM, shared=workers > 1, again=guarded)
            bound.append(sock)
            port = sock.getsockname()[1]
    except StartError:
        for sock in bound:
            sock.close()
        raise
    return bound


@contextlib.contextmanager
def overlapping(own: Iterable[socket.socket]) -> Iterator[bool]:
    """Lets sockets that have SO_REUSEPORT, too, bind addresses that overlap those of `own`; none if that is empty."""
    socks = list(own)
    for sock in socks:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        yield bool(socks)
    finally:
        for sock in socks:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 0)


def _bind(host: str, port: int, kind: socket.SocketKind, *, shared: bool, again: bool = True) -> socket.socket:
    """`again`: on a port that a socket of another program has, too, as long as neither is exclusive."""
    if host == ANYWHERE:
        with contextlib.suppress(_NoFamily):
            return _open(socket.AF_INET6, "::", port, kind, shared=shared, again=again)
        return _open(socket.AF_INET, "0.0.0.0", port, kind, shared=shared, again=again)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return _open(family, host, port, kind, shared=shared, again=again, only=True)


class _NoFamily(StartError):
    """The machine has no IPv6."""


def _open(
    family: socket.AddressFamily,
    host: str,
    port: int,
    kind: socket.SocketKind,
    *,
    shared: bool,
    again: bool,
    only: bool = False,
) -> socket.socket:
    try:
        sock = socket.socket(family, kind)
    except OSError as error:
        raise _NoFamily(_sentence(host, port, kind, error)) from error
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, again)
        if shared:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only)
        address, _, zone = host.partition("%")
        sock.bind((address, port, 0, socket.if_nametoindex(zone)) if zone else (host, port))
        if kind == socket.SOCK_STREAM:
            sock.listen(BACKLOG)  # now, since two sockets may bind a TCP port but only one may listen
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 0)
    except OSError as error:
        sock.close()
        unsupported = error.errno in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)
        raise (_NoFamily if unsupported else StartError)(_sentence(host, port, kind, error)) from error
    return sock


def _sentence(host: str, port: int, kind: socket.SocketKind, error: OSError) -> str:
    protocol = "TCP" if kind == socket.SOCK_STREAM else "UDP"
    hint = {
        errno.EADDRINUSE: "; stop it or choose another port with --port",
        errno.EACCES: "; choose a port above 1023 with --port or start as root",
    }
    return f"{protocol} port {port} of {host} {_reason(error)}{hint.get(error.errno or 0, '')}"


def _reason(error: OSError) -> str:
    """The end of a sentence that begins with the address."""
    match error.errno:
        case errno.EADDRINUSE:
            return "is taken by another program"
        case errno.EACCES | errno.EPERM:
            return "is forbidden to this user"
        case errno.EADDRNOTAVAIL | errno.EAFNOSUPPORT:
            return "can't be had: this machine has no such address"
    return f"can't be had: {error.strerror or error}"


def bind_page(address: str, beside: Iterable[socket.socket] = ()) -> socket.socket:
    """A listening socket for HTTP at `HOST:PORT` or `:PORT`; `beside` as for `bind`. Raises `StartError`."""
    host, port = split_host_port(address)
    families = [socket.AF_INET6 if ":" in host else socket.AF_INET] if host else [socket.AF_INET6, socket.AF_INET]
    reason = ""
    for family in families:
        everywhere = not host and family == socket.AF_INET6
        try:
            with overlapping(beside) as shared:
                sock = socket.create_server(
                    (host, int(port)), family=family, reuse_port=shared, dualstack_ipv6=everywhere
                )
        except OSError as error:
            reason = _reason(error)
        except ValueError as error:
            reason = f"can't be had: {error}"
        else:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 0)
            sock.setblocking(False)
            return sock
    raise StartError(f"the page's address {address} {reason}")
