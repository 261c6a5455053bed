"""A result handed over from who gets it to who waits for it, at once.

asyncio's futures wake who waits in the next turn of the loop, and only tasks can be woken. A query that waits for an
upstream needs neither: the socket's callback hands the reply over, and the chain of plugins goes on within it. Tasks
may wait as well. Knows asyncio's protocol of futures, nothing of DNS.
"""

import asyncio
from collections.abc import Callable, Generator
from contextvars import Context
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Handover(Generic[T]):
    """One result, for one who waits: `await` it, then `give` or `fail` it once."""

    __slots__ = ("_asyncio_future_blocking", "_error", "_result", "done", "then")

    _result: T  # once it is done

    def __init__(self) -> None:
        self.done = False
        self.then: Callable[[], object] | None = None  # called at the end, within `give` or `fail`
        self._asyncio_future_blocking = False  # by which tasks know what they can wait for
        self._error: BaseException | None = None

    def give(self, result: T) -> None:
        """Hands the result over; who waits goes on before this returns."""
        self._result = result
        self.done = True
        then, self.then = self.then, None  # so that nothing is left in a circle, for the garbage collection to find
        if then is not None:
            then()

    def fail(self, error: BaseException) -> None:
        """Has the error raised where the result is waited for."""
        self._error = error
        self.done = True
        then, self.then = self.then, None
        if then is not None:
            then()

    def cancel(self, msg: object = None) -> bool:
        """Has who waits be cancelled; says whether there was still something to wait for."""
        if self.done:
            return False
        self.fail(asyncio.CancelledError() if msg is None else asyncio.CancelledError(msg))
        return True

    def result(self) -> T:
        """What was given. Raises what it failed with."""
        if self._error is not None:
            raise self._error
        return self._result

    def __await__(self) -> Generator[Any, None, T]:
        if not self.done:
            self._asyncio_future_blocking = True
            yield self
        if self._error is not None:
            raise self._error
        return self._result

    def add_done_callback(self, callback: Callable[[Any], object], *, context: Context) -> None:
        """For a task that waits: wakes it in the next turn of the loop."""
        loop = asyncio.get_running_loop()
        self.then = lambda: loop.call_soon(callback, self, context=context)

    def get_loop(self) -> asyncio.AbstractEventLoop:
        """The loop of the task that waits, which asks for it."""
        return asyncio.get_running_loop()
