"""How long a client has: one moment that is moved again and again, with a timer that is set anew only now and then."""

import asyncio
from collections.abc import Callable


class Deadline:
    """Calls `missed` when its moment is past. There is none until `give` is called."""

    def __init__(self, missed: Callable[[], None]) -> None:
        self._missed = missed
        self._loop = asyncio.get_running_loop()
        self._moment = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def give(self, seconds: float) -> None:
        """From now on there are so many seconds."""
        self._moment = self._loop.time() + seconds
        if self._timer is None or self._timer.when() > self._moment:
            self._set_timer()

    def cancel(self) -> None:
        """There is no deadline any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(self._moment, self._expired)

    def _expired(self) -> None:
        if self._loop.time() < self._moment:
            self._set_timer()
        else:
            self._timer = None
            self._missed()
