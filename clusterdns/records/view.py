"""The objects of a cluster as one table sees them: filtered by its options, found by what questions name.

Immutable: a change makes another view, which shares all objects with the one before. Objects that the options hide are
not here at all, as an API server's selectors would leave them out. Knows no name of DNS but labels.
"""

from bisect import insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from clusterdns.cluster.builtin import DNS_SERVICE
from clusterdns.cluster.changes import Change
from clusterdns.cluster.cluster import SERVICE_NAME_LABEL
from clusterdns.cluster.objects import EndpointSlice, Namespace, Object, Pod, Service, ServiceImport
from clusterdns.records.backends import Backends, is_ready
from clusterdns.records.options import PodMode, TableOptions

ServiceKey = tuple[bytes, bytes]
"""Namespace and name of a Service, as labels."""

IMPORT_LABEL: Final = "multicluster.kubernetes.io/service-name"

_ENDED: Final = frozenset({"Succeeded", "Failed", "Unknown"})


@dataclass(frozen=True, slots=True)
class View:
    """Objects by key, those under one key sorted by namespace and name. Addresses are texts, as objects have them."""

    options: TableOptions
    namespaces: dict[bytes, tuple[Namespace, ...]] = field(default_factory=dict)
    services: dict[ServiceKey, tuple[Service, ...]] = field(default_factory=dict)
    services_by_ip: dict[str, tuple[Service, ...]] = field(default_factory=dict)
    services_by_external: dict[str, tuple[Service, ...]] = field(default_factory=dict)
    slices: dict[ServiceKey, tuple[EndpointSlice, ...]] = field(default_factory=dict)
    slices_by_ip: dict[str, tuple[EndpointSlice, ...]] = field(default_factory=dict)  # by ready addresses
    imports: dict[ServiceKey, tuple[ServiceImport, ...]] = field(default_factory=dict)
    import_slices: dict[ServiceKey, tuple[EndpointSlice, ...]] = field(default_factory=dict)
    pods_by_ip: dict[str, tuple[Pod, ...]] = field(default_factory=dict)
    servers: tuple[EndpointSlice, ...] = ()  # of the cluster's DNS Service, if the server stands for its Pods
    _backends: tuple[dict[ServiceKey, Backends], ...] = field(
        default_factory=lambda: ({}, {}), compare=False
    )  # those asked for

    def changed(self, changes: Iterable[Change]) -> "View":
        """The view after some objects changed; this very one if it shows none of them."""
        changes = list(changes)
        seen = [change for change in changes if self.shows(change.old) or self.shows(change.new)]
        servers = self._servers_after(changes)
        if not seen and servers is self.servers:
            return self
        fresh: dict[str, Any] = {}

        def index(name: str) -> dict[Any, Any]:
            if name not in fresh:
                fresh[name] = dict(getattr(self, name))
            found: dict[Any, Any] = fresh[name]
            return found

        for _, old, new in seen:
            if old is not None and self.shows(old):
                for name, key in self._places(old):
                    _take(index(name), key, old)
            if new is not None and self.shows(new):
                for name, key in self._places(new):
                    _put(index(name), key, new)
        backends = ({}, {}) if fresh.keys() & {"slices", "import_slices"} else self._backends
        return replace(self, **fresh, servers=servers, _backends=backends)

    def has_same(self, key: ServiceKey, other: "View") -> bool:
        """Are the Service and ServiceImport of that name, their endpoints and their namespace the same in both?"""
        return (
            (self.services is other.services or self.services.get(key) is other.services.get(key))
            and (self.slices is other.slices or self.slices.get(key) is other.slices.get(key))
            and (self.imports is other.imports or self.imports.get(key) is other.imports.get(key))
            and (
                self.import_slices is other.import_slices or self.import_slices.get(key) is other.import_slices.get(key)
            )
            and (self.namespaces is other.namespaces or self.namespaces.get(key[0]) is other.namespaces.get(key[0]))
        )

    @property
    def own_addresses(self) -> tuple[str, ...]:
        """The addresses that the server has, or would have in this cluster."""
        if self.options.own_addresses is not None:
            return self.options.own_addresses
        return tuple(ip for part in self.servers for endpoint in part.endpoints for ip in endpoint.addresses)

    def _servers_after(self, changes: Iterable[Change]) -> tuple[EndpointSlice, ...]:
        mine = [change for change in changes if _is_of_server(change.old) or _is_of_server(change.new)]
        if self.options.own_addresses is not None or not mine:
            return self.servers
        servers: dict[str, Any] = {part.name: part for part in self.servers}
        for key, _, new in mine:
            servers.pop(key.name, None)
            if _is_of_server(new):
                servers[key.name] = new
        return tuple(servers[name] for name in sorted(servers))

    def exposed(self, namespace: bytes) -> bool:
        """Does the namespace exist, and do the options show it?"""
        listed = self.options.namespaces
        return namespace in self.namespaces and (not listed or namespace.decode() in listed)

    def service(self, key: ServiceKey) -> Service | None:
        return self.services.get(key, (None,))[0]

    def service_import(self, key: ServiceKey) -> ServiceImport | None:
        return self.imports.get(key, (None,))[0]

    def backends(self, key: ServiceKey, *, imported: bool = False) -> Backends:
        """What is behind a Service, or behind a ServiceImport."""
        known = self._backends[imported]
        if key not in known:
            slices = (self.import_slices if imported else self.slices).get(key, ())
            known[key] = Backends(slices, pod_names=self.options.endpoint_pod_names)
        return known[key]

    def shows(self, thing: Object | None) -> bool:
        """Would CoreDNS, with these options, watch the object?"""
        options = self.options
        match thing:
            case Service():
                return options.labels.matches(thing.metadata.labels)
            case EndpointSlice():
                watched = options.endpoints or bool(options.multicluster)
                return watched and options.labels.matches(thing.metadata.labels)
            case Pod():
                verified = options.pods is PodMode.VERIFIED
                return verified and _has_address(thing) and options.labels.matches(thing.metadata.labels)
            case Namespace():
                return options.namespace_labels.matches(thing.metadata.labels)
            case ServiceImport():  # by the labels meant for namespaces, as in CoreDNS
                return bool(options.multicluster) and options.namespace_labels.matches(thing.metadata.labels)
            case _:
                return False

    def _places(self, thing: Object) -> Iterator[tuple[str, Any]]:
        """Where the object is found: the name of each index, and the key in it."""
        key = service_key(thing.metadata.namespace, thing.metadata.name)
        match thing:
            case Service():
                yield "services", key
                for ip in {*cluster_ips(thing)} - {"", "None"}:
                    yield "services_by_ip", ip
                for host in {*external_hosts(thing)}:
                    yield "services_by_external", host
            case EndpointSlice():
                yield from self._places_of_slice(thing)
            case Pod():
                yield "pods_by_ip", thing.status.pod_ip
            case Namespace():
                yield "namespaces", key[1]
            case ServiceImport():
                yield "imports", key

    def _places_of_slice(self, part: EndpointSlice) -> Iterator[tuple[str, Any]]:
        namespace, labels = part.metadata.namespace, part.metadata.labels
        if self.options.endpoints:
            if service := labels.get(SERVICE_NAME_LABEL):
                yield "slices", service_key(namespace, service)
            for ip in {ip for endpoint in part.endpoints if is_ready(endpoint) for ip in endpoint.addresses}:
                yield "slices_by_ip", ip
        if self.options.multicluster and IMPORT_LABEL in labels:
            yield "import_slices", service_key(namespace, labels[IMPORT_LABEL])


def service_key(namespace: str, name: str) -> ServiceKey:
    return namespace.encode(), name.encode()


def cluster_ips(service: Service) -> list[str]:
    """The cluster addresses of a Service; `None` alone is a headless one."""
    return service.spec.cluster_ips or [service.spec.cluster_ip]


def external_hosts(service: Service) -> list[str]:
    """The addresses and host names of a Service outside of the cluster."""
    ingress = [each.ip or each.hostname for each in service.status.load_balancer.ingress]
    return service.spec.external_ips + ingress if ingress else service.spec.external_ips


def is_headless(service: Service) -> bool:
    return cluster_ips(service)[0] == "None"


def _has_address(pod: Pod) -> bool:
    """Is it a Pod that runs, or may soon, and has an address?"""
    ended = pod.status.phase in _ENDED or pod.metadata.deletion_timestamp is not None
    return bool(pod.status.pod_ip) and not ended


def _is_of_server(thing: Object | None) -> bool:
    """Is it a slice of the cluster's DNS Service?"""
    if not isinstance(thing, EndpointSlice):
        return False
    return (thing.namespace, thing.metadata.labels.get(SERVICE_NAME_LABEL)) == DNS_SERVICE


def _order(thing: Object) -> tuple[str, str]:
    return thing.metadata.namespace, thing.metadata.name


def _put(index: dict[Any, tuple[Object, ...]], key: Any, thing: Object) -> None:
    others = index.get(key)
    if others is None:
        index[key] = (thing,)
        return
    together = list(others)
    insort(together, thing, key=_order)
    index[key] = tuple(together)


def _take(index: dict[Any, tuple[Object, ...]], key: Any, thing: Object) -> None:
    rest = tuple(other for other in index.get(key, ()) if _order(other) != _order(thing))
    if rest:
        index[key] = rest
    else:
        index.pop(key, None)
