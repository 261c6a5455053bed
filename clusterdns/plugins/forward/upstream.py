"""One upstream: asked, believed or not, and probed until it is well again.

Knows queries and replies, and the way on which messages go to and fro. Must not know other upstreams, nor retry.
"""

import asyncio
import ssl
from collections.abc import Awaitable
from typing import Final, Protocol

from clusterdns.dns import codes
from clusterdns.dns.exchange import NotAsked, cut_reply, encode_query, parse_reply
from clusterdns.dns.query import HEADER, TCP, UDP, Query
from clusterdns.dns.reply import Reply
from clusterdns.dns.wire import Overrun, Unreadable
from clusterdns.metrics import DURATION_BUCKETS, Series
from clusterdns.plugins.base import World
from clusterdns.plugins.forward.connection import Failure
from clusterdns.plugins.forward.direct import PROXY, Direct
from clusterdns.plugins.forward.options import Options
from clusterdns.plugins.forward.targets import DNS, HTTPS, Target

_SHORTEST_PAUSE: Final = 0.01  # seconds between probes, also for those who ask for none


class Way(Protocol):
    """How messages get to an upstream."""

    def exchange(self, message: bytes, network: str) -> Awaitable[bytes]:
        """The reply to a message without ID, whose own ID means nothing any more. Raises `Failure`."""

    async def probe(self, message: bytes) -> None:
        """Waits for any reply. Raises `Failure`."""

    def sweep(self) -> None:
        """Closes what was idle for long enough."""

    async def stop(self) -> None:
        """Closes everything."""


class Request:
    """A query as upstreams are asked it: made once, however many are asked."""

    __slots__ = ("message", "question", "sent", "size")

    def __init__(self, query: Query) -> None:
        self.question = query.current
        self.message = encode_query(query)  # without ID
        self.size = query.size  # octets that the reply may have over UDP
        self.sent = 0.0  # the clock's reading when it was sent last


class Upstream:
    """An upstream. `fails` counts probes that failed in a row, `way` is how messages get to it."""

    def __init__(self, target: Target, options: Options, world: World, context: ssl.SSLContext | None) -> None:
        self.text = str(target)
        self.fails = 0
        self._only = "" if target.transport == DNS else TCP  # there is no TLS over UDP here
        self.way: Way = _way_to(target, options, world, context)
        self._clock = world.clock
        self._probing: asyncio.Task[None] | None = None
        self._probe_interval = max(options.probe_interval, _SHORTEST_PAUSE)
        flags = codes.RD if options.probe_recursion else 0
        self._probe = HEADER.pack(0, flags, 1, 0, 0, 0)[2:] + options.probe_name + b"\0\2\0\1"  # NS IN
        self._seconds = world.metrics.histogram(
            "coredns_proxy_request_duration_seconds",
            "Seconds that upstreams took to reply.",
            ("proxy_name", "to", "rcode"),
            DURATION_BUCKETS,
        )
        self._series: dict[int, Series] = {}  # of these, by response code
        self._failures = world.metrics.counter(
            "coredns_proxy_healthcheck_failures_total", "Health checks that failed.", ("proxy_name", "to")
        )

    def send(self, request: Request, network: str) -> Awaitable[bytes]:
        """The upstream's reply as it comes, for `read`. Raises `Failure`."""
        request.sent = self._clock()
        return self.way.exchange(request.message, self._only or network)

    def read(self, request: Request, network: str, wire: bytes) -> Reply:
        """The upstream's reply. Raises `Failure`, and `NotAsked` for a reply to another question."""
        by_udp = network == UDP and not self._only
        try:
            reply = parse_reply(wire[: request.size] if by_udp else wire, request.question)
        except NotAsked:
            self._observe(request, wire[3] & 0xF)
            raise
        except Overrun as error:
            if not by_udp:
                raise Failure(f"dns: {error}") from None
            reply = cut_reply(wire)  # more than the client takes, though nothing more was asked for
        except Unreadable as error:
            raise Failure(f"dns: {error}") from None
        self._observe(request, reply.rcode)
        return reply

    def down(self, max_fails: int) -> bool:
        """Did more probes fail than it may (0: any number)?"""
        return 0 < max_fails < self.fails

    def probe_soon(self) -> None:
        """Probes the upstream until it replies, unless that is under way."""
        if self._probing is None or self._probing.done():
            self._probing = asyncio.get_running_loop().create_task(self._probe_until_well())

    def sweep(self) -> None:
        """Closes connections that were idle for long enough."""
        self.way.sweep()

    async def stop(self) -> None:
        """Ends probing and closes all connections."""
        if self._probing is not None:
            self._probing.cancel()
            await asyncio.wait([self._probing])
        await self.way.stop()

    def _observe(self, request: Request, rcode: int) -> None:
        series = self._series.get(rcode)
        if series is None:
            text = codes.RCODE_TEXT.get(rcode) or str(rcode)
            series = self._series[rcode] = self._seconds.series((PROXY, self.text, text))
        series.observe(self._clock() - request.sent)

    async def _probe_until_well(self) -> None:
        while True:
            try:
                await self.way.probe(self._probe)
            except Failure:
                self.fails += 1
                self._failures.add((PROXY, self.text))
                await asyncio.sleep(self._probe_interval)
            else:
                self.fails = 0
                return


def _way_to(target: Target, options: Options, world: World, context: ssl.SSLContext | None) -> Way:
    if target.transport != HTTPS:
        return Direct(target, options, world, context)
    from clusterdns.plugins.forward.https import Https  # takes long to import, and few need it

    assert context is not None
    return Https(target, options, context)
