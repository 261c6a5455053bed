"""k8s_external: Services by their external addresses, in a zone of their own.

Such a name is `web.default.example.org`; its addresses are the Service's external IPs and those of its load balancer.
The cluster is that of the kubernetes plugin in the same server block.

Syntax:
    k8s_external [ZONES...] {
        apex LABEL
        ttl SECONDS
        headless
        fallthrough [ZONES...]
    }

ZONES default to those of the server block; PTR questions in reverse zones among them are answered with names in the
first zone. `apex` is where the zone's name server is, `ns1.LABEL.ZONE`; LABEL is `dns` unless given. `ttl` is 5 unless
given, 3600 at most. `headless` gives headless Services without external addresses those of their endpoints.
`fallthrough` passes on names that don't exist.

Examples:
    . {
        k8s_external example.org {
            headless
            ttl 30
        }
        kubernetes cluster.local
    }
"""

from collections.abc import Awaitable, Iterator
from functools import partial
from typing import Final

from clusterdns.corefile import Args, CorefileError
from clusterdns.dns import codes
from clusterdns.dns.names import ROOT, BadName, Name, encode_name, is_subdomain, labels, longest_match, parse_name
from clusterdns.dns.query import Query
from clusterdns.dns.rdata import ADDRESS_SIZES
from clusterdns.dns.record import Record
from clusterdns.dns.reply import FOREVER, NEVER, Reply
from clusterdns.plugins.base import HasTable, Next, Plugin, Setting
from clusterdns.plugins.k8s_external.answers import Zone
from clusterdns.plugins.k8s_external.transfer import whole_zone
from clusterdns.records.addresses import reversed_address
from clusterdns.records.answers import below
from clusterdns.records.external import external_members, external_pointers, external_servers
from clusterdns.records.schema import Members
from clusterdns.records.table import Table

_SYNTAX: Final = "k8s_external [ZONES...]"
_OPTIONS: Final = {
    "apex": "apex LABEL",
    "ttl": "ttl SECONDS",
    "headless": "headless",
    "fallthrough": "fallthrough [ZONES...]",
}
_CLUSTER: Final = "kubernetes"
_MOST_TTL: Final = 3600
_NS1: Final = b"ns1"


class K8sExternal(Plugin):
    """Answers for the external zones from the table of the kubernetes plugin."""

    name = "k8s_external"

    def __init__(self) -> None:
        self.zones: tuple[Name, ...] = ()
        self.apex = b"\x03dns"  # labels
        self.ttl = 5
        self.headless = False
        self.fallthrough: tuple[Name, ...] = ()
        self.cluster: HasTable  # the plugin whose table is read

    def passes(self, zone: Name) -> bool:
        return not any(is_subdomain(zone, own) or is_subdomain(own, zone) for own in self.zones)

    def serve(self, query: Query, next: Next) -> Awaitable[Reply]:
        zone = longest_match(query.name, self.zones)
        return next(query) if zone is None else self._answer(query, next, zone)

    async def _answer(self, query: Query, next: Next, name: Name) -> Reply:
        table = self.cluster.handle.current
        zone = self._zone(table, name)
        if query.name == name:
            return self._at_apex(query, table, zone)
        relative = labels(query.name[: len(query.name) - len(name)] + ROOT)
        if any(is_subdomain(query.name, self.apex.lower() + other) for other in self.zones):
            return self._below_apex(query, table, zone, relative)
        if query.qtype == codes.PTR and (address := reversed_address(query.name)) is not None:
            pointers = external_pointers(table.view, address)
            exists, answer = bool(pointers), self._pointers(query, pointers)
            members: Members = []
        else:
            found = external_members(table.view, relative, headless=self.headless)
            exists, answer, members = found is not None, [], found or []
        if not exists and longest_match(query.name, self.fallthrough) is not None:
            return (await next(query)).copy()  # which knows nothing of what changes in this zone
        reply = Reply.to(query, codes.NOERROR if exists else codes.NXDOMAIN, codes.AA)
        reply.answer, reply.good_until = answer, FOREVER
        if query.qtype in ADDRESS_SIZES:
            await self._add_addresses(query, reply, zone.addresses(query.spelled, members, query.qtype))
        elif query.qtype == codes.SRV:
            await self._add_services(query, reply, zone, members)
        return _or_soa(reply, zone)

    async def _add_addresses(self, query: Query, reply: Reply, records: list[Record]) -> None:
        """Answers with records, and behind each alias with what the server itself says of its target."""
        for record in records:
            reply.answer.append(record)
            if record.rtype == codes.CNAME:
                reply.good_until = NEVER
                further = await query.server.ask(query, record.rdata, query.qtype)
                if further is not None:
                    reply.answer += further.answer
                    reply.flags |= further.flags & codes.TC

    async def _add_services(self, query: Query, reply: Reply, zone: Zone, members: Members) -> None:
        found = zone.services(query.spelled, members)
        reply.answer, reply.additional = list(found.records.values()), list(found.addresses.values())
        for target in found.hosts:
            reply.good_until = NEVER
            for rtype in ADDRESS_SIZES:
                further = await query.server.ask(query, target, rtype)
                if further is not None:
                    reply.additional += further.answer

    def _pointers(self, query: Query, names: list[str]) -> list[Record]:
        targets = [below(name, self.zones[0]) for name in names]
        return [Record(query.spelled, codes.PTR, self.ttl, target) for target in targets if target is not None]

    def _at_apex(self, query: Query, table: Table, zone: Zone) -> Reply:
        reply = Reply.to(query, flags=codes.AA)
        if query.qtype == codes.SOA:
            reply.answer = [zone.soa]
        elif query.qtype == codes.NS:
            reply.answer = [zone.ns]
            owner = zone.server[: len(zone.server) - len(zone.name)] + query.spelled
            reply.additional = zone.glue(owner, self._servers(table))
        reply.good_until = FOREVER
        return _or_soa(reply, zone)

    def _below_apex(self, query: Query, table: Table, zone: Zone, relative: list[bytes]) -> Reply:
        """The name server's own names: `dns` and `ns1.dns`, whatever LABEL is."""
        reply = Reply.to(query, flags=codes.AA)
        if len(relative) > 2 or (len(relative) == 2 and relative[0] != _NS1):
            reply.rcode = codes.NXDOMAIN
        elif len(relative) == 2:
            glue = zone.glue(query.spelled, self._servers(table))
            reply.answer = [record for record in glue if record.rtype == query.qtype]
        reply.good_until = FOREVER
        return _or_soa(reply, zone)

    def _servers(self, table: Table) -> list[str]:
        return external_servers(table.view, headless=self.headless)

    def transfer(self, zone: Name, serial: int | None) -> Iterator[list[Record]] | None:
        """See `Transferable`."""
        if zone not in self.zones:
            return None
        table = self.cluster.handle.current
        return whole_zone(table.view, self._zone(table, zone), serial, headless=self.headless)

    def _zone(self, table: Table, name: Name) -> Zone:
        return Zone(name, self.apex, self.ttl, table.options.ttl, table.external_serial)


def _or_soa(reply: Reply, zone: Zone) -> Reply:
    """The reply, with the zone's SOA record if it has no answer."""
    if not reply.answer:
        reply.authority = [zone.soa]
    return reply


def setup(args: Args, setting: Setting) -> Plugin:
    """Reads `k8s_external`. Raises `CorefileError`."""
    plugin = K8sExternal()
    lonely = args.error(f"the {_CLUSTER} plugin must be in the same server block", hint=f"add: {_CLUSTER} [ZONES...]")
    for _ in args.each(_SYNTAX):
        plugin.zones = tuple(map(parse_name, args.zones(args.words())))
        for option in args.options(_OPTIONS):
            match str(option):
                case "apex":
                    word = args.words(1)[0]
                    try:
                        plugin.apex = encode_name(word)[:-1]
                    except BadName as error:
                        raise args.error(f"LABEL {error}", word) from None
                case "ttl":
                    plugin.ttl = args.integer(args.words(1)[0], "TTL", least=0, most=_MOST_TTL)
                case "headless":
                    plugin.headless = True
                case "fallthrough":
                    plugin.fallthrough = tuple(map(parse_name, args.fallthrough()))
    setting.when_complete(partial(_join, plugin, setting, lonely))
    return plugin


def _join(plugin: K8sExternal, setting: Setting, lonely: CorefileError) -> None:
    """Has the plugin read the table of the one that has it."""
    cluster = setting.plugins.get(_CLUSTER)
    if not isinstance(cluster, HasTable):
        raise lonely
    plugin.cluster = cluster
