"""A whole external zone, record by record, as CoreDNS transfers it (its k8s_external/transfer.go).

Some records come more than once, and of the SRV records with one owner only the first. What host names lead to is left
out. Knows a cluster's objects and the zone.
"""

from collections.abc import Iterator

from clusterdns.cluster.objects import Service
from clusterdns.dns import codes
from clusterdns.dns.names import ROOT, count_labels, name_text, parent
from clusterdns.dns.record import Record
from clusterdns.plugins.k8s_external.answers import Zone
from clusterdns.records.addresses import pack_address
from clusterdns.records.answers import below, host_name
from clusterdns.records.backends import ANY_PORT, Port, ports_of
from clusterdns.records.external import external_servers
from clusterdns.records.schema import Member, Members
from clusterdns.records.view import View, external_hosts, is_headless, service_key


def whole_zone(view: View, zone: Zone, serial: int | None, *, headless: bool) -> Iterator[list[Record]]:
    """All records, SOA first and last, in batches that belong together; the SOA alone if `serial` is as new."""
    yield [zone.soa]
    if serial and serial >= zone.serial & 0xFFFFFFFF:
        return
    yield [zone.ns, *zone.glue(zone.server, external_servers(view, headless=headless))]
    services = [thing for things in view.services.values() for thing in things]
    seen: set[bytes] = set()
    for service in services:
        yield from _of_addresses(zone, service, seen)
    for service in services:
        if headless and not external_hosts(service) and is_headless(service):
            yield from _of_endpoints(view, zone, service)
    yield [zone.soa]


def _of_addresses(zone: Zone, service: Service, seen: set[bytes]) -> Iterator[list[Record]]:
    """A Service with external addresses: its own name, and a name for each port. `seen` are owners of SRV records."""
    base = f"{service.name}.{service.namespace}"
    for host in external_hosts(service):
        for port in ports_of(service.spec.ports) or ANY_PORT:
            yield from _all_types(zone, base, [Member(host, port.number, base)], seen)
            yield from _services(zone, _of_port(port, base), [Member(_strip(host), port.number, base)], seen)


def _of_endpoints(view: View, zone: Zone, service: Service) -> Iterator[list[Record]]:
    """A headless Service: its own name, a name for each endpoint, and one for each named port."""
    base = f"{service.name}.{service.namespace}"
    backends = view.backends(service_key(service.namespace, service.name)).all
    members = [Member(each.address, port.number, f"{each.label}.{base}") for each in backends for port in each.ports]
    if not members:
        return
    yield from _all_types(zone, base, members, set())
    for member in members:
        yield from _all_types(zone, member.name, [member], set())
    named: dict[str, Members] = {}
    for each in backends:
        for port in each.ports:
            if port.name and (target := below(f"{each.label}.{base}", zone.name)) is not None:
                member = Member(name_text(target), port.number, "")
                named.setdefault(_of_port(port, base), []).append(member)
    for name, targets in named.items():
        yield from _services(zone, name, targets, set())


def _all_types(zone: Zone, relative: str, members: Members, seen: set[bytes]) -> Iterator[list[Record]]:
    owner = below(relative, zone.name)
    if owner is not None:
        yield zone.addresses(owner, members, codes.A)
        yield zone.addresses(owner, members, codes.AAAA)
        yield from _services(zone, relative, members, seen)


def _services(zone: Zone, relative: str, members: Members, seen: set[bytes]) -> Iterator[list[Record]]:
    owner = below(relative, zone.name)
    if owner is not None and owner not in seen:
        records = list(zone.services(owner, members).records.values())
        if records:
            seen.add(owner)
        yield records


def _of_port(port: Port, base: str) -> str:
    return f"_{port.name.decode()}._{port.protocol.decode()}.{base}"


def _strip(host: str) -> str:
    """CoreDNS takes the first two labels off every target of a port, and so off host names that have more."""
    name = host_name(host)
    if pack_address(host) is not None or name is None or name == ROOT or count_labels(name) < 3:
        return host
    return name_text(parent(parent(name)))
