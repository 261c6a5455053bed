"""A whole zone, record by record, as CoreDNS transfers it (its xfr.go).

That is not quite what questions are answered with: addresses of name servers have TTL 0, SRV weights are reckoned for
each EndpointSlice, a port without a number is 65535, and endpoints of Services with a cluster address, ports without
a name, Pods and PTR records are left out. Knows objects and the zone's name.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from clusterdns.cluster.objects import EndpointSlice, Service, ServiceImport
from clusterdns.dns import codes
from clusterdns.dns.names import ROOT, Name
from clusterdns.dns.record import Record
from clusterdns.records import apex
from clusterdns.records.addresses import pack_address
from clusterdns.records.answers import address_record, below, host_name, srv_rdata, srv_weight
from clusterdns.records.backends import ANY_PORT, Port, backends_of, ports_of
from clusterdns.records.view import View, cluster_ips, service_key

_TYPES: Final = frozenset({"ClusterIP", "NodePort", "LoadBalancer"})
_WHOLE: Final = 100


def whole_zone(view: View, zone: Name, soa: Record, *, multicluster: bool) -> Iterator[list[Record]]:
    """All records, SOA first and last, in batches that belong together."""
    yield [soa]
    servers, glue = apex.name_server_records(apex.name_servers(view), zone, view.options.ttl, 0)
    yield [*servers, *glue]
    names = _Names(zone, view.options.ttl, pod_names=view.options.endpoint_pod_names)
    listed: Iterable[tuple[Service | ServiceImport, ...]] = (view.imports if multicluster else view.services).values()
    exposed = [thing for things in listed for thing in things if view.exposed(thing.namespace.encode())]
    for thing in sorted(exposed, key=lambda thing: (thing.name, thing.namespace)):
        key = service_key(thing.namespace, thing.name)
        base = f"{thing.name}.{thing.namespace}.svc"
        if isinstance(thing, ServiceImport):
            ips, ports = thing.spec.ips, ports_of(thing.spec.ports)
            yield list(names.of_addresses(base, ips, ports, view.import_slices.get(key, ())))
        elif thing.spec.type == "ExternalName":
            yield list(names.of_alias(base, thing.spec.external_name))
        elif thing.spec.type in _TYPES:
            ports = ports_of(thing.spec.ports) or ANY_PORT
            yield list(names.of_addresses(base, cluster_ips(thing), ports, view.slices.get(key, ())))
    yield [soa]


class _Names:
    """Makes the records of Services. `base` is a Service's name, relative to the zone."""

    def __init__(self, zone: Name, ttl: int, *, pod_names: bool) -> None:
        self._zone = zone
        self._ttl = ttl
        self._pod_names = pod_names

    def of_alias(self, base: str, host: str) -> Iterator[Record]:
        owner, target = below(base, self._zone), host_name(host)
        if owner and target and pack_address(host) is None:
            yield Record(owner, codes.CNAME, self._ttl, target)

    def of_addresses(
        self, base: str, ips: list[str], ports: Iterable[Port], slices: Iterable[EndpointSlice]
    ) -> Iterator[Record]:
        if not ips or pack_address(ips[0]) is None:
            for part in slices:
                yield from self._of_slice(base, part)
            return
        for ip in ips:
            yield from self._address(base, ip)
        target = base if pack_address(ips[-1]) else ""
        for port in ports:
            yield from self._srv(base, _WHOLE, port, target)
            yield from self._named_srv(base, _WHOLE, port, target)

    def _of_slice(self, base: str, part: EndpointSlice) -> Iterator[Record]:
        backends = list(backends_of(part, pod_names=self._pod_names))
        for backend in backends:
            endpoint = f"{backend.label}.{base}"
            yield from self._address(base, backend.address)
            yield from self._address(endpoint, backend.address)
            target = endpoint if pack_address(backend.address) else ""
            for port in backend.ports:
                yield from self._named_srv(base, srv_weight(len(backends)), port, target)

    def _address(self, name: str, ip: str) -> Iterator[Record]:
        owner, packed = below(name, self._zone), pack_address(ip)
        if owner and packed:
            yield address_record(owner, packed, self._ttl)

    def _named_srv(self, base: str, weight: int, port: Port, target: str) -> Iterator[Record]:
        if port.name:
            yield from self._srv(f"_{port.name.decode()}._{port.protocol.decode()}.{base}", weight, port, target)

    def _srv(self, name: str, weight: int, port: Port, target: str) -> Iterator[Record]:
        """An SRV record; a `target` that has no address is the root, that is none (RFC 2782)."""
        owner, to = below(name, self._zone), below(target, self._zone) if target else ROOT
        if owner and to:
            yield Record(owner, codes.SRV, self._ttl, srv_rdata(weight, port.number, to))
