"""The whole cluster, as an API server would list it: every object, and the ways in which readers look for one.

Written by the control plane only, which also keeps the journal of what one round of changes did. Objects are never
changed in place: a changed object is a new one. This module knows no rule of any controller.
"""

from collections.abc import Iterator, Mapping
from typing import TypeVar, cast

from clusterdns.cluster.changes import Change
from clusterdns.cluster.objects import (
    KINDS,
    EndpointSlice,
    Key,
    Namespace,
    Node,
    Object,
    Pod,
    Service,
)

Name = tuple[str, str]
"""Namespace and name of an object; the namespace of cluster-wide kinds is empty."""

SERVICE_NAME_LABEL = "kubernetes.io/service-name"

T = TypeVar("T", bound=Object)


class Cluster:
    """All objects of a cluster, by kind and name. Views are live and not to be written."""

    def __init__(self) -> None:
        self._kinds: dict[str, dict[Name, Object]] = {kind: {} for kind in KINDS}
        self._slices: dict[Name, dict[str, EndpointSlice]] = {}
        self._before: dict[Key, Object | None] = {}

    def get(self, key: Key) -> Object | None:
        return self._kinds[key.kind].get((key.namespace, key.name))

    def __iter__(self) -> Iterator[Object]:
        """All objects, by kind in the order of KINDS, then by namespace and name."""
        for objects in self._kinds.values():
            for name in sorted(objects):
                yield objects[name]

    def __len__(self) -> int:
        return sum(map(len, self._kinds.values()))

    def of(self, kind: type[T]) -> Mapping[Name, T]:
        """All objects of a kind by (namespace, name)."""
        return cast("Mapping[Name, T]", self._kinds[kind.kind])

    @property
    def services(self) -> Mapping[Name, Service]:
        return self.of(Service)

    @property
    def pods(self) -> Mapping[Name, Pod]:
        return self.of(Pod)

    def namespace(self, name: str) -> Namespace | None:
        return self.of(Namespace).get(("", name))

    def node(self, name: str) -> Node | None:
        return self.of(Node).get(("", name))

    def slices_of(self, namespace: str, service: str) -> list[EndpointSlice]:
        """EndpointSlices labelled with the name of the Service, whether or not that exists, sorted by name."""
        slices = self._slices.get((namespace, service), {})
        return [slices[name] for name in sorted(slices)]

    # --- for the control plane ------------------------------------------------------------------------------------

    def put(self, new: Object) -> None:
        self._write(new.key(), new)

    def remove(self, key: Key) -> None:
        self._write(key, None)

    def journal(self) -> list[Change]:
        """What changed since the last call, each object once."""
        before, self._before = self._before, {}
        changes = (Change(key, old, self.get(key)) for key, old in before.items())
        return [change for change in changes if change.old != change.new]

    def _write(self, key: Key, new: Object | None) -> None:
        objects, name = self._kinds[key.kind], (key.namespace, key.name)
        old = objects.get(name)
        if old is new:
            return
        self._before.setdefault(key, old)
        if new is None:
            del objects[name]
        else:
            objects[name] = new
        if key.kind == "EndpointSlice":
            self._index_slice(cast("EndpointSlice | None", old), cast("EndpointSlice | None", new))

    def _index_slice(self, old: EndpointSlice | None, new: EndpointSlice | None) -> None:
        if old is not None:
            service = (old.namespace, old.metadata.labels.get(SERVICE_NAME_LABEL, ""))
            slices = self._slices[service]
            del slices[old.name]
            if not slices:
                del self._slices[service]
        if new is not None:
            service = (new.namespace, new.metadata.labels.get(SERVICE_NAME_LABEL, ""))
            self._slices.setdefault(service, {})[new.name] = new


def name_of(thing: Object) -> Name:
    return (thing.metadata.namespace, thing.metadata.name)


def pod_is_ready(pod: Pod) -> bool:
    """Does the status of a Pod say that it passes its readiness probe?"""
    return any(one.type == "Ready" and one.status == "True" for one in pod.status.conditions)


def pod_ips(pod: Pod | None) -> list[str]:
    """The addresses in the status of a Pod, each once, the one of `podIP` first."""
    if pod is None:
        return []
    status = pod.status
    if not status.pod_ips:
        return [status.pod_ip] if status.pod_ip else []
    return list(dict.fromkeys(entry.ip for entry in status.pod_ips))
