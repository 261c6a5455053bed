"""Connections that are open, and who has to go when there are too many. Knows neither sockets nor DNS."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from typing import Generic, Protocol, TypeVar


class Guest(Protocol):
    """A client's connection."""

    def abort(self) -> None:
        """Ends it at once."""

    def finish(self) -> None:
        """Takes no more queries, and ends it once those under way are answered."""


G = TypeVar("G", bound=Guest)


class Guests(Generic[G]):
    """The connections of one listener. When there are too many, who has asked nothing for longest makes room."""

    def __init__(self) -> None:
        self._open: dict[G, None] = {}  # who has asked nothing for longest comes first
        self._all_gone = asyncio.Event()

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator[G]:
        return iter(list(self._open))

    def add(self, guest: G, most: int) -> None:
        """A client has connected; of `most` at a time, 0 is no limit."""
        if most and len(self._open) >= most:
            quietest = next(iter(self._open))
            del self._open[quietest]
            quietest.abort()
        self._open[guest] = None

    def touch(self, guest: G) -> None:
        """A client has asked something."""
        if guest in self._open:
            del self._open[guest]
            self._open[guest] = None

    def remove(self, guest: G) -> None:
        """A connection has ended."""
        self._open.pop(guest, None)
        if not self._open:
            self._all_gone.set()

    async def leave(self, seconds: float) -> None:
        """Has all connections finished, within so many seconds."""
        for guest in self:
            guest.finish()
        self._all_gone.clear()
        if self._open:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._all_gone.wait(), seconds)
        for guest in self:
            guest.abort()
