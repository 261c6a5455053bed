"""cancel: gives up on queries that take too long. Who asked gets SERVFAIL.

Syntax:
    cancel [TIMEOUT]

TIMEOUT is 5001ms by default: clients give up after five seconds themselves.

Examples:
    example.org {
        cancel 1s
        whoami
    }
"""

import asyncio
from collections.abc import Awaitable, Generator
from typing import Any, Final

from clusterdns.corefile import Args, duration_text
from clusterdns.dns import codes
from clusterdns.dns.names import Name
from clusterdns.dns.query import Query
from clusterdns.dns.reply import Reply, Unanswered
from clusterdns.handover import Handover
from clusterdns.plugins.base import Next, Plugin, Setting

_DEFAULT: Final = 5.001  # seconds


class Cancel(Plugin):
    """Limits the time that the plugins below have."""

    name = "cancel"

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def passes(self, zone: Name) -> bool:
        return True

    async def serve(self, query: Query, next: Next) -> Reply:
        return await _Limited(next(query), self.seconds)


class _Limited(Awaitable[Reply]):
    """What the plugins below make of a query within so many seconds. Most wait for nothing, and need no timer.

    One that still waits then has `Unanswered` raised where it waits, so that all that stands above it, and counts and
    logs, sees why. What it waits for goes on: others may wait for it too.
    """

    def __init__(self, rest: Awaitable[Reply], seconds: float) -> None:
        self._rest = rest
        self._seconds = seconds
        self._gate: Handover[None] = Handover()
        self._late = False

    def __await__(self) -> Generator[Any, None, Reply]:
        steps = self._rest.__await__()
        timer: asyncio.TimerHandle | None = None
        error: BaseException | None = None
        try:
            while True:
                waits_for = next(steps) if error is None else steps.throw(error)
                timer = timer or asyncio.get_running_loop().call_later(self._seconds, self._expire)
                error = yield from self._wait(waits_for)
        except StopIteration as stop:
            reply: Reply = stop.value
            return reply
        finally:
            steps.close()
            if timer is not None:
                timer.cancel()

    def _wait(self, waits_for: Any) -> Generator[Any, None, BaseException | None]:
        """Waits until that has come, or it is too late; what is then to be raised where it is waited for."""
        if waits_for is None:  # it only lets others go first
            yield None
        else:
            self._gate = Handover()
            if isinstance(waits_for, Handover):
                waits_for.then = self._open
            else:
                waits_for._asyncio_future_blocking = False  # the mark that `await` leaves for a task
                waits_for.add_done_callback(self._open)
            try:
                yield from self._gate.__await__()
            except asyncio.CancelledError as cancelled:
                return cancelled
        if not self._late:
            return None
        self._late = False
        return Unanswered(codes.SERVFAIL, f"no reply within {duration_text(self._seconds)}", Cancel.name)

    def _expire(self) -> None:
        self._late = True
        self._open()

    def _open(self, *_: object) -> None:
        if not self._gate.done:
            self._gate.give(None)


def setup(args: Args, setting: Setting) -> Plugin:  # noqa: ARG001 - every plugin's setup takes both
    """Reads `cancel`. Raises `CorefileError` for what is no duration above zero."""
    seconds = _DEFAULT
    for _ in args.each("cancel [TIMEOUT]"):
        words = args.words(most=1)
        seconds = args.duration(words[0], "TIMEOUT") if words else _DEFAULT
        if seconds <= 0:
            raise args.error(f"TIMEOUT '{words[0]}' is not more than 0", words[0])
    return Cancel(seconds)
