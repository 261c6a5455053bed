"""kubernetes: the names of a cluster, by the DNS specification of Kubernetes.

The cluster is the one that manifests make, so options that tell how to reach an API server are checked and then left
alone, which the log says.

Syntax:
    kubernetes [ZONES...] {
        pods disabled|insecure|verified
        namespaces NAMESPACE...
        namespace_labels SELECTOR
        labels SELECTOR
        endpoint_pod_names
        ttl SECONDS
        noendpoints
        ignore empty_service
        fallthrough [ZONES...]
        multicluster [ZONES...]
        zonal
        startup_timeout DURATION
        endpoint URL...
        tls CERT KEY CACERT
        kubeconfig FILE [CONTEXT]
        apiserver_qps N
        apiserver_burst N
        apiserver_max_inflight N
    }

ZONES default to those of the server block; reverse zones among them answer PTR, and one zone at least must not be
reverse. `pods` are names of addresses, such as `10-244-0-7.default.pod.cluster.local`: none, of any address, or only
those that Pods of the namespace have. `namespaces`, `namespace_labels` and `labels` restrict what is shown, the latter
by labels of Services, EndpointSlices and Pods. `endpoint_pod_names` names endpoints without a hostname after their
Pods. `ttl` is 5 unless given, 3600 at most. `noendpoints` leaves out all endpoints, and so headless Services.
`ignore empty_service` leaves out Services without ready endpoints. `fallthrough` passes on names that don't exist.
`multicluster` zones hold ServiceImports instead of Services. `zonal` adds names for the endpoints of headless Services
in one topology zone, such as `ZONE.pin._zone.web.default.svc.cluster.local`; with `prefer` in place of `pin`, all of
them if the zone has none.

Examples:
    cluster.local {
        kubernetes
    }

    . {
        kubernetes cluster.local in-addr.arpa ip6.arpa {
            pods insecure
            fallthrough in-addr.arpa ip6.arpa
            ttl 30
        }
        whoami
    }

    . {
        kubernetes cluster.local clusterset.local 10.96.0.0/12 {
            multicluster clusterset.local
            labels tier in (web, shop), !legacy
            zonal
        }
    }
"""

import ipaddress
from collections.abc import Awaitable, Iterator
from dataclasses import replace
from functools import partial

from clusterdns.corefile import Args
from clusterdns.dns import codes
from clusterdns.dns.names import Name, from_labels, is_subdomain, longest_match
from clusterdns.dns.query import Query
from clusterdns.dns.record import Record
from clusterdns.dns.reply import FOREVER, Reply, Unanswered
from clusterdns.plugins.base import Next, Plugin, Setting
from clusterdns.plugins.kubernetes.labels import labels_of_query
from clusterdns.plugins.kubernetes.options import read_options
from clusterdns.records.families import family_of
from clusterdns.records.options import PodMode
from clusterdns.records.outcomes import Elsewhere, Found, Missing, Outcome
from clusterdns.records.paths import SERVICE
from clusterdns.records.spelling import follows_question, respell
from clusterdns.records.table import Table
from clusterdns.records.tables import Handle
from clusterdns.records.zone import Zone


class Kubernetes(Plugin):
    """Answers from the table. `handle` is where it is, for other plugins of the block too."""

    name = "kubernetes"
    machine_follows = True  # the kubelet adds the node's

    def __init__(self, handle: Handle, fallthrough: tuple[Name, ...] = ()) -> None:
        self.handle = handle
        self.fallthrough = fallthrough

    def serve(self, query: Query, next: Next) -> Awaitable[Reply]:
        table = self.handle.before(query.as_of) if query.as_of else self.handle.current
        zone = table.zone_of(query.name)
        return next(query) if zone is None else self._answer(query, next, table, zone)

    async def _answer(self, query: Query, next: Next, table: Table, zone: Zone) -> Reply:
        name, qtype = query.name, query.qtype
        if qtype in codes.TRANSFERS:
            raise Unanswered(codes.REFUSED)
        outcome = table.answer(zone, name, qtype)
        said = outcome if query.spelled == name else respell(zone, name, query.spelled, qtype, outcome)
        if isinstance(said, Elsewhere):
            return await self._complete(query, said)
        if isinstance(said, Missing) and not said.exists and longest_match(name, self.fallthrough) is not None:
            return await next(query)
        reply = _reply(query, said)
        if not query.as_of:
            self._have_kept(reply, query, zone, outcome)
        return reply

    def _have_kept(self, reply: Reply, query: Query, zone: Zone, outcome: Outcome) -> None:
        """Declares what a reply by this table's outcome is good for."""
        name, qtype = query.name, query.qtype
        if follows_question(zone, name, qtype, outcome):
            reply.case_zone = zone.name
            if not any(is_subdomain(passed, zone.name) for passed in self.fallthrough):
                reply.family = family_of(self.handle, zone, name, qtype, outcome, self.name)
        elif query.spelled != name:
            return
        reply.good_until = FOREVER
        reply.still = partial(self.handle.says, name, qtype, outcome)

    async def _complete(self, query: Query, begun: Elsewhere) -> Reply:
        """Asks the server itself where aliases lead to. One whose target nobody says anything about is left out."""
        answer, truncated = list(begun.records), 0
        for alias in begun.aliases:
            further = await query.server.ask(query, alias.target, query.qtype)
            if further is not None:
                answer += [*alias.chain, *further.answer]
                truncated |= further.flags & codes.TC
        if not answer:
            return _reply(query, begun.otherwise)
        reply = Reply.to(query, flags=codes.AA | truncated)
        reply.answer = answer
        return reply

    def metadata(self, query: Query) -> dict[str, str]:
        found = labels_of_query(self.handle.current, query.name, query.client[0])
        return {f"{self.name}/{label}": value for label, value in found}

    def search_path(self, query: Query) -> tuple[Name, ...] | None:
        """See `KnowsSearchPaths`: the domains that the kubelet gives to Pods."""
        table = self.handle.current
        zone = table.zone_of(query.name)
        if zone is None or table.options.pods is not PodMode.VERIFIED:
            return None
        pods = table.view.pods_by_ip.get(query.client[0], ())
        if not pods:
            return ()
        services = from_labels([SERVICE], zone.name)
        return from_labels([pods[0].namespace.encode()], services), services, zone.name

    def transfer(self, zone: Name, serial: int | None) -> Iterator[list[Record]] | None:
        """See `Transferable`."""
        return self.handle.current.transfer(zone, serial)


def _reply(query: Query, outcome: Found | Missing) -> Reply:
    reply = Reply.to(query, flags=codes.AA)
    match outcome:
        case Found(records, additional):
            reply.answer = list(records)
            reply.additional = list(additional)
        case Missing(soa, exists):
            reply.rcode = codes.NOERROR if exists else codes.NXDOMAIN
            reply.authority = [soa]
    return reply


def setup(args: Args, setting: Setting) -> Plugin:
    """Reads `kubernetes`. Raises `CorefileError`."""
    options = read_options(args)
    if options.unused:
        names = ", ".join(dict.fromkeys(options.unused))
        setting.world.log.info(
            f"The cluster is made from manifests; no API server is asked: {names} not used", "kubernetes"
        )
    handle = setting.world.tables.open(replace(options.table, own_addresses=own_addresses(setting)))
    return Kubernetes(handle, options.fallthrough)


def own_addresses(setting: Setting) -> tuple[str, ...] | None:
    """The server's addresses but for loopback, without the interface that a link-local one names.

    None where it stands for the cluster's DNS. CoreDNS knows no address of its own where `bind` names some.
    """
    if setting.hosts:
        return ()
    if setting.world.addresses is None:
        return None
    plain = [text.partition("%")[0] for text in setting.world.addresses()]
    return tuple(text for text in plain if not ipaddress.ip_address(text).is_loopback)
