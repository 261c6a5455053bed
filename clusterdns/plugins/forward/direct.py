"""Upstreams that speak DNS over UDP, TCP or TLS: connections made, used and kept for the next query.

Knows messages without their ID, which is drawn anew for each. Must not know what is in them, nor retry.
"""

import ssl
from collections.abc import Iterator
from random import Random
from typing import Final

from clusterdns.dns.query import TCP, UDP
from clusterdns.plugins.base import World
from clusterdns.plugins.forward.connection import Closed, Connection, Patience, Remote, dial_tcp, dial_udp
from clusterdns.plugins.forward.options import Options
from clusterdns.plugins.forward.pool import Pool
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
        self._probe_network = _TLS_NETWORK if self._context else TCP if options.force_tcp else UDP
        self._idents = _idents(world.random)
        keep = (options.expire, options.max_age, options.max_idle)
        self._pools = {network: Pool(world.clock, *keep) for network in (UDP, TCP, _TLS_NETWORK)}
        labels = ("proxy_name", "to", "proto")
        self._label = str(target)
        self._hits = world.metrics.counter(
            "coredns_proxy_conn_cache_hits_total", "Queries that found an idle connection to their upstream.", labels
        )
        self._misses = world.metrics.counter(
            "coredns_proxy_conn_cache_misses_total", "Queries that had a connection made to their upstream.", labels
        )

    async def exchange(self, message: bytes, network: str) -> bytes:
        """The reply to a message, by UDP or TCP, or by TLS whatever `network` is. Raises `Failure`."""
        if self._context is not None:
            network = _TLS_NETWORK
        pool = self._pools[network]
        labels = (PROXY, self._label, network)
        numbered = next(self._idents) + message
        while True:
            idle = pool.take()
            if idle is None:
                self._misses.add(labels)
                connection = await self._dial(network)
                pool.add(connection)
            else:
                self._hits.add(labels)
                connection = idle
            try:
                reply = await connection.ask(numbered, self._patience)
            except Closed:
                connection.close()
                if idle is None:
                    raise
                continue  # closed while it was idle, which says nothing of the upstream
            except BaseException:
                connection.close()
                raise
            pool.give(connection)
            return reply

    async def probe(self, message: bytes) -> None:
        """Has the upstream show by any reply that it is there. Raises `Failure`."""
        connection = await self._dial(self._probe_network)
        try:
            await connection.ask(next(self._idents) + message, self._probe_patience)
        finally:
            connection.close()

    def sweep(self) -> None:
        """Closes connections that were idle for long enough."""
        for pool in self._pools.values():
            pool.sweep()

    async def stop(self) -> None:
        """Closes all connections."""
        for pool in self._pools.values():
            pool.stop()

    async def _dial(self, network: str) -> Connection:
        if network == UDP:
            return dial_udp(self._remote)
        return await dial_tcp(self._remote, _DIAL_SECONDS, self._context, self._server_name)


def _idents(chance: Random) -> Iterator[bytes]:
    """Random IDs; many are drawn at a time since each draw asks the kernel."""
    while True:
        drawn = chance.randbytes(512)
        for at in range(0, len(drawn), 2):
            yield drawn[at : at + 2]
