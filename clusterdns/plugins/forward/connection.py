"""Connections to an upstream by TCP and TLS, each for one query at a time, and what they share with UDP.

A stream has the length before each message (RFC 1035 4.2.2); a message with another ID is not the reply. Knows messages
as bytes. Sentences of failures are those of Go's network library, which people's `errors` options look for.
"""

import asyncio
import os
import socket
import ssl
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from clusterdns.corefile import join_host_port
from clusterdns.dns.query import HEADER_SIZE
from clusterdns.handover import Handover

MOST_WRONG: Final = 100
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


class Asker(Protocol):
    """Whatever asks, one query at a time."""

    ended: int  # queries so far that were answered or given up

    def give_up(self, reason: str) -> None:
        """Has the query that waits fail."""


class Patience:
    """Gives up on what takes too long. All wait equally long, so that one timer will do for them all."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._asked: deque[tuple[float, Asker, int]] = deque()
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, askers: Iterable[Asker]) -> None:
        """From now on the replies have so many seconds to come."""
        asked = self._asked
        while asked and asked[0][1].ended != asked[0][2]:
            asked.popleft()
        deadline = self._loop.time() + self._seconds
        asked.extend([(deadline, asker, asker.ended) for asker in askers])
        if self._timer is None and asked:
            self._timer = self._loop.call_at(deadline, self._look)

    def _look(self) -> None:
        now = self._loop.time()
        while self._asked and (self._asked[0][0] <= now or self._asked[0][1].ended != self._asked[0][2]):
            _, asker, ended = self._asked.popleft()
            if asker.ended == ended:
                asker.give_up("i/o timeout")
        self._timer = self._loop.call_at(self._asked[0][0], self._look) if self._asked else None


class Stream(asyncio.Protocol):
    """A TCP connection, with or without TLS."""

    def __init__(self, remote: Remote) -> None:
        self.remote = remote
        self.created = self.used = 0.0  # set by the pool, in seconds of its clock
        self.closed = False
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self.ended = 0
        self._waiting: Handover[bytes] | None = None
        self._ident = b""
        self._wrong = 0

    async def ask(self, message: bytes, patience: Patience) -> bytes:
        """The reply to a message: the next one of its ID. Raises `Failure`."""
        if self.closed or self._transport is None:
            raise Closed("EOF")
        self._ident = message[:2]
        self._wrong = 0
        waiting: Handover[bytes] = Handover()
        self._waiting = waiting
        self._transport.write(len(message).to_bytes(2, "big") + message)
        patience.begin((self,))
        try:
            return await waiting
        finally:
            self.ended += 1
            self._waiting = None

    def close(self) -> None:
        """Closes the connection, for good."""
        self.closed = True
        if self._transport is not None:
            self._transport.abort()

    def give_up(self, reason: str) -> None:
        """Has the query that waits fail."""
        self._end(Failure(f"read tcp {self._local()}->{self.remote}: {reason}"))

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
            message = bytes(self._buffer[2:end])
            del self._buffer[:end]
            self._take(message)

    def _take(self, message: bytes) -> None:
        """A message has come."""
        waiting = self._waiting
        if waiting is None or waiting.done:
            return
        if message[:2] == self._ident and len(message) >= HEADER_SIZE:
            waiting.give(message)
            return
        self._wrong += 1
        if self._wrong > MOST_WRONG:
            self.give_up("too many replies to other queries")

    def _end(self, failure: Failure) -> None:
        if self._waiting is not None and not self._waiting.done:
            self._waiting.fail(failure)

    def _local(self) -> str:
        name = self._transport.get_extra_info("sockname") if self._transport else None
        return join_host_port(*name[:2]) if name else ""


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
        raise Failure(f"dial tcp {remote}: connect: {reason_of(error)}") from None
    return stream


def reason_of(error: OSError) -> str:
    """What went wrong, as Go says it."""
    text = os.strerror(error.errno) if error.errno else str(error)
    return text[:1].lower() + text[1:]
