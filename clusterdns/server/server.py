"""The running server: a Corefile's server blocks on their sockets, replaced as a whole by a reload.

A reload makes the new blocks ready first; only then the sockets are handed to them between two packets, so that no
query is lost and a broken Corefile changes nothing. Knows neither manifests nor the command line.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from clusterdns.corefile import Corefile, CorefileError
from clusterdns.logs import Log
from clusterdns.plugins.base import Page, StartError, World
from clusterdns.server.binder import Binder
from clusterdns.server.listeners import Listeners, listen
from clusterdns.server.service import Service, make_services
from clusterdns.server.site import Defaults, Site, make_sites
from clusterdns.server.sockets import Bound, Endpoint

DRAIN_SECONDS = 5.0  # that queries under way have to end when the server stops (CoreDNS's graceTimeout)

ShowPages = Callable[[list[Page]], Awaitable[None]]


class ConfigError(Exception):
    """Everything that is wrong with a Corefile."""

    def __init__(self, problems: list[CorefileError]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass
class _Generation:
    """The server blocks of one reading of the Corefile."""

    sites: list[Site] = field(default_factory=list)
    services: dict[Endpoint, Service] = field(default_factory=dict)
    repeats: list[asyncio.Task[None]] = field(default_factory=list)


class Server:
    """Serves a Corefile; `start`, then any number of `reload`, then `stop`.

    `show_pages` is given the plugins' pages before the first query is answered, and may raise `StartError`.
    """

    def __init__(self, world: World, defaults: Defaults, binder: Binder, show_pages: ShowPages | None = None) -> None:
        self.world = world
        self.defaults = defaults
        self._binder = binder
        self._show_pages = show_pages
        self._listeners: dict[Endpoint, Listeners] = {}
        self._now = _Generation()
        self._retiring: set[asyncio.Task[None]] = set()
        world.metrics.before_collect(self._settle)

    @property
    def sites(self) -> list[Site]:
        """The server blocks that answer now."""
        return self._now.sites

    @property
    def addresses(self) -> list[Endpoint]:
        """Where the server listens; the host "" is every address, the port is the one that it really has."""
        return [listeners.bound.endpoint for listeners in self._listeners.values()]

    async def start(self, corefile: Corefile) -> None:
        """Starts to serve. Raises `ConfigError`, or `StartError` for what only a start finds."""
        await self._serve(self._prepare(corefile))

    async def reload(self, corefile: Corefile) -> None:
        """Serves another Corefile from now on. Raises as `start` does, and then goes on as before."""
        await self._serve(self._prepare(corefile))

    async def stop(self, *, at_once: bool = False) -> None:
        """Stops: first `lameduck`, then no more queries, then an end to those under way.

        `at_once` waits for none of that.
        """
        seconds = 0.0 if at_once else DRAIN_SECONDS
        if not at_once:
            await asyncio.sleep(max([site.setting.lameduck for site in self.sites], default=0))
        await asyncio.gather(*(listeners.drain(seconds) for listeners in self._listeners.values()), *self._retiring)
        self._listeners.clear()
        await self._retire(self._now, set())
        self._now = _Generation()
        self.world.metrics.forget(self._settle)

    def _prepare(self, corefile: Corefile) -> _Generation:
        sites, problems = make_sites(corefile, self.world, self.defaults)
        if problems:
            raise ConfigError(problems)
        return _Generation(sites, make_services(sites, self.world))

    async def _serve(self, new: _Generation) -> None:
        """Makes a generation the one that answers. If anything it needs can't be had, all stays as it was."""
        bound: dict[Endpoint, Bound] = {}
        try:
            for endpoint in new.services:
                bound[endpoint] = self._binder.bind(endpoint)
            for site in new.sites:
                for start in site.setting.starts:
                    await start()
            if self._show_pages is not None:
                await self._show_pages([page for site in new.sites for page in site.setting.pages])
        except BaseException:
            self._give_back(bound)
            await self._retire(new, set())
            raise
        under_way = {end for listeners in self._listeners.values() for end in listeners.under_way()}
        self._settle()
        old, self._now = self._now, new
        await self._listen(bound)
        for site in new.sites:
            new.repeats += [asyncio.create_task(_repeat(*repeat, self.world.log)) for repeat in site.setting.repeats]
        self._retire_soon(old, under_way)

    def _give_back(self, bound: Mapping[Endpoint, Bound]) -> None:
        """Closes the sockets that nobody listens to after all."""
        used = [listeners.bound for listeners in self._listeners.values()]
        for each in bound.values():
            if each not in used:
                each.close()
        self._binder.keep(self.addresses)

    async def _listen(self, bound: Mapping[Endpoint, Bound]) -> None:
        """Has the generation of now answer on these sockets, and no other generation on any."""
        before, self._listeners = self._listeners, {}
        for endpoint, service in self._now.services.items():
            known = before.get(endpoint)
            if known is not None and known.bound is bound[endpoint]:
                self._listeners[endpoint] = before.pop(endpoint)
                known.swap(service)
            else:
                self._listeners[endpoint] = await listen(bound[endpoint], service)
        await asyncio.gather(*(listeners.leave(DRAIN_SECONDS) for listeners in before.values()))
        self._binder.keep(self.addresses)

    def _retire_soon(self, generation: _Generation, under_way: set[asyncio.Future[None]]) -> None:
        task = asyncio.create_task(self._retire(generation, under_way))
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)

    async def _retire(self, generation: _Generation, under_way: set[asyncio.Future[None]]) -> None:
        """Ends what the plugins of a generation have started, once the queries that they have under way are done."""
        for repeat in generation.repeats:
            repeat.cancel()
        if under_way:
            await asyncio.wait(under_way, timeout=DRAIN_SECONDS)
        for site in generation.sites:
            for stop in site.setting.stops:
                with contextlib.suppress(StartError):
                    await stop()

    def _settle(self) -> None:
        """Counts what was answered without a chain."""
        for service in self._now.services.values():
            for kept in service.kept.values():
                kept.settle()


async def _repeat(seconds: float, repeat: Callable[[], None], log: Log) -> None:
    """Goes on though it fails once: what is to be repeated is often a look at a file, which may be mended."""
    while True:
        await asyncio.sleep(seconds)
        try:
            repeat()
        except Exception as error:  # noqa: BLE001 - what plugins do may fail in any way
            log.error(f"what is done every {seconds:g} s failed: {type(error).__name__}: {error}")
