"""The UDP ports from which an upstream is asked: one for each query under way, chosen by chance.

Whoever wants to slip in a reply has to guess port and ID (RFC 5452). So a query takes one of many idle ports by chance,
or a new one while there are few, no port is used often, and what comes to one that asked nothing closes it. Sockets are
connected, so that the kernel drops what comes from elsewhere. What is sent in a turn of the loop goes out together,
since an upstream that is awake already is woken for less. Knows messages as bytes.
"""

import asyncio
import select
import socket
import struct
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain, repeat
from random import Random
from typing import Final

from clusterdns.corefile import join_host_port
from clusterdns.departure import Departure
from clusterdns.dns.query import HEADER_SIZE
from clusterdns.handover import Handover
from clusterdns.plugins.forward.connection import MOST_WRONG, Failure, Patience, Remote, reason_of
from clusterdns.plugins.forward.pool import Keep

_ENOUGH: Final = 256  # idle ports from which one is taken by chance; with fewer, a new one is opened
_USES: Final = 128  # queries that a port is good for
_LARGEST: Final = 65_535
_EVENTS: Final = 128  # replies that are read before other work of the loop gets its turn

_DRAWN: Final = struct.Struct("2sH")  # an ID, and a number to choose a port by
_DRAWS: Final = 256  # that are drawn at a time, since each draw asks the kernel


class Port:
    """A connected socket and what it is asked, if anything."""

    __slots__ = ("created", "ended", "fd", "ident", "ports", "receive", "send", "sock", "used", "waiting", "wrong")

    def __init__(self, sock: socket.socket, ports: "Ports", now: float) -> None:
        self.sock = sock
        self.fd = sock.fileno()
        self.send = sock.send
        self.receive = sock.recv
        self.ports = ports
        self.created = self.used = now
        self.ended = self.wrong = 0
        self.ident = b""
        self.waiting: Handover[bytes] | None = None

    def give_up(self, reason: str) -> None:
        """Has the query fail that waits for a reply."""
        self.ports.fail(self, "read", reason)

    def __str__(self) -> str:
        return join_host_port(*self.sock.getsockname()[:2])


class Ports:
    """The ports for one upstream. `opened` and `reused` count queries that had a new port, and those that had not."""

    def __init__(self, remote: Remote, patience: Patience, chance: Random, keep: Keep, departure: Departure) -> None:
        self.opened = self.reused = 0
        self._remote = remote
        self._patience = patience
        self._draws = _draws(chance)
        self._keep = keep
        self._departure = departure
        self._open: dict[int, Port] = {}  # by file descriptor
        self._idle: list[Port] = []
        self._outgoing: list[tuple[Port, bytes]] = []
        self._stopped = False
        self._loop = asyncio.get_running_loop()
        self._epoll: select.epoll | None = None  # one event for the loop, however many replies have come
        if hasattr(select, "epoll"):
            self._epoll = select.epoll()
            self._loop.add_reader(self._epoll.fileno(), departure.after, self._read)

    def ask(self, message: bytes) -> Handover[bytes]:
        """The reply to a message without ID, which may `fail` with `Failure`. Raises `Failure` as well."""
        ident, number = next(self._draws)
        port = self._choose(number) if len(self._idle) >= _ENOUGH else self._dial_or_choose(number)
        waiting: Handover[bytes] = Handover()
        port.ident = ident
        port.waiting = waiting
        if not self._outgoing:
            self._departure.add(self._send)
        self._outgoing.append((port, ident + message))
        return waiting

    def fail(self, port: Port, operation: str, reason: str) -> None:
        """Closes a port where an operation has failed; the query that waits for a reply fails too."""
        if self._open.get(port.fd) is not port:
            return  # closed before
        waiting, port.waiting = port.waiting, None
        port.ended += 1
        failure = Failure(f"{operation} udp {port}->{self._remote}: {reason}")
        self._close(port)
        if waiting is not None and not waiting.done:
            waiting.fail(failure)

    def sweep(self) -> None:
        """Closes what was idle for long enough."""
        idle, self._idle = self._idle, []
        now = self._keep.clock()
        for port in idle:
            if self._keep.good(port, now):
                self._idle.append(port)
            else:
                self._close(port)

    def stop(self) -> None:
        """Closes all ports, those where somebody waits for a reply once it has come."""
        self._stopped = True
        self._idle.clear()
        for port in list(self._open.values()):
            if port.waiting is None or port.waiting.done:
                self._close(port)
        self._end_if_done()

    def _choose(self, number: int) -> Port:
        """An idle port, chosen by a number that nobody can foresee."""
        idle = self._idle
        index = number % len(idle)
        port = idle[index]
        idle[index] = idle[-1]
        idle.pop()
        self.reused += 1
        return port

    def _dial_or_choose(self, number: int) -> Port:
        """A new port; if it can't be had, one of the few idle ones. Raises `Failure`."""
        try:
            port = self._dial()
        except Failure:
            if not self._idle:
                raise
            return self._choose(number)
        self.opened += 1
        return port

    def _dial(self) -> Port:
        remote = self._remote
        if self._stopped:
            raise Failure(f"dial udp {remote}: use of closed network connection")
        try:
            sock = socket.socket(remote.family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
            try:
                if remote.source is not None:
                    sock.bind((remote.source, 0))
                sock.connect((remote.host, remote.port))
            except OSError:
                sock.close()
                raise
        except OSError as error:
            raise Failure(f"dial udp {remote}: {reason_of(error)}") from None
        port = self._open[sock.fileno()] = Port(sock, self, self._keep.clock())
        if self._epoll is not None:
            self._epoll.register(port.fd, select.EPOLLIN)
        else:
            self._loop.add_reader(port.fd, self._departure.after, partial(self._read_one, port))
        return port

    def _send(self) -> None:
        outgoing, self._outgoing = self._outgoing, []
        self._patience.begin([port for port, _ in outgoing])
        for port, message in outgoing:
            try:
                port.send(message)
            except OSError as error:
                self.fail(port, "write", f"write: {reason_of(error)}")

    def _read(self) -> None:
        """Reads all that has come, and only then lets those go on who wait for it.

        To go back and forth between the kernel and the chain would cost a tenth more: neither finds its code in the
        processor's caches then.
        """
        assert self._epoll is not None
        ports, now = self._open, self._keep.clock()
        came = [self._receive(ports[fd], now) for fd, _ in self._epoll.poll(0, _EVENTS) if fd in ports]
        self._hand_over(came)

    def _read_one(self, port: Port) -> None:
        self._hand_over([self._receive(port, self._keep.clock())])

    def _hand_over(self, came: Iterable[tuple[Handover[bytes], bytes] | None]) -> None:
        for waiting, message in filter(None, came):
            if not waiting.done:
                waiting.give(message)

    def _receive(self, port: Port, now: float) -> tuple[Handover[bytes], bytes] | None:
        """Who waits for a reply to this port, and the reply, if it has come."""
        waiting = port.waiting
        if waiting is None:  # whatever it is, nobody asked for it
            self._idle.remove(port)
            self._close(port)
            return None
        try:
            message = port.receive(_LARGEST)
        except (BlockingIOError, InterruptedError):
            return None
        except OSError as error:
            self.fail(port, "read", f"read: {reason_of(error)}")
            return None
        if message[:2] == port.ident and len(message) >= HEADER_SIZE:
            port.waiting = None
            port.ended += 1
            port.used = now
            self._rest(port)
            return waiting, message
        port.wrong += 1
        if port.wrong > MOST_WRONG:
            self.fail(port, "read", "too many replies to other queries")
        return None

    def _rest(self, port: Port) -> None:
        """The port has done its work, and can be used again."""
        most = self._keep.max_idle
        if self._stopped or port.ended >= _USES or (most and len(self._idle) >= most):
            self._close(port)
        else:
            self._idle.append(port)

    def _close(self, port: Port) -> None:
        if self._open.pop(port.fd, None) is not None:
            if self._epoll is None:
                self._loop.remove_reader(port.fd)
            port.sock.close()  # which also ends its place in the epoll
            self._end_if_done()

    def _end_if_done(self) -> None:
        if self._stopped and not self._open and self._epoll is not None and not self._epoll.closed:
            self._loop.remove_reader(self._epoll.fileno())
            self._epoll.close()


def _draws(chance: Random) -> Iterator[tuple[bytes, int]]:
    return chain.from_iterable(_DRAWN.iter_unpack(chance.randbytes(_DRAWS * _DRAWN.size)) for _ in repeat(None))
