"""The server that `clusterdns serve` would start, asked in process: the same sites and services, without sockets.

Knows the server and its packet cache. Must not know what a resolver does with an answer, nor why it is what it is.
"""

import secrets
from dataclasses import dataclass
from functools import cached_property

from clusterdns.corefile import Corefile, ServerBlock
from clusterdns.dns import codes
from clusterdns.dns.exchange import parse_reply
from clusterdns.dns.names import IN_ADDR, IP6, Name, name_text
from clusterdns.dns.query import HEADER, TCP, UDP
from clusterdns.dns.reply import Reply
from clusterdns.explain.tiers import CLIENT_PORT, LOOPBACK, Tiers
from clusterdns.explain.trace import Passage, Trace
from clusterdns.plugins.base import StartError, World
from clusterdns.plugins.forward.targets import DNS
from clusterdns.plugins.kubernetes import Kubernetes
from clusterdns.records.table import Table
from clusterdns.records.zone import is_reverse
from clusterdns.server.service import make_services
from clusterdns.server.site import Defaults, Site, make_sites


@dataclass(frozen=True)
class Remote:
    """What is known of a server that was asked over the network, beside its answer.

    `expected` is what the manifests would give, None for names outside the cluster. `serial` is that of the zone's SOA
    record, the Unix time of the last change, and `fresh_ttl` the TTL in seconds that the server gives to what is not
    cached. `written` is the newest of the manifests' files, and its time.
    """

    server: str
    expected: "Asked | None" = None
    serial: int | None = None
    fresh_ttl: int | None = None
    written: tuple[str, float] | None = None


@dataclass(frozen=True)
class Asked:
    """A question and what came of it. `reply` None is silence, for the reason that `silence` gives.

    `passage` is None when no server block took the question, or it was not asked in process. `known` says that the
    packet cache had the reply, `kept` that it has it now.
    """

    name: bytes
    qtype: int
    reply: Reply | None
    passage: Passage | None = None
    known: bool = False
    kept: bool = False
    tcp: bool = False
    silence: str = ""
    remote: "Remote | None" = None


class Sites:
    """The server blocks of a Corefile, made ready to be asked. Raises `StartError` for all that is wrong with it.

    `start` before the first question, `stop` after the last.
    """

    def __init__(self, corefile: Corefile, world: World, defaults: Defaults) -> None:
        self.world = world
        world.leads = False  # no file is written, and no other server asked or told
        self._trace = Trace(world.clock)
        self._sites, problems = make_sites(corefile, world, defaults, self._trace.join)
        if problems:
            raise StartError("\n".join(map(str, problems)))
        self._blocks = {id(site): block for site, block in zip(self._sites, corefile.blocks, strict=True)}
        plain = {at: service for at, service in make_services(self._sites, world).items() if at.transport == DNS}
        if not plain:
            raise StartError(f"{corefile.file}: no server block is for plain DNS, so there is nobody to ask")
        self._tiers = Tiers(plain)

    async def start(self) -> None:
        """Makes plugins ready: upstreams, files. Nothing else hears of it. Raises `StartError`."""
        for site in self._sites:
            for start in site.setting.starts:
                await start()
        self._tiers.connect()

    async def stop(self) -> None:
        """Gives back what `start` took."""
        for site in self._sites:
            for stop in site.setting.stops:
                await stop()

    def blocks_for(self, name: Name) -> list[ServerBlock]:
        """The server blocks that a name comes to, one after the other; none if queries for it are refused."""
        return [self._blocks[id(site)] for site in self._tiers.way_of(name)]

    def table_of(self, block: ServerBlock) -> Table | None:
        """The table of a server block's kubernetes plugin, if it has one."""
        return next((_table_of(site) for site in self._sites if self._blocks[id(site)] is block), None)

    def table_for(self, name: Name) -> Table | None:
        """The first table on the way of a name that has its zone."""
        tables = map(self.table_of, self.blocks_for(name))
        return next((table for table in tables if table is not None and table.zone_of(name) is not None), None)

    @cached_property
    def zones(self) -> list[str]:
        """The zones that are answered for, without final dot but for the root."""
        return [name_text(zone).removesuffix(".") or "." for zone in self._tiers.entry.zones]

    @cached_property
    def cluster_zones(self) -> list[str]:
        """The zones of the kubernetes plugins with names of Services, without final dot."""
        tables = (table for site in self._sites if (table := _table_of(site)) is not None)
        zones = [zone for table in tables for zone in table.options.zones if zone not in (IN_ADDR, IP6)]
        return [name_text(zone).removesuffix(".") for zone in dict.fromkeys(zones) if not is_reverse(zone)]

    async def ask(self, name: bytes, qtype: int, client: str = LOOPBACK) -> Asked:
        """What a client at that address gets: over UDP, and again over TCP if that is cut off."""
        asked = await self._ask(name, qtype, client, UDP)
        if asked.reply is not None and asked.reply.flags & codes.TC:
            return await self._ask(name, qtype, client, TCP)
        return asked

    async def _ask(self, name: bytes, qtype: int, client: str, transport: str) -> Asked:
        service = self._tiers.entry
        question = question_of(name, qtype)
        wire = HEADER.pack(secrets.randbelow(1 << 16), codes.RD, 1, 0, 0, 0) + question
        kept = service.kept[transport, 6 if ":" in client else 4]
        message = kept.get(wire, self.world.clock())
        known = message is not None
        # What is known goes through the chain too, for the sake of its passage.
        answer = await service.answer(wire, transport, (client, CLIENT_PORT), self._tiers.address)
        if message is None and isinstance(answer, bytes):
            message = answer
        return Asked(
            name,
            qtype,
            None if message is None else parse_reply(message, question),
            self._trace.take(wire),
            known=known,
            kept=kept.get(wire, self.world.clock()) is not None,
            tcp=transport == TCP,
            silence="" if message is not None else "the server does not answer",
        )


def question_of(name: bytes, qtype: int) -> bytes:
    """A question as it stands in messages (RFC 1035 4.1.2)."""
    return name + qtype.to_bytes(2, "big") + codes.IN.to_bytes(2, "big")


def _table_of(site: Site) -> Table | None:
    plugin = site.setting.plugins.get("kubernetes")
    return plugin.handle.current if isinstance(plugin, Kubernetes) else None
