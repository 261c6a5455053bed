"""What a fault does to a query that it strikes: each effect makes a reply of its own, or spoils that of the chain.

Knows neither names nor chance: whether an effect has its turn is decided elsewhere.
"""

from dataclasses import dataclass
from typing import Final

from clusterdns.dns import codes
from clusterdns.dns.query import UDP, Query
from clusterdns.dns.record import Record
from clusterdns.dns.reply import Dropped, Reply
from clusterdns.plugins.base import Next, World
from clusterdns.plugins.fault.past import Past

TTL: Final = 5
"""Seconds, of addresses that are made up: what cluster names have in CoreDNS."""


@dataclass(frozen=True)
class Effect:
    """Leaves the reply of the chain as it is: all that a fault needs that only delays."""

    def prepare(self, world: World) -> None:
        """Called before the first query, and before the changes that matter."""

    def concerns(self, query: Query) -> bool:
        """Is there, now or later, something to do for such a question over this transport?"""
        return True

    def has_turn(self, query: Query, world: World) -> bool:
        """Is there something to do now?"""
        return True

    async def serve(self, query: Query, next: Next, world: World) -> Reply:
        """As `Plugin.serve`."""
        return await next(query)


@dataclass(frozen=True)
class Rcode(Effect):
    """A bare response code. NOERROR and NXDOMAIN of a cluster's name come with its zone's SOA record (RFC 2308)."""

    rcode: int

    async def serve(self, query: Query, next: Next, world: World) -> Reply:
        reply = Reply.to(query, self.rcode)
        zone = world.tables.zone_of(query.name)
        if zone is not None and self.rcode in (codes.NOERROR, codes.NXDOMAIN):
            reply.flags |= codes.AA
            reply.authority = [zone.soa]
        return reply


@dataclass(frozen=True)
class Drop(Effect):
    """No reply at all. A TCP connection stays open, and further queries on it are answered."""

    async def serve(self, query: Query, next: Next, world: World) -> Reply:
        raise Dropped


@dataclass(frozen=True)
class Truncate(Effect):
    """Over UDP an empty reply with TC, so that the client asks again over TCP, where it gets the whole (RFC 7766 5)."""

    def concerns(self, query: Query) -> bool:
        return query.transport == UDP

    async def serve(self, query: Query, next: Next, world: World) -> Reply:
        whole = await next(query)
        return Reply(whole.rcode, whole.flags | codes.TC)


@dataclass(frozen=True)
class WrongAddress(Effect):
    """Other addresses in place of the right ones. Questions for a type of which none is given are left alone."""

    addresses: tuple[tuple[int, bytes], ...]  # A or AAAA, and the data of the record

    def concerns(self, query: Query) -> bool:
        return any(rtype == query.qtype for rtype, _ in self.addresses)

    async def serve(self, query: Query, next: Next, world: World) -> Reply:
        reply = Reply.to(query, flags=codes.AA)
        reply.answer = [
            Record(query.spelled, rtype, TTL, rdata) for rtype, rdata in self.addresses if rtype == query.qtype
        ]
        return reply


@dataclass(frozen=True)
class OldAnswer(Effect):
    """The answer before the latest change of it, for so many seconds after that change."""

    seconds: float

    def prepare(self, world: World) -> None:
        world.shared(Past)

    def has_turn(self, query: Query, world: World) -> bool:
        return bool(self._revision(query, world))

    async def serve(self, query: Query, next: Next, world: World) -> Reply:
        earlier = query.copy()
        earlier.as_of = self._revision(query, world)
        return await next(earlier)

    def _revision(self, query: Query, world: World) -> int:
        """The revision to know nothing of; 0 for none."""
        changed = world.shared(Past).last_change(query)
        if changed is None:
            return 0
        revision, seconds_ago = changed
        return revision if seconds_ago < self.seconds else 0
