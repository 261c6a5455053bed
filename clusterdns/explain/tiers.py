"""The addresses of one Corefile: which of them clients ask, and which forward to which others.

A Corefile may hold all tiers of a lab, each with `forward` to the next. In process the next one is asked without a
socket. Knows services and the forward plugin, no reason.
"""

import secrets
from collections.abc import Iterator, Mapping
from typing import Final

from clusterdns.corefile import split_host_port
from clusterdns.dns.names import Name, is_subdomain, suffixes
from clusterdns.dns.query import UDP
from clusterdns.explain.trace import depth
from clusterdns.plugins.forward import Forward
from clusterdns.plugins.forward.connection import Failure
from clusterdns.plugins.forward.targets import DNS
from clusterdns.plugins.kubernetes import Kubernetes
from clusterdns.server.service import Service
from clusterdns.server.site import Site
from clusterdns.server.sockets import EVERYWHERE, Endpoint

LOOPBACK: Final = "127.0.0.1"
CLIENT_PORT: Final = 40_000
_MOST_TIERS: Final = 16


class Tiers:
    """The services of a Corefile for plain DNS, one at least. `entry` is the one that clients ask, at `address`."""

    def __init__(self, services: Mapping[Endpoint, Service]) -> None:
        self._services = services
        endpoint = self._entry()
        self.entry = self._services[endpoint]
        self.address = (endpoint.host or LOOPBACK, endpoint.port)

    def way_of(self, name: Name) -> Iterator[Site]:
        """The server blocks that a name comes to, one after the other, as far as they are of this Corefile."""
        service: Service | None = self.entry
        for _ in self._services:
            site = _site_of(service, name) if service is not None else None
            if site is None:
                return
            yield site
            service = self._behind(site, name)

    def connect(self) -> None:
        """Lets upstreams of this Corefile be asked in process; once plugins have started."""
        for service in self._services.values():
            for upstream in (upstream for line in _forwards(service) for upstream in line.upstreams):
                host, port = split_host_port(upstream.text)
                endpoint = self._find(host, int(port))
                if endpoint is not None:
                    upstream.way = _InProcess(self._services[endpoint], (endpoint.host or LOOPBACK, endpoint.port))

    def _entry(self) -> Endpoint:
        """The first to lead to a cluster among those that no other forwards to; else the first."""
        found = {endpoint: set(self._targets(service)) for endpoint, service in self._services.items()}
        asked = {target for endpoint, targets in found.items() for target in targets - {endpoint}}
        first = [endpoint for endpoint in self._services if endpoint not in asked] or list(self._services)
        return next((endpoint for endpoint in first if self._leads_to_cluster(endpoint, found)), first[0])

    def _leads_to_cluster(self, endpoint: Endpoint, targets: Mapping[Endpoint, set[Endpoint]]) -> bool:
        reached, left = {endpoint}, [endpoint]
        while left:
            left = [target for each in left for target in targets[each] - reached]
            reached.update(left)
        sites = (site for each in reached for site in _sites(self._services[each]))
        return any(isinstance(site.setting.plugins.get("kubernetes"), Kubernetes) for site in sites)

    def _targets(self, service: Service) -> Iterator[Endpoint]:
        for target in (target for line in _forwards(service) for target in line.options.targets):
            endpoint = self._find(target.host, target.port) if target.transport == DNS else None
            if endpoint is not None:
                yield endpoint

    def _find(self, host: str, port: int) -> Endpoint | None:
        """The address of this Corefile that such an upstream is."""
        here = {host, *(EVERYWHERE if host == LOOPBACK else ())}
        return next((each for each in self._services if each.port == port and each.host in here), None)

    def _behind(self, site: Site, name: Name) -> Service | None:
        """The service that a server block forwards a name to."""
        lines = (line for line in _lines(site) if is_subdomain(name, line.options.zone))
        targets = (target for line in lines for target in line.options.targets if target.transport == DNS)
        found = (self._find(target.host, target.port) for target in targets)
        return next((self._services[endpoint] for endpoint in found if endpoint is not None), None)


class _InProcess:
    """The way to an upstream that is a service of this process."""

    def __init__(self, service: Service, address: tuple[str, int]) -> None:
        self._service = service
        self._address = address

    async def exchange(self, message: bytes, network: str) -> bytes:
        if depth() > _MOST_TIERS:
            raise Failure("it forwards to itself, in a circle")
        wire = secrets.token_bytes(2) + message
        transport = network or UDP
        answer = await self._service.answer(wire, transport, (LOOPBACK, CLIENT_PORT), self._address)
        if not isinstance(answer, bytes):
            raise Failure("no reply")
        return answer

    async def probe(self, message: bytes) -> None:
        await self.exchange(message, UDP)

    def sweep(self) -> None:
        """Keeps nothing."""

    async def stop(self) -> None:
        """Has nothing to end."""


def _sites(service: Service) -> list[Site]:
    return [site for sites in service.zones.values() for site in sites]


def _site_of(service: Service, name: Name) -> Site | None:
    found = (service.zones[suffix] for suffix in suffixes(name) if suffix in service.zones)
    return next((sites[0] for sites in found), None)


def _forwards(service: Service) -> Iterator[Forward]:
    for site in _sites(service):
        yield from _lines(site)


def _lines(site: Site) -> Iterator[Forward]:
    """The lines of `forward` in a server block."""
    line = site.setting.plugins.get("forward")
    while isinstance(line, Forward):
        yield line
        line = line.following
