"""The running server: a Corefile's server blocks on their sockets, replaced as a whole by a reload.

A reload makes the new blocks ready first; only then the sockets are handed to them between two packets, so that no
query is lost and a broken Corefile changes nothing. Knows neither manifests nor the command line.
"""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from clusterdns.corefile import Corefile, CorefileError
from clusterdns.corefile.addresses import join_host_port
from clusterdns.plugins.base import Page, StartError, World
from clusterdns.server.service import Service
from clusterdns.server.site import Defaults, Site, make_sites
from clusterdns.server.sockets import Bound, bind
from clusterdns.server.stream import StreamListener, Timeouts
from clusterdns.server.udp import UDPListener

DRAIN_SECONDS = 5.0  # that queries under way have to end when the server stops (CoreDNS's graceTimeout)

Endpoint = tuple[str, int]  # host ("" is every address) and port, as asked for


class ConfigError(Exception):
    """Everything that is wrong with a Corefile."""

    def __init__(self, problems: list[CorefileError]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass
class _Listeners:
    """What serves one address."""

    bound: Bound
    udp: UDPListener
    stream: StreamListener


@dataclass
class _Generation:
    """The server blocks of one reading of the Corefile."""

    sites: list[Site] = field(default_factory=list)
    services: dict[Endpoint, Service] = field(default_factory=dict)
    repeats: list[asyncio.Task[None]] = field(default_factory=list)


class Server:
    """Serves a Corefile; `start`, then any number of `reload`, then `stop`."""

    def __init__(self, world: World, defaults: Defaults, inherited: Mapping[Endpoint, Bound] | None = None) -> None:
        self.world = world
        self.defaults = defaults
        self.lenient_pages = False  # a page's port that is taken is a warning
        self.open_pages: Callable[[list[Page]], Awaitable[None]] | None = None
        self._inherited = dict(inherited or {})  # sockets that a keeper has bound for its workers
        self._listeners: dict[Endpoint, _Listeners] = {}
        self._now = _Generation()
        world.metrics.before_collect(self._settle)

    @property
    def sites(self) -> list[Site]:
        """The server blocks that answer now."""
        return self._now.sites

    @property
    def addresses(self) -> list[Endpoint]:
        """Where the server listens: host ("" is every address) and the port that it really has."""
        return [(listeners.bound.host, listeners.bound.port) for listeners in self._listeners.values()]

    async def start(self, corefile: Corefile) -> None:
        """Starts to serve. Raises `ConfigError`, or `StartError` for what only a start finds."""
        await self._serve(self._prepare(corefile))

    async def reload(self, corefile: Corefile) -> None:
        """Serves another Corefile from now on. Raises as `start` does, and then goes on as before."""
        await self._serve(self._prepare(corefile))

    async def stop(self) -> None:
        """Stops: first `lameduck`, then no more queries, then an end to those under way."""
        await asyncio.sleep(max([site.setting.lameduck for site in self.sites], default=0))
        listeners = list(self._listeners.values())
        await asyncio.gather(*(each.udp.drain(DRAIN_SECONDS) for each in listeners))
        await asyncio.gather(*(each.stream.drain(DRAIN_SECONDS) for each in listeners))
        for each in listeners:
            each.udp.close()
            each.bound.close()
        self._listeners.clear()
        await self._retire(self._now)
        self._now = _Generation()
        self.world.metrics.forget(self._settle)

    def _prepare(self, corefile: Corefile) -> _Generation:
        sites, problems = make_sites(corefile, self.world, self.defaults)
        if problems:
            raise ConfigError(problems)
        served: dict[Endpoint, list[tuple[bytes, Site]]] = {}
        for site in sites:
            for transport, host, port, zone in site.setting.listen:
                if transport != "dns":
                    raise StartError(f"{transport}:// is not served yet: leave it out or use dns://")
                served.setdefault((host, port), []).append((zone, site))
        generation = _Generation(sites)
        for (host, port), zones in served.items():
            generation.services[host, port] = Service(f"dns://{join_host_port(host, port)}", zones, self.world)
        return generation

    async def _serve(self, new: _Generation) -> None:
        bound = self._bind(new)
        try:
            for site in new.sites:
                for start in site.setting.starts:
                    await start()
        except BaseException:
            for each in bound.values():
                each.close()
            await self._retire(new)
            raise
        old, self._now = self._now, new
        for endpoint, service in new.services.items():
            if endpoint in self._listeners:
                self._listeners[endpoint].udp.service = service
                self._listeners[endpoint].stream.service = service
            else:
                await self._listen(endpoint, bound[endpoint], service)
        for endpoint in self._listeners.keys() - new.services.keys():
            await self._close(self._listeners.pop(endpoint))
        for site in new.sites:
            new.repeats += [asyncio.create_task(_repeat(*repeat)) for repeat in site.setting.repeats]
        await self._show_pages()
        await self._retire(old)

    async def _show_pages(self) -> None:
        pages = [page for site in self.sites for page in site.setting.pages]
        for page in pages:
            page.lenient = self.lenient_pages
        if self.open_pages is not None:
            await self.open_pages(pages)

    def _bind(self, generation: _Generation) -> dict[Endpoint, Bound]:
        """Sockets for what is not yet listened to: all of them, or `StartError` and none."""
        bound: dict[Endpoint, Bound] = {}
        port_of_zero = 0  # all addresses of port 0 get the same free one
        try:
            for host, port in generation.services.keys() - self._listeners.keys():
                if (host, port) in self._inherited:
                    bound[host, port] = self._inherited.pop((host, port))
                    continue
                bound[host, port] = bind(host, port or port_of_zero)
                port_of_zero = port_of_zero or (0 if port else bound[host, port].port)
        except StartError:
            for each in bound.values():
                each.close()
            raise
        return bound

    async def _listen(self, endpoint: Endpoint, bound: Bound, service: Service) -> None:
        stream = StreamListener(service, Timeouts())
        await stream.start(bound.tcp)
        self._listeners[endpoint] = _Listeners(bound, UDPListener(bound.udp[0], service), stream)

    async def _close(self, listeners: _Listeners) -> None:
        await listeners.udp.drain(DRAIN_SECONDS)
        await listeners.stream.drain(DRAIN_SECONDS)
        listeners.udp.close()
        listeners.bound.close()

    async def _retire(self, generation: _Generation) -> None:
        """Ends what the plugins of a generation have started."""
        for task in generation.repeats:
            task.cancel()
        for service in generation.services.values():
            for kept in service.kept.values():
                kept.settle()
        for site in generation.sites:
            for stop in site.setting.stops:
                with contextlib.suppress(StartError):
                    await stop()

    def _settle(self) -> None:
        for service in self._now.services.values():
            for kept in service.kept.values():
                kept.settle()


async def _repeat(seconds: float, repeat: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(seconds)
        repeat()


def has_ipv6_loopback() -> bool:
    """Does the machine have the address ::1?"""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True
