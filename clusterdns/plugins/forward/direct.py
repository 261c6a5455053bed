"""Upstreams that speak DNS over UDP, TCP or TLS: connections made, used and kept for the next query.

Knows messages without their ID, which is drawn anew for each. Must not know what is in them, nor retry.
"""

import ssl
from collections.abc import Awaitable, Iterator
from random import Random
from typing import Final

from clusterdns.dns.query import TCP, UDP
from clusterdns.plugins.base import World
from clusterdns.plugins.forward.connection import Closed, Patience, Remote, Stream, dial_tcp
from clusterdns.plugins.forward.options import Options
from clusterdns.plugins.forward.pool import Keep, Pool
from clusterdns.plugins.forward.ports import Ports
from clusterdns.plugins.forward.targets import TLS, Target

PROXY: Final = "forward"  # CoreDNS's label `proxy_name`
_DIAL_SECONDS: Final = 5.0
_PROBE_SECONDS: Final = 1.0
_TLS_NETWORK: Final = "tcp-tls"


class Direct:
    """The way to one upstream."""

    def __init__(self, target: Target, options: Options, world: World, context: ssl.SSLContext | None) -> None:
        self._remote = Remote(target.host, target.port, options.source)
        self._context = context if target.transport == TLS else None
        self._server_name = target.server_name or options.tls_server_name or target.host
        self._patience = Patience(options.read_timeout)
        self._probe_patience = Patience(_PROBE_SECONDS)
        self._network = _TLS_NETWORK if self._context else TCP
        self._probes_by_udp = self._context is None and not options.force_tcp
        self._chance = world.random
        self._departure = world.departure
        self._idents = _idents(world.random)
        self._label = str(target)
        labels = ("proxy_name", "to", "proto")
        self._hits = world.metrics.counter(
            "coredns_proxy_conn_cache_hits_total", "Queries that found an idle connection to their upstream.", labels
        )
        self._misses = world.metrics.counter(
            "coredns_proxy_conn_cache_misses_total", "Queries that had a connection made to their upstream.", labels
        )
        self._keep = Keep(world.clock, options.expire, options.max_age, options.max_idle)
        self._streams = Pool(self._keep)
        self._ports = Ports(self._remote, self._patience, self._chance, self._keep, world.departure)
        self._metrics = world.metrics
        self._metrics.before_collect(self._settle)

    def exchange(self, message: bytes, network: str) -> Awaitable[bytes]:
        """The reply to a message, by UDP or TCP, or by TLS whatever `network` is. Raises `Failure`."""
        if network == UDP and self._context is None:
            return self._ports.ask(message)
        return self._exchange_by_stream(message)

    async def probe(self, message: bytes) -> None:
        """Has the upstream show by any reply that it is there. Raises `Failure`."""
        if self._probes_by_udp:
            ports = Ports(self._remote, self._probe_patience, self._chance, self._keep, self._departure)
            try:
                await ports.ask(message)
            finally:
                ports.stop()
            return
        stream = await self._dial()
        try:
            await stream.ask(next(self._idents) + message, self._probe_patience)
        finally:
            stream.close()

    def sweep(self) -> None:
        """Closes connections that were idle for long enough."""
        self._ports.sweep()
        self._streams.sweep()

    async def stop(self) -> None:
        """Closes all connections."""
        self._settle()
        self._metrics.forget(self._settle)
        self._ports.stop()
        self._streams.stop()

    def _settle(self) -> None:
        """Counts what ports have counted."""
        ports, labels = self._ports, (PROXY, self._label, UDP)
        if ports.opened:
            self._misses.add(labels, ports.opened)
        if ports.reused:
            self._hits.add(labels, ports.reused)
        ports.opened = ports.reused = 0

    async def _exchange_by_stream(self, message: bytes) -> bytes:
        labels = (PROXY, self._label, self._network)
        numbered = next(self._idents) + message
        while True:
            idle = self._streams.take()
            if idle is None:
                self._misses.add(labels)
                stream = await self._dial()
                self._streams.add(stream)
            else:
                self._hits.add(labels)
                stream = idle
            try:
                reply = await stream.ask(numbered, self._patience)
            except Closed:
                stream.close()
                if idle is None:
                    raise
                continue  # closed while it was idle, which says nothing of the upstream
            except BaseException:
                stream.close()
                raise
            self._streams.give(stream)
            return reply

    async def _dial(self) -> Stream:
        return await dial_tcp(self._remote, _DIAL_SECONDS, self._context, self._server_name)


def _idents(chance: Random) -> Iterator[bytes]:
    """Random IDs; many are drawn at a time since each draw asks the kernel."""
    while True:
        drawn = chance.randbytes(512)
        for at in range(0, len(drawn), 2):
            yield drawn[at : at + 2]
