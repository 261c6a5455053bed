"""The DNS specification of Kubernetes (kubernetes/dns, docs/specification.md), section by section, as CoreDNS has it.

Each function tells what a path stands for: its members, none for a name that exists without any, or None for a name
that does not exist. Knows objects and paths, no zone, no record, no message.
"""

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from clusterdns.cluster.cluster import SERVICE_NAME_LABEL
from clusterdns.cluster.objects import Service
from clusterdns.records.addresses import pack_address
from clusterdns.records.backends import ANY_PORT, Backend, Backends, Port, backends_of, ports_of
from clusterdns.records.options import PodMode
from clusterdns.records.paths import POD, Path
from clusterdns.records.view import View, cluster_ips, is_headless

VERSION: Final = b"1.1.0"
"""Of the specification (2.2): the TXT record of `dns-version`."""
VERSION_TTL: Final = 28800  # seconds, whatever the options say


class Member(NamedTuple):
    """One of the things that a name stands for."""

    host: str  # an address, or a host name
    port: int
    name: str  # what an SRV record calls it, relative to the zone


Members = list[Member]


def find_members(view: View, path: Path, *, multicluster: bool) -> Members | None:
    """What a path stands for; `multicluster` is for zones of ServiceImports."""
    if not path.namespace:
        return []
    if not view.exposed(path.namespace):
        return None
    if path.kind == POD:
        return pod(view, path)
    if not path.name:
        return []
    return imported_service(view, path) if multicluster else service(view, path)


def service(view: View, path: Path) -> Members | None:
    """2.3 to 2.5: decides which sort of Service it is."""
    key = (path.namespace, path.name)
    found = view.service(key)
    if found is None:
        return None
    headless, external = is_headless(found), found.spec.type == "ExternalName"
    if view.options.ignore_empty_service and not (headless or external or view.backends(key).all):
        return None
    if path.topology and not headless:
        return None
    base = f"{found.name}.{found.namespace}.svc"
    if external:
        return external_name(found, path, base)
    if headless or path.endpoint:
        return endpoints(view.backends(key), path, base)
    return cluster_addresses(cluster_ips(found), ports_of(found.spec.ports) or ANY_PORT, path, base)


def cluster_addresses(ips: Iterable[str], ports: Iterable[Port], path: Path, base: str) -> Members | None:
    """2.3: a Service with cluster addresses, or one of its ports."""
    asked = [port for port in ports if port.is_asked(path.port, path.protocol)]
    return [Member(ip, port.number, base) for port in asked for ip in ips] if asked else None


def endpoints(backends: Backends, path: Path, base: str) -> Members | None:
    """2.4: a headless Service, one of its ports, or an endpoint of any Service.

    With a topology zone, which is CoreDNS's own, the name exists whatever zone it is.
    """
    among: Iterable[Backend] = backends.labelled.get(path.endpoint, ()) if path.endpoint else backends.all
    if path.topology:
        near = [backend for backend in among if backend.topology.encode() == path.topology]
        among = among if path.prefer and not near else near
    found = _ports_of(among, path, lambda backend: f"{backend.label}.{base}")
    return found if found or path.topology else None


def external_name(found: Service, path: Path, base: str) -> Members | None:
    """2.5: an alias of a host. It has neither endpoints nor ports, and an address is no host."""
    if path.endpoint or path.port or path.protocol or pack_address(found.spec.external_name) is not None:
        return None
    return [Member(found.spec.external_name, 0, base)]


def imported_service(view: View, path: Path) -> Members | None:
    """A ServiceImport (KEP-1645): like a Service, but an endpoint's name has its cluster in it."""
    key = (path.namespace, path.name)
    found = view.service_import(key)
    if found is None:
        return None
    backends = view.backends(key, imported=True)
    headless = found.spec.type == "Headless"
    if view.options.ignore_empty_service and not (headless or backends.all):
        return None
    base = f"{found.name}.{found.namespace}.svc"
    if not (headless or path.endpoint):
        return cluster_addresses(found.spec.ips, ports_of(found.spec.ports), path, base)
    among: Iterable[Backend] = backends.all
    if path.endpoint:
        labelled = backends.labelled.get(path.endpoint, ())
        among = [backend for backend in labelled if backend.cluster.lower().encode() == path.cluster]
    return _ports_of(among, path, lambda backend: f"{backend.label}.{backend.cluster}.{base}") or None


def pod(view: View, path: Path) -> Members | None:
    """An address with dashes for its dots or colons. What stands left of it doesn't matter."""
    mode = view.options.pods
    if mode is PodMode.DISABLED or b"." in path.name:  # a dot within a label is no part of an address
        return None
    if not path.name:
        return []
    label = path.name.decode("ascii", "replace")
    ip = label.replace("-", "." if label.count("-") == 3 and "--" not in label else ":")
    member = Member(ip, 0, f"{label}.{path.namespace.decode()}.pod")
    if mode is PodMode.INSECURE:
        return None if pack_address(ip) is None else [member]
    return [member for found in view.pods_by_ip.get(ip, ()) if found.namespace.encode() == path.namespace] or None


def pointers(view: View, address: str) -> list[str]:
    """2.3.3 and 2.4.3: the names, relative to the zone, that the PTR records of an address tell.

    A Service with that cluster address hides endpoints. Namespaces that are not listed are hidden, but not those that
    don't exist or lack a label.
    """
    restricted = bool(view.options.namespaces)
    for found in view.services_by_ip.get(address, ()):
        if not restricted or view.exposed(found.namespace.encode()):
            return [f"{found.name}.{found.namespace}.svc"]
    return [
        f"{backend.label}.{part.metadata.labels.get(SERVICE_NAME_LABEL, '')}.{part.namespace}.svc"
        for part in view.slices_by_ip.get(address, ())
        if not restricted or view.exposed(part.namespace.encode())
        for backend in backends_of(part, pod_names=view.options.endpoint_pod_names)
        if backend.address == address
    ]


def _ports_of(among: Iterable[Backend], path: Path, name: Callable[[Backend], str]) -> Members:
    """The ports asked for of each backend."""
    return [
        Member(backend.address, port.number, name(backend))
        for backend in among
        for port in backend.ports
        if port.is_asked(path.port, path.protocol)
    ]
