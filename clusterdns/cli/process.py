"""A process that answers: the keeper's tables, a server for the Corefile, the pages, and what signals mean to it."""

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import click

from clusterdns.cli.corefile import Source, read_corefile
from clusterdns.cli.listening import defaults, listening_hosts
from clusterdns.cli.options import Options
from clusterdns.cli.reloading import Reloader
from clusterdns.cli.words import greeting
from clusterdns.plugins.base import StartError
from clusterdns.server.binder import Binder
from clusterdns.server.keeper import Keeper
from clusterdns.server.server import ConfigError, Server
from clusterdns.server.sockets import Endpoint
from clusterdns.web.pages import Pages

_STDIN = 0


class Process:
    """Serves what the options say. `keeper` has loaded its manifests, `binder` gives the sockets.

    `ready` is told where it answers as soon as it does, and may raise `StartError`. Of several processes only the one
    whose world leads shows pages, and writes of what concerns all.
    """

    def __init__(
        self, options: Options, keeper: Keeper, binder: Binder, ready: Callable[[Endpoint], None] = lambda _: None
    ) -> None:
        self.options = options
        self._ready = ready
        self.keeper = keeper
        self.world = keeper.world
        self.world.fail = self.fail
        self.pages = Pages(self.world.log, () if options.conf else listening_hosts(options))
        self.server = Server(self.world, defaults(options), binder, self.pages.open if self.world.leads else None)
        self.reloader = self.make_reloader()
        self.end = asyncio.Event()
        self._ends: tuple[signal.Signals, ...] = ()
        self._status = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> int:
        """Serves until a signal comes; the exit status."""
        self.handle_signals()
        try:
            await self.start()
        except (ConfigError, StartError) as error:
            click.echo(error if isinstance(error, ConfigError) else f"Error: {error}", err=True)
            self._status = 1
        else:
            self.do(self.keeper.watch(report=self.world.leads))
            self.do(self.reloader.follow())
            await self.end.wait()
        for task in self._tasks:
            task.cancel()
        await self.server.stop()
        await self.pages.close()
        for number in self._ends:  # another one would only make it another exit status
            signal.signal(number, signal.SIG_IGN)
        return self._status

    async def start(self) -> None:
        """Begins to answer. Raises `ConfigError`, `StartError`."""
        source = read_corefile(self.options)
        await self.reloader.start(source)
        self.greet(source)
        self._ready(self.server.addresses[0])

    def make_reloader(self) -> Reloader:
        """What follows the Corefile."""
        return Reloader(self.server, partial(read_corefile, self.options))

    def handle_signals(self) -> None:
        """SIGTERM and SIGINT end the process, SIGUSR1 reloads, SIGHUP does what the terminal has to do with it."""
        self.end_by(signal.SIGTERM, signal.SIGINT)
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, self.reloader.ask)
        if os.isatty(_STDIN):
            self.end_by(signal.SIGHUP)
        else:
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self.reloader.ask)

    def end_by(self, *numbers: signal.Signals) -> None:
        """Has signals end the process.

        They are not the loop's: when that gives one back, it means for a moment what it means by default, which is
        death. The loop wakes for them all the same, as long as it handles any other.
        """
        loop = asyncio.get_running_loop()
        self._ends += numbers
        for number in numbers:
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(self.end.set))

    def greet(self, source: Source) -> None:
        """Tells the user what is served, and what is odd about it."""
        for warning in (*self.keeper.warnings, *source.corefile.warnings):
            self.world.log.warning(str(warning))
        click.echo(greeting(self.options, source, self.keeper, self.server.addresses))

    def do(self, work: Coroutine[Any, Any, None]) -> None:
        """Has work done until the process ends."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def fail(self, sentence: str) -> None:
        """Ends the process because of what a plugin has found out while serving."""
        self.world.log.write("FATAL", sentence)
        self._status = 1
        self.end.set()
