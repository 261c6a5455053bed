"""Connections to an upstream, each for one query at a time.

A UDP socket is connected, so that the kernel drops what comes from elsewhere; its port is random, as is the ID, and a
datagram with another ID is not the reply. A stream has the length before each message (RFC 1035 4.2.2). Knows messages
as bytes. Sentences of failures are those of Go's network library, which people's `errors` options look for.
"""

import asyncio
import os
import socket
import ssl
from collections import deque
from dataclasses import dataclass
from typing import ClassVar, Final

from clusterdns.corefile import join_host_port

_HEADER_SIZE: Final = 12
_LARGEST: Final = 65_535
_MOST_WRONG: Final = 100
"""Messages with a wrong ID before a connection is given up: whoever guesses IDs shall not have many tries at a port."""


class Failure(Exception):
    """An upstream did not answer."""


class Closed(Failure):
    """The upstream has closed the connection."""


@dataclass(frozen=True, slots=True)
class Remote:
    """Where an upstream is; `source` is the address to connect from, if it matters."""

    host: str
    port: int
    source: str | None = None

    @property
    def family(self) -> socket.AddressFamily:
        """Of the address."""
        return socket.AF_INET6 if ":" in self.host else socket.AF_INET

    def __str__(self) -> str:
        return join_host_port(self.host, self.port)


class Patience:
    """Gives up on what takes too long. All wait equally long, so that one timer will do for them all."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._asked: deque[tuple[float, asyncio.Future[bytes], Connection]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, waiting: "asyncio.Future[bytes]", connection: "Connection") -> None:
        """From now on the reply has so many seconds to come."""
        asked, loop = self._asked, waiting.get_loop()
        while asked and asked[0][1].done():
            asked.popleft()
        deadline = loop.time() + self._seconds
        asked.append((deadline, waiting, connection))
        if self._timer is None:
            self._timer = loop.call_at(deadline, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        while self._asked and (self._asked[0][0] <= now or self._asked[0][1].done()):
            _, waiting, connection = self._asked.popleft()
            if not waiting.done():
                connection.give_up("i/o timeout")
        self._timer = loop.call_at(self._asked[0][0], self._look, loop) if self._asked else None


class Connection:
    """What UDP and streams have in common: a message goes out, and the message of the same ID is waited for."""

    network: ClassVar[str]

    def __init__(self, remote: Remote) -> None:
        self.remote = remote
        self.created = self.used = 0.0  # set by the pool, in seconds of its clock
        self.closed = False
        self._loop = asyncio.get_running_loop()
        self._waiting: asyncio.Future[bytes] | None = None
        self._ident = b""
        self._wrong = 0

    async def ask(self, message: bytes, patience: Patience) -> bytes:
        """The reply to a message: the next one of its ID. Raises `Failure`."""
        self._ident = message[:2]
        self._wrong = 0
        waiting: asyncio.Future[bytes] = self._loop.create_future()
        self._waiting = waiting
        self._send(message)
        patience.begin(waiting, self)
        try:
            return await waiting
        finally:
            self._waiting = None

    def close(self) -> None:
        """Closes the connection, for good."""
        self.closed = True

    def give_up(self, reason: str) -> None:
        """Has the query that waits fail."""
        self._end(Failure(f"read {self.network} {self._local()}->{self.remote}: {reason}"))

    def _send(self, message: bytes) -> None:
        raise NotImplementedError

    def _local(self) -> str:
        raise NotImplementedError

    def _take(self, message: bytes) -> None:
        """A message has come."""
        waiting = self._waiting
        if waiting is None or waiting.done():
            return
        if message[:2] == self._ident and len(message) >= _HEADER_SIZE:
            waiting.set_result(message)
            return
        self._wrong += 1
        if self._wrong > _MOST_WRONG:
            self.give_up("too many replies to other queries")

    def _end(self, failure: Failure) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(failure)


class Datagrams(Connection):
    """A connected UDP socket."""

    network = "udp"

    def __init__(self, remote: Remote) -> None:
        super().__init__(remote)
        self._sock = socket.socket(remote.family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        try:
            if remote.source is not None:
                self._sock.bind((remote.source, 0))
            self._sock.connect((remote.host, remote.port))
        except OSError:
            self._sock.close()
            raise
        self._loop.add_reader(self._sock.fileno(), self._readable)

    def close(self) -> None:
        if not self.closed:
            self._loop.remove_reader(self._sock.fileno())
            self._sock.close()
        super().close()

    def _send(self, message: bytes) -> None:
        try:
            self._sock.send(message)
        except OSError as error:
            sentence = f"write udp {self._local()}->{self.remote}: write: {_reason(error)}"
            raise Failure(sentence) from None

    def _local(self) -> str:
        return join_host_port(*self._sock.getsockname()[:2])

    def _readable(self) -> None:
        try:
            message = self._sock.recv(_LARGEST)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self.give_up(f"read: {_reason(error)}")
            return
        self._take(message)


class Stream(Connection, asyncio.Protocol):
    """A TCP connection, with or without TLS."""

    network = "tcp"

    def __init__(self, remote: Remote) -> None:
        super().__init__(remote)
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None

    def close(self) -> None:
        super().close()
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        self._end(Closed(str(exc) if exc else "EOF"))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while len(self._buffer) >= 2:
            end = 2 + int.from_bytes(self._buffer[:2], "big")
            if len(self._buffer) < end:
                break
            self._take(bytes(self._buffer[2:end]))
            del self._buffer[:end]

    def _send(self, message: bytes) -> None:
        if self.closed or self._transport is None:
            raise Closed("EOF")
        self._transport.write(len(message).to_bytes(2, "big") + message)

    def _local(self) -> str:
        name = self._transport.get_extra_info("sockname") if self._transport else None
        return join_host_port(*name[:2]) if name else ""


def dial_udp(remote: Remote) -> Datagrams:
    """A new UDP socket with a random port. Raises `Failure`."""
    try:
        return Datagrams(remote)
    except OSError as error:
        raise Failure(f"dial udp {remote}: {_reason(error)}") from None


async def dial_tcp(remote: Remote, seconds: float, context: ssl.SSLContext | None = None, name: str = "") -> Stream:
    """A new TCP connection; with a `context` by TLS, to a server that proves to be `name`. Raises `Failure`."""
    return await asyncio.get_running_loop().create_task(_dial_tcp(remote, seconds, context, name))


async def _dial_tcp(remote: Remote, seconds: float, context: ssl.SSLContext | None, name: str) -> Stream:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(seconds):
            _, stream = await loop.create_connection(
                lambda: Stream(remote),
                remote.host,
                remote.port,
                ssl=context,
                server_hostname=name if context else None,
                local_addr=(remote.source, 0) if remote.source else None,
            )
    except TimeoutError:
        raise Failure(f"dial tcp {remote}: i/o timeout") from None
    except ssl.SSLError as error:
        raise Failure(f"tls: {getattr(error, 'verify_message', '') or error.reason or error}") from None
    except OSError as error:
        raise Failure(f"dial tcp {remote}: connect: {_reason(error)}") from None
    return stream


def _reason(error: OSError) -> str:
    text = os.strerror(error.errno) if error.errno else str(error)
    return text[:1].lower() + text[1:]
