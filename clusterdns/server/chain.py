"""Plugins joined into a chain, and how a chain is run.

A chain runs in place: most queries are answered without waiting for anything. One that waits (for an upstream, say) is
carried on from where it stands by whoever ends its waiting; there are no tasks. Knows no DNS but the reply's type.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Generic, TypeVar

from clusterdns.dns.codes import SERVFAIL
from clusterdns.dns.query import Query
from clusterdns.dns.reply import Reply, Unanswered
from clusterdns.handover import Handover
from clusterdns.plugins.base import Next, Plugin

T = TypeVar("T")


def _end(last: str) -> Next:
    async def ask(_: Query) -> Reply:
        raise Unanswered(SERVFAIL, "no next plugin found", last)

    return ask


def link(plugins: Sequence[Plugin]) -> Next:
    """One callable that asks the first plugin, which may ask the second, and so on.

    Behind the last there is `Unanswered(SERVFAIL)`, as in CoreDNS. Plugins that only pass on are left out.
    """
    ask = _end(plugins[-1].name if plugins else "")
    for plugin in reversed(plugins):
        if type(plugin).serve is not Plugin.serve:
            ask = _before(plugin, ask)
    return ask


def _before(plugin: Plugin, next: Next) -> Next:
    serve = plugin.serve

    def ask(query: Query) -> Awaitable[Reply]:
        return serve(query, next)

    return ask


class Waiting(Generic[T]):
    """A coroutine that was begun and waits for something. It is in `among` until it ends."""

    __slots__ = ("_among", "_coroutine", "_done", "_ended", "_waits_for")

    def __init__(
        self,
        coroutine: Coroutine[Any, Any, T],
        waits_for: Any,
        done: Callable[[T], None],
        among: "set[Waiting[T]]",
    ) -> None:
        self._coroutine = coroutine
        self._done = done
        self._among = among
        self._ended: asyncio.Future[None] | None = None
        self._waits_for: Handover[Any] | asyncio.Future[Any]
        among.add(self)
        self._wait(waits_for)

    def cancel(self) -> None:
        """Cancels what is waited for, and so the coroutine, as `asyncio.Task.cancel` does."""
        self._waits_for.cancel()

    def ended(self) -> asyncio.Future[None]:
        """Done when the coroutine has ended."""
        if self._ended is None:
            self._ended = asyncio.get_running_loop().create_future()
            if self not in self._among:
                self._ended.set_result(None)
        return self._ended

    def _wait(self, waits_for: Any) -> None:
        """Goes on when the waiting is over: at once, or for asyncio's own futures in the next turn of the loop."""
        if type(waits_for) is Handover:
            self._waits_for = waits_for
            waits_for.then = self._go_on
            return
        future: asyncio.Future[Any] = _next_turn() if waits_for is None else waits_for
        future._asyncio_future_blocking = False  # the mark that `await` leaves for a task
        self._waits_for = future
        future.add_done_callback(self._wake)

    def _wake(self, future: asyncio.Future[Any]) -> None:
        self._go_on(asyncio.CancelledError() if future.cancelled() else None)

    def _go_on(self, error: BaseException | None = None) -> None:
        coroutine = self._coroutine
        try:
            waits_for = coroutine.send(None) if error is None else coroutine.throw(error)
        except StopIteration as stop:
            self._end()
            self._done(stop.value)
        except asyncio.CancelledError:
            self._end()
        else:
            self._wait(waits_for)

    def _end(self) -> None:
        self._among.discard(self)
        if self._ended is not None and not self._ended.done():
            self._ended.set_result(None)


def run(
    coroutine: Coroutine[Any, Any, T], done: Callable[[T], None], among: set[Waiting[T]], most: int
) -> Waiting[T] | None:
    """Runs a coroutine at once; `done` gets its result, now or when what it waits for has come.

    A coroutine that waits is returned, and in `among` until it ends; with `most` of them there it is given up, so that
    who waits for a silent upstream is in nobody else's way. The coroutine must raise nothing but `CancelledError`. It
    runs outside of any task: what needs one (`asyncio.timeout`, say) it has to await as a task of its own.
    """
    try:
        waits_for = coroutine.send(None)
    except StopIteration as stop:
        done(stop.value)
        return None
    if len(among) >= most:
        if asyncio.isfuture(waits_for):
            waits_for._asyncio_future_blocking = False
        coroutine.close()
        return None
    return Waiting(coroutine, waits_for, done, among)


def _next_turn() -> asyncio.Future[None]:
    """What somebody waits for who only lets others go first (`asyncio.sleep(0)`)."""
    loop = asyncio.get_running_loop()
    future = loop.create_future()

    def go_on() -> None:
        if not future.done():
            future.set_result(None)

    loop.call_soon(go_on)
    return future
