"""Every name of a table that is not computed, with all its records: what `get records` prints.

Unlike a transfer, it holds what questions are answered with. Knows objects and what a table says of a name.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from clusterdns.cluster.objects import Service, ServiceImport
from clusterdns.dns import codes
from clusterdns.dns.names import Name, reverse_name
from clusterdns.dns.record import Record
from clusterdns.records.addresses import dashed, pack_address
from clusterdns.records.answers import below
from clusterdns.records.backends import ports_of
from clusterdns.records.outcomes import Found, Outcome
from clusterdns.records.view import View, is_headless, service_key
from clusterdns.records.zone import Zone

Lookup = Callable[[Name, int], Outcome | None]

_TOP: Final = {"": (codes.SOA, codes.NS), "ns.dns": (codes.A, codes.AAAA), "dns-version": (codes.TXT,)}
_TYPES: Final = (codes.CNAME, codes.A, codes.AAAA, codes.SRV)


def zone_records(view: View, zone: Zone, lookup: Lookup) -> Iterator[Record]:
    """The records of all names of a zone but PTR."""
    for relative, types in _TOP.items():
        yield from _records(relative, types, zone, lookup)
    if not zone.reverse:
        for relative in dict.fromkeys(_names(view, multicluster=zone.multicluster)):
            yield from _records(relative, _TYPES, zone, lookup)


def pointer_records(view: View, lookup: Lookup) -> Iterator[Record]:
    """The PTR records of all addresses."""
    for ip in dict.fromkeys([*view.services_by_ip, *view.slices_by_ip]):
        if pack_address(ip) is not None:
            outcome = lookup(reverse_name(ip), codes.PTR)
            if isinstance(outcome, Found):
                yield from outcome.records


def _records(relative: str, types: Iterable[int], zone: Zone, lookup: Lookup) -> Iterator[Record]:
    """The records of one name. What is behind an alias has a name of its own."""
    name = below(relative, zone.name)
    if name is None:
        return
    for rtype in types:
        outcome = lookup(name, rtype)
        if isinstance(outcome, Found):
            yield from outcome.records
            if rtype == codes.CNAME:
                return


def _names(view: View, *, multicluster: bool) -> Iterator[str]:
    """Names relative to the zone, some more than once."""
    for things in (view.imports if multicluster else view.services).values():
        for thing in things:
            yield from _service_names(view, thing, f"{thing.name}.{thing.namespace}.svc")
    for pods in view.pods_by_ip.values():
        for pod in pods:
            yield f"{dashed(pod.status.pod_ip)}.{pod.namespace}.pod"


def _service_names(view: View, service: Service | ServiceImport, base: str) -> Iterator[str]:
    imported = isinstance(service, ServiceImport)
    headless = service.spec.type == "Headless" if isinstance(service, ServiceImport) else is_headless(service)
    backends = view.backends(service_key(service.namespace, service.name), imported=imported).all
    listed = ports_of(service.spec.ports)
    yield base
    for port in dict.fromkeys(port for backend in backends for port in backend.ports) if headless else listed:
        if port.name:
            yield f"_{port.name.decode()}._{port.protocol.decode()}.{base}"
    for backend in backends:
        yield f"{backend.label}.{backend.cluster}.{base}" if imported else f"{backend.label}.{base}"
