"""The EndpointSlices of each Service: those given, those made from its selector, those mirrored from its Endpoints.

Slices in a dump of a live cluster that a controller made there are replaced by what that controller makes here.
"""

from collections.abc import Iterable, Mapping
from typing import cast

from clusterdns.cluster import endpoints, endpoints_mirror
from clusterdns.cluster.changes import Change
from clusterdns.cluster.cluster import SERVICE_NAME_LABEL, Cluster, Name, name_of
from clusterdns.cluster.objects import Endpoints, EndpointSlice, Key, Node, Object, Service
from clusterdns.cluster.selectors import SelectorIndex

Slices = dict[str, EndpointSlice]


class EndpointSlices:
    """Keeps the EndpointSlices in the cluster as Services, Pods, Endpoints and given slices want them."""

    def __init__(self, given: Mapping[str, Mapping[Name, Object]], cluster: Cluster, index: SelectorIndex) -> None:
        self._given, self._cluster, self._index = given, cluster, index
        self._by_service: dict[Name, Slices] = {}  # the given ones

    def note(self, changes: Iterable[Change]) -> set[Name]:
        """Follows changes of given slices and Endpoints; returns the Services whose slices that may concern."""
        services: set[Name] = set()
        for key, old, new in changes:
            if key.kind == "Endpoints":
                services.add((key.namespace, key.name))
            elif key.kind == "EndpointSlice":
                services |= self._note_slice(cast("EndpointSlice | None", old), cast("EndpointSlice | None", new))
                services.add((key.namespace, key.name.rpartition("-")[0]))  # it might take a name from this one
        return services

    def _note_slice(self, old: EndpointSlice | None, new: EndpointSlice | None) -> set[Name]:
        services = set()
        if old is not None:
            services.add(service := _service_of(old))
            del self._by_service[service][old.name]
            if not self._by_service[service]:
                del self._by_service[service]
        if new is not None:
            services.add(service := _service_of(new))
            self._by_service.setdefault(service, {})[new.name] = new
        return services

    def sync(self, service_name: Name) -> None:
        """Brings the slices labelled with a Service's name (which may be none, and need not exist) up to date."""
        service = self._cluster.services.get(service_name)
        given = self._by_service.get(service_name, {})
        replaced = self._replaced_makers(service)
        wanted = {name: one for name, one in given.items() if _maker_of(one) not in replaced}

        def taken(name: str) -> bool:
            return name in wanted or (name not in given and (service_name[0], name) in self._given["EndpointSlice"])

        if service is not None:
            wanted |= {one.name: one for one in self._made(service, taken)}
        for slice_ in self._cluster.slices_of(*service_name):
            if slice_.name not in wanted:
                self._cluster.remove(Key("EndpointSlice", *name_of(slice_)))
        for slice_ in wanted.values():
            self._cluster.put(slice_)

    def _made(self, service: Service, taken: endpoints.Taken) -> list[EndpointSlice]:
        if service.spec.selector:
            if service.spec.type == "ExternalName":
                return []
            pods = [self._cluster.pods[pod] for pod in self._index.pods_of(name_of(service))]
            return endpoints.slices_from_selector(service, pods, self._cluster.of(Node), taken)
        written = self._endpoints_of(service)
        if written is None or not endpoints_mirror.is_mirrored(written):
            return []
        return endpoints_mirror.slices_from_endpoints(written, taken)

    def _replaced_makers(self, service: Service | None) -> tuple[str, ...]:
        """The controllers whose slices are made anew for a Service, or would be deleted."""
        if service is None:
            return ()
        if not service.spec.selector:
            return (endpoints_mirror.CONTROLLER,) if self._endpoints_of(service) else ()
        if service.spec.type == "ExternalName":
            return (endpoints_mirror.CONTROLLER,)
        return (endpoints.CONTROLLER, endpoints_mirror.CONTROLLER)

    def _endpoints_of(self, service: Service) -> Endpoints | None:
        return cast("Endpoints | None", self._given["Endpoints"].get(name_of(service)))


def _service_of(slice_: EndpointSlice) -> Name:
    return (slice_.namespace, slice_.metadata.labels.get(SERVICE_NAME_LABEL, ""))


def _maker_of(slice_: EndpointSlice) -> str | None:
    return slice_.metadata.labels.get(endpoints.MANAGED_BY_LABEL)
