"""Bytes in, bytes out: what one address of the server does with a packet, whatever brought it.

Reads the query, finds the server block whose zone is the longest match, runs its chain, and encodes the reply. Guards
the way: a plugin that fails is SERVFAIL, never the end. UDP and TCP enter here, and later transports will.
Knows no sockets.
"""

import asyncio
from collections.abc import Iterable
from traceback import format_exception

from clusterdns.dns import codes
from clusterdns.dns.edns import Opt
from clusterdns.dns.encode import encode_reply, encode_transfer
from clusterdns.dns.names import Name, suffixes
from clusterdns.dns.query import HEADER, OPCODE, TCP, UDP, Address, Malformed, Query, encode_question, parse_query
from clusterdns.dns.reply import Dropped, Reply, Unanswered
from clusterdns.plugins.base import World
from clusterdns.server.packetcache import PacketCache
from clusterdns.server.site import Site

MAX_DEPTH = 32
"""How often a server may ask itself on behalf of one query before it calls that a loop."""

Answer = bytes | list[bytes] | None


class Service:
    """What listens on one address. `address` is CoreDNS's name of it in metrics, such as `dns://:53`."""

    def __init__(self, address: str, sites: Iterable[tuple[Name, Site]], world: World) -> None:
        self.address = address
        self.world = world
        self.clock = world.clock
        self.zones: dict[Name, list[Site]] = {}
        for zone, site in sites:
            self.zones.setdefault(zone, []).append(site)
        self.any_class = any(site.setting.any_class for served in self.zones.values() for site in served)
        self.debug = any(site.setting.debug for served in self.zones.values() for site in served)
        self.stacktrace = any(site.setting.stacktrace for served in self.zones.values() for site in served)
        self.kept = {transport: PacketCache(world) for transport in (UDP, TCP)}

    async def answer(self, wire: bytes, transport: str, client: Address, local: Address) -> Answer:
        """The reply to a packet: one message, the messages of a zone transfer, or None when nothing goes back.

        Never raises but for cancellation.
        """
        try:
            query = parse_query(wire)
        except Malformed as malformed:
            return malformed.reply
        query.transport = transport
        query.client = client
        query.local = local
        query.server = self
        query.received = self.clock()
        if query.opt is not None and query.opt.version:
            return _bad_version(query)
        try:
            reply = await self.reply(query)
        except Dropped:
            return None
        if reply.transfer is not None:
            return encode_transfer(query, reply)
        message = encode_reply(query, reply)
        if reply.good_until > query.received:
            self.kept[transport].keep(query, reply, message)
        return message

    async def reply(self, query: Query) -> Reply:
        """The reply to a query, before it is cut to size. Raises `Dropped`."""
        try:
            if query.qclass != codes.IN and not self.any_class:
                return self._refuse(query)
            site = self._route(query)
            if site is None or site.chain is None:
                return self._refuse(query)
            return await site.chain(query)
        except Unanswered as unanswered:
            return Reply.to(query, unanswered.rcode)
        except (Dropped, asyncio.CancelledError):
            raise
        except Exception as error:
            if self.debug:
                raise
            return self._survive(query, error)

    async def ask(self, query: Query, spelled: bytes, qtype: int) -> Reply | None:
        """Asks itself on behalf of `query`, through all server blocks of this address; None when nothing answers."""
        if query.depth >= MAX_DEPTH:
            return None
        inner = query.with_question(spelled, qtype)
        inner.depth = query.depth + 1
        try:
            return await self.reply(inner)
        except Dropped:
            return None

    def _route(self, query: Query) -> Site | None:
        """The block whose zone is the longest match and whose view takes the query.

        A question for DS goes to the block of the parent zone, if that is here too (RFC 4035 3.1.4.1).
        """
        for_ds: Site | None = None
        for suffix in suffixes(query.name):
            for site in self.zones.get(suffix, ()):
                if site.chain is None or query.qtype != codes.DS:
                    return site
                for_ds = site
        return for_ds

    def _survive(self, query: Query, error: Exception) -> Reply:
        """A plugin has failed, which is logged and counted and costs this one query only."""
        trace = "\n" + "".join(format_exception(error)) if self.stacktrace else ""
        self.world.log.error(f'Recovered from panic in server: "{self.address}" {type(error).__name__}: {error}{trace}')
        self.world.traffic.count_panic()
        return self._outside(query, codes.SERVFAIL)

    def _refuse(self, query: Query) -> Reply:
        return self._outside(query, codes.REFUSED)

    def _outside(self, query: Query, rcode: int) -> Reply:
        """A bare reply to a query that no chain has answered, counted as CoreDNS does, under zone `dropped`."""
        self.world.traffic.count_dropped(self.address, query, rcode)
        return Reply.to(query, rcode)


def _bad_version(query: Query) -> bytes:
    """RFC 6891 6.1.3 in CoreDNS's form: four bits of 0 in the header, the rest of the code in an OPT of size 0."""
    flags = codes.QR | Reply.to(query).flags | query.flags & OPCODE
    opt = Opt(0, rcode_high=codes.BADVERS >> 4)
    return HEADER.pack(query.id, flags, 1, 0, 0, 1) + encode_question(query) + opt.encode()
