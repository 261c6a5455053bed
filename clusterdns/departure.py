"""What is sent together at the end of a turn of the event loop.

Queries to upstreams and replies to clients come up one by one while packets are answered, and cost less if they leave
together. asyncio's `call_soon` would do, but takes another turn, with another look at all sockets. Knows the loop,
nothing of what is sent.
"""

import asyncio
from collections.abc import Callable

Send = Callable[[], None]


class Departure:
    """One for each event loop."""

    def __init__(self) -> None:
        self._due: list[Send] | None = None  # while there is work that they wait for

    def after(self, work: Callable[[], object]) -> None:
        """Does what a turn of the loop has to do, then sends what came up in it."""
        self._due = []
        try:
            work()
        finally:
            due, self._due = self._due, None
            for send in due:
                send()

    def add(self, send: Send) -> None:
        """Has `send` called once: after the work that is being done, or in the loop's next turn."""
        if self._due is None:
            asyncio.get_running_loop().call_soon(send)
        else:
            self._due.append(send)
