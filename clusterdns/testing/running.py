"""A server that runs beside a test: in a thread with an event loop of its own, on free ports of 127.0.0.1.

What changes it is done in its thread, between two packets, so that whoever asks afterwards gets the new answer. It
leaves nothing behind: no thread, no socket, no task. Knows no objects and no names.
"""

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from random import Random
from typing import Final, TypeVar

from clusterdns.corefile import Corefile
from clusterdns.logs import Log
from clusterdns.plugins.base import Forgetful, StartError
from clusterdns.server.binder import Sockets
from clusterdns.server.keeper import Keeper
from clusterdns.server.server import ConfigError, Server
from clusterdns.server.site import Defaults
from clusterdns.testing.errors import HIDDEN, CannotStart, ClusterDNSError, InvalidCorefile

T = TypeVar("T")

__tracebackhide__ = HIDDEN

HOST: Final = "127.0.0.1"
_LEVELS: Final = {"WARNING": logging.WARNING, "ERROR": logging.ERROR, "FATAL": logging.CRITICAL}


class Logging(Log):
    """The server's log in Python's own, under `clusterdns`, so that pytest shows it beside a test that fails."""

    def __init__(self) -> None:
        super().__init__()
        self._logger = logging.getLogger("clusterdns")

    def query(self, text: str) -> None:
        """See `Log`."""
        self._logger.info("%s", text)

    def write(self, level: str, text: str, plugin: str = "") -> None:
        """See `Log`."""
        where = f"plugin/{plugin}: " if plugin else ""
        self._logger.log(_LEVELS.get(level, logging.INFO), "%s%s", where, text)


class Running:
    """A keeper that has loaded, and a server for a Corefile, from the first answer to `stop`.

    Raises `InvalidCorefile`, `CannotStart`. `ports` are those at which it answers, by transport.
    """

    def __init__(self, keeper: Keeper, corefile: Corefile, *, lenient: bool = False) -> None:
        self._lenient = lenient
        self._keeper = keeper
        self._corefile = corefile
        keeper.world.random = Random(0)  # noqa: S311 - a test that fails shall fail again
        self._loop = asyncio.new_event_loop()
        self._end = asyncio.Event()
        started: Future[dict[str, int]] = Future()
        self._thread = threading.Thread(target=self._run, args=(started,), name="clusterdns", daemon=True)
        self._thread.start()
        try:
            self.ports = started.result()
        except BaseException:
            self.stop()
            raise

    def call(self, change: Callable[[], T]) -> T:
        """The result of what is done in the server's thread; whatever it changes is answered when this returns."""
        done: Future[T] = Future()

        def work() -> None:
            try:
                done.set_result(change())
            except BaseException as error:  # noqa: BLE001 - it is the caller's
                done.set_exception(error)

        self._loop.call_soon_threadsafe(work)
        try:
            return done.result()
        except ClusterDNSError as error:
            raise error.with_traceback(None) from None  # whose fault it is stands in the caller's lines

    def forget(self) -> None:
        """Has all plugins forget the replies that they keep; to be called in the server's thread."""
        for site in self._server.sites:
            for plugin in site.setting.plugins.values():
                if isinstance(plugin, Forgetful):
                    plugin.forget()

    def stop(self) -> None:
        """Ends at once; who waits for an answer gets none."""
        with suppress(RuntimeError):  # it has ended by itself
            self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    def _run(self, started: "Future[dict[str, int]]") -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            try:
                runner.run(self._serve(started))
            except Exception as error:
                if started.done():
                    raise
                started.set_exception(error)

    async def _serve(self, started: "Future[dict[str, int]]") -> None:
        sockets = Sockets()
        try:
            port = sockets.reserve((HOST,))
            defaults = Defaults(port, (HOST,), frozenset({"fault"}), self._lenient)
            self._server = Server(self._keeper.world, defaults, sockets)
            await self._server.start(self._corefile)
        except ConfigError as error:
            raise InvalidCorefile(str(error)) from None
        except StartError as error:
            raise CannotStart(str(error)) from None
        else:
            # The first of each transport, if it has several.
            started.set_result({transport: port for transport, _, port in reversed(self._server.addresses)})
            await self._end.wait()
            await self._server.stop(at_once=True)
        finally:
            sockets.keep(())
