"""Bytes in, bytes out: what one address of the server does with a packet, whatever brought it.

Reads the query, runs the chain of the server block that it is routed to, and encodes the reply. Guards the way: a
plugin that fails is SERVFAIL, never the end. Every transport enters here. Knows no sockets.
"""

from collections.abc import Iterable, Iterator
from traceback import format_exception

from clusterdns.corefile.addresses import join_host_port
from clusterdns.dns import codes
from clusterdns.dns.edns import Opt
from clusterdns.dns.encode import cut_to_size, encode_reply, encode_transfer
from clusterdns.dns.names import Name
from clusterdns.dns.query import HEADER, OPCODE, TCP, UDP, Address, Malformed, Query, parse_query
from clusterdns.dns.reply import NEVER, Dropped, Family, Reply, Unanswered
from clusterdns.plugins.base import Limits, Next, World
from clusterdns.server.packetcache import PacketCache
from clusterdns.server.routing import Router
from clusterdns.server.site import Site
from clusterdns.server.sockets import Endpoint

MAX_DEPTH = 32
"""How often a server may ask itself on behalf of one query before it calls that a loop."""

Answer = bytes | Iterator[bytes] | None
"""One message, the messages of a zone transfer (which may end with `Dropped`), or nothing."""


class Service:
    """What listens on one address. `address` is CoreDNS's name of it in metrics, such as `dns://:53`."""

    def __init__(self, address: str, sites: Iterable[tuple[Name, Site]], world: World) -> None:
        self.address = address
        self.world = world
        self.clock = world.clock
        self.echoed = world.echoed
        self._router = Router(sites)
        self.zones = self._router.zones
        settings = [site.setting for served in self.zones.values() for site in served]
        self.limits = Limits(**{name: limit for setting in settings for name, limit in setting.limits.items()})
        found = [setting.credentials for setting in settings if setting.credentials is not None]
        self.credentials = found[-1] if found else None
        self.secrets = {name: secret for setting in settings for name, secret in setting.secrets.items()}
        self.any_class = any(site.setting.any_class for served in self.zones.values() for site in served)
        self.debug = any(site.setting.debug for served in self.zones.values() for site in served)
        self.stacktrace = any(site.setting.stacktrace for served in self.zones.values() for site in served)
        self.kept = {(transport, version): PacketCache(world) for transport in (UDP, TCP) for version in (4, 6)}

    def kept_for(self, transport: str, client: Address) -> PacketCache:
        """The replies that are kept for clients of a transport, by their IP version."""
        return self.kept[transport, 6 if ":" in client[0] else 4]

    def known(self, wire: bytes, transport: str, client: Address) -> bytes | None:
        """The reply to a packet if it is kept, which those are told of who want to know; None if it is to be made."""
        kept, now = self.kept_for(transport, client), self.clock()
        return kept.get(wire, now) or kept.told(wire, client, now)

    async def answer(self, wire: bytes, transport: str, client: Address, local: Address) -> Answer:
        """The reply to a packet. Never raises but for cancellation."""
        try:
            query = parse_query(wire)
        except Malformed as malformed:
            return malformed.reply
        query.transport = transport
        query.client = client
        query.local = local
        query.server = self
        query.received = self.clock()
        answered = _tell_nobody if self.world.watch is None else self.world.watch(query)
        if query.opt is not None and query.opt.version and self._takes_class(query):
            answered(codes.BADVERS)
            return _bad_version(query)
        revisions = self.world.revisions
        try:
            chain = self._chain(query)
            reply = self._refuse(query) if chain is None else await chain(query)
            answered(reply.rcode)
            return self._encode(query, reply, revisions)
        except Unanswered as unanswered:
            answered(unanswered.rcode)
            return self._encode(query, Reply.to(query, unanswered.rcode), revisions)
        except Dropped:
            answered(None)
            return None
        except Exception as error:  # noqa: BLE001 - what plugins make may be wrong in any way
            answered(codes.SERVFAIL)
            return encode_reply(query, self._survive(query, error))

    def _encode(self, query: Query, reply: Reply, revisions: tuple[int, int]) -> Answer:
        if reply.transfer is not None:
            return self._transfer(query, reply)
        if reply.rcode > 0xF and query.opt is None and reply.opt is None:
            return None  # CoreDNS can't encode a code that takes an OPT record to say, and stays silent
        message = encode_reply(query, reply)
        if reply.good_until > query.received:
            family = reply.family if reply.family is not None and self._vouches(query, reply.family) else None
            kept = self.kept_for(query.transport, query.client)
            kept.keep(query, reply, message, revisions, family=family)
        return message

    def _vouches(self, query: Query, family: Family) -> bool:
        """Do all names of the family come to the plugin that named it, through plugins that leave its replies alone?"""
        site = self._router.sole(family.zone)
        return site is not None and query.qtype != codes.DS and site.passes_to(family.plugin, family.zone)

    def _transfer(self, query: Query, reply: Reply) -> Iterator[bytes]:
        try:
            yield from encode_transfer(query, reply)
        except Exception as error:  # noqa: BLE001 - as above
            self._survive(query, error)
            raise Dropped from None

    def _chain(self, query: Query) -> Next | None:
        """The chain of plugins that a query goes through; None if it is refused."""
        if query.qclass != codes.IN and not self.any_class:
            return None
        if self._router.single is not None:
            return self._router.single.chain
        site = self._router.route(query)
        if site is None or site.chain is None:
            return None
        return _for_one(site.chain) if self._router.is_personal(query.name) else site.chain

    async def _reply(self, query: Query) -> Reply:
        """The reply to a query, before it is cut to size. Raises `Dropped`."""
        try:
            chain = self._chain(query)
            return self._refuse(query) if chain is None else await chain(query)
        except Unanswered as unanswered:
            return Reply.to(query, unanswered.rcode)
        except Dropped:
            raise
        except Exception as error:  # noqa: BLE001 - a plugin may fail in any way
            return self._survive(query, error)

    async def ask(self, query: Query, spelled: bytes, qtype: int) -> Reply | None:
        """Asks itself on behalf of `query`, through all server blocks of this address; None when nothing answers.

        The reply has what the client of `query` would get if it asked itself, with TC set if that is not all.
        """
        if query.depth >= MAX_DEPTH:
            return None
        inner = query.with_question(spelled, qtype)
        inner.depth = query.depth + 1
        try:
            reply = cut_to_size(inner, await self._reply(inner))
            return reply if reply.turns is None else reply.copy()
        except Dropped:
            return None

    def _takes_class(self, query: Query) -> bool:
        return query.qclass == codes.IN or self.any_class

    def _survive(self, query: Query, error: Exception) -> Reply:
        """A plugin has failed, which is logged and counted and costs this one query only, unless `debug` is on."""
        trace = "\n" + "".join(format_exception(error)) if self.stacktrace or self.debug else ""
        sentence = f'server: "{self.address}" {type(error).__name__}: {error}{trace}'
        if self.debug:
            self.world.fail(f"panic in {sentence}")
        else:
            self.world.log.error(f"Recovered from panic in {sentence}")
        self.world.traffic.count_panic()
        return self._outside(query, codes.SERVFAIL)

    def _refuse(self, query: Query) -> Reply:
        return self._outside(query, codes.REFUSED)

    def _outside(self, query: Query, rcode: int) -> Reply:
        """A bare reply to a query that no chain has answered, counted as CoreDNS does, under zone `dropped`."""
        self.world.traffic.count_dropped(self.address, query, rcode)
        return Reply.to(query, rcode)


def make_services(sites: Iterable[Site], world: World) -> dict[Endpoint, Service]:
    """What listens where: a service for each transport, host ("" is every one) and port that server blocks are for."""
    served: dict[Endpoint, list[tuple[Name, Site]]] = {}
    for site in sites:
        for transport, host, port, zone in site.setting.listen:
            served.setdefault(Endpoint(transport, host, port), []).append((zone, site))
    return {
        endpoint: Service(f"{endpoint.transport}://{join_host_port(endpoint.host, endpoint.port)}", zones, world)
        for endpoint, zones in served.items()
    }


def _for_one(chain: Next) -> Next:
    """The chain, its replies for no other client: another one may be asked of another server block."""

    async def ask(query: Query) -> Reply:
        reply = await chain(query)
        if reply.good_until == NEVER:
            return reply
        reply = reply.copy()
        reply.good_until = NEVER
        return reply

    return ask


def _tell_nobody(_: int | None) -> None:
    return


def _bad_version(query: Query) -> bytes:
    """RFC 6891 6.1.3 in CoreDNS's form: four bits of 0 in the header, the rest of the code in an OPT of size 0."""
    flags = codes.QR | Reply.to(query).flags | query.flags & OPCODE
    opt = Opt(0, rcode_high=codes.BADVERS >> 4)
    return HEADER.pack(query.id, flags, 1, 0, 0, 1) + query.question + opt.encode()
