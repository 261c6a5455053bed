"""Plugins joined into a chain, and how a chain is run.

A chain runs in place: most queries are answered without waiting for anything, and then no task is made. Only a
coroutine that waits (for an upstream, say) is carried on as a task from where it stands. Knows no DNS but the reply's
type.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator, Sequence
from typing import Any, TypeVar

from clusterdns.dns.codes import SERVFAIL
from clusterdns.dns.query import Query
from clusterdns.dns.reply import Reply, Unanswered
from clusterdns.plugins.base import Next, Plugin

T = TypeVar("T")


def _end(last: str) -> Next:
    async def ask(_: Query) -> Reply:
        raise Unanswered(SERVFAIL, "no next plugin found", last)

    return ask


def link(plugins: Sequence[Plugin]) -> Next:
    """One callable that asks the first plugin, which may ask the second, and so on.

    Behind the last there is `Unanswered(SERVFAIL)`, as in CoreDNS.
    """
    ask = _end(plugins[-1].name if plugins else "")
    for plugin in reversed(plugins):
        ask = _before(plugin, ask)
    return ask


def _before(plugin: Plugin, next: Next) -> Next:
    serve = plugin.serve

    def ask(query: Query) -> Awaitable[Reply]:
        return serve(query, next)

    return ask


def run(
    coroutine: Coroutine[Any, Any, T], done: Callable[[T], None], tasks: set[asyncio.Task[None]], most: int
) -> asyncio.Task[None] | None:
    """Runs a coroutine at once; `done` gets its result, now or when what it waits for has come.

    A coroutine that waits becomes a task, returned and in `tasks` until it ends; with `most` of them there it is given
    up, so that who waits for a silent upstream is in nobody else's way. The coroutine must not raise.
    """
    try:
        waits_for = coroutine.send(None)
    except StopIteration as stop:
        done(stop.value)
        return None
    _mark(waits_for, awaited=False)
    if len(tasks) >= most:
        coroutine.close()
        return None
    task = asyncio.get_running_loop().create_task(_carry_on(_Resumed(coroutine, waits_for), done))
    tasks.add(task)
    task.add_done_callback(tasks.discard)
    return task


def _mark(waits_for: Any, *, awaited: bool) -> None:
    """Takes or puts back the mark that `await` leaves on a future for the task of who waits.

    Without, a second chain that comes to wait for the same future before the task's first step would fail.
    """
    if asyncio.isfuture(waits_for):
        waits_for._asyncio_future_blocking = awaited


async def _carry_on(resumed: "_Resumed[T]", done: Callable[[T], None]) -> None:
    done(await resumed)


class _Resumed(Awaitable[T]):
    """Awaits a coroutine that was begun elsewhere and has yielded what it waits for."""

    def __init__(self, coroutine: Coroutine[Any, Any, T], waits_for: Any) -> None:
        self._coroutine = coroutine
        self._waits_for = waits_for

    def __await__(self) -> Generator[Any, Any, T]:
        waits_for = self._waits_for
        _mark(waits_for, awaited=True)
        while True:
            try:
                sent = yield waits_for
            except BaseException as error:  # noqa: BLE001 - also what cancels the task belongs to the coroutine
                resume: Callable[[], Any] = _throwing(self._coroutine, error)
            else:
                resume = _sending(self._coroutine, sent)
            try:
                waits_for = resume()
            except StopIteration as stop:
                result: T = stop.value
                return result


def _throwing(coroutine: Coroutine[Any, Any, T], error: BaseException) -> Callable[[], Any]:
    return lambda: coroutine.throw(error)


def _sending(coroutine: Coroutine[Any, Any, T], value: Any) -> Callable[[], Any]:
    return lambda: coroutine.send(value)
