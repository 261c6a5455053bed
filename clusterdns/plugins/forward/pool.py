"""The connections to an upstream that are idle, kept for the next query.

Knows connections by their age and use. Must not know upstreams, messages or sockets.
"""

from collections import deque
from collections.abc import Callable

from clusterdns.plugins.forward.connection import Connection


class Pool:
    """Idle connections of one kind; the one that was used longest ago is used next, for the sake of many ports.

    `expire` and `max_age` count seconds since a connection's last use and since its making, `max_age` 0 is without
    end; of more than `max_idle` (0: any number) those that come back are closed.
    """

    def __init__(self, clock: Callable[[], float], expire: float, max_age: float, max_idle: int) -> None:
        self._clock = clock
        self._expire = expire
        self._max_age = max_age
        self._max_idle = max_idle
        self._idle: deque[Connection] = deque()
        self._stopped = False

    def take(self) -> Connection | None:
        """An idle connection that is still good, out of the pool."""
        now = self._clock()
        while self._idle:
            connection = self._idle.popleft()
            if self._good(connection, now):
                return connection
            connection.close()
        return None

    def add(self, connection: Connection) -> None:
        """A new connection, which now is in use."""
        connection.created = self._clock()

    def give(self, connection: Connection) -> None:
        """Takes a connection back after its use."""
        if self._stopped or (self._max_idle and len(self._idle) >= self._max_idle):
            connection.close()
            return
        connection.used = self._clock()
        self._idle.append(connection)

    def sweep(self) -> None:
        """Closes what is no longer good."""
        now = self._clock()
        idle, self._idle = self._idle, deque()
        for connection in idle:
            if self._good(connection, now):
                self._idle.append(connection)
            else:
                connection.close()

    def stop(self) -> None:
        """Closes all, and what comes back from now on."""
        self._stopped = True
        while self._idle:
            self._idle.pop().close()

    def _good(self, connection: Connection, now: float) -> bool:
        if connection.closed or now - connection.used > self._expire:
            return False
        return not self._max_age or now - connection.created <= self._max_age
