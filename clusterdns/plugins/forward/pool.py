"""Connections to an upstream that are idle: for how long they are kept, and the streams among them.

Knows connections by their age and use. Must not know upstreams, messages or sockets.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from clusterdns.plugins.forward.connection import Stream


class Aged(Protocol):
    """A connection, when it was made and when it was used last, in seconds of a clock."""

    created: float
    used: float


@dataclass(frozen=True, slots=True)
class Keep:
    """How long idle connections are kept: `expire` seconds of `clock` since their last use, `max_age` since their
    making (0 is without end), and at most `max_idle` of them (0: any number).
    """

    clock: Callable[[], float]
    expire: float
    max_age: float
    max_idle: int

    def good(self, connection: Aged, now: float) -> bool:
        """Is it young enough?"""
        return now - connection.used <= self.expire and (not self.max_age or now - connection.created <= self.max_age)


class Pool:
    """Idle streams of one kind; the one that was used longest ago is used next."""

    def __init__(self, keep: Keep) -> None:
        self._keep = keep
        self._idle: deque[Stream] = deque()
        self._stopped = False

    def take(self) -> Stream | None:
        """An idle connection that is still good, out of the pool."""
        now = self._keep.clock()
        while self._idle:
            connection = self._idle.popleft()
            if not connection.closed and self._keep.good(connection, now):
                return connection
            connection.close()
        return None

    def add(self, connection: Stream) -> None:
        """A new connection, which now is in use."""
        connection.created = self._keep.clock()

    def give(self, connection: Stream) -> None:
        """Takes a connection back after its use."""
        if self._stopped or (self._keep.max_idle and len(self._idle) >= self._keep.max_idle):
            connection.close()
            return
        connection.used = self._keep.clock()
        self._idle.append(connection)

    def sweep(self) -> None:
        """Closes what is no longer good."""
        idle, self._idle = self._idle, deque()
        now = self._keep.clock()
        for connection in idle:
            if not connection.closed and self._keep.good(connection, now):
                self._idle.append(connection)
            else:
                connection.close()

    def stop(self) -> None:
        """Closes all, and what comes back from now on."""
        self._stopped = True
        while self._idle:
            self._idle.pop().close()
