"""A cluster out of manifests in a test: YAML text in, the objects that the control plane makes out."""

import textwrap
from collections.abc import Iterable
from typing import TypeVar

from clusterdns.cluster import manifest
from clusterdns.cluster.changes import Change
from clusterdns.cluster.cluster import Cluster, pod_ips
from clusterdns.cluster.controlplane import ControlPlane
from clusterdns.cluster.objects import EndpointSlice, Key, Object, Pod, Service
from clusterdns.cluster.settings import Settings

T = TypeVar("T", bound=Object)


class Lab:
    """A control plane whose given objects a test applies and deletes as text."""

    def __init__(self, text: str = "", settings: Settings | None = None) -> None:
        self.plane = ControlPlane(settings or Settings())
        self.given: dict[Key, Object] = {}
        self.apply(text)

    @property
    def cluster(self) -> Cluster:
        return self.plane.cluster

    def apply(self, text: str) -> list[Change]:
        return self.apply_objects(objects_of(text))

    def apply_objects(self, objects: Iterable[Object]) -> list[Change]:
        changes = [Change(one.key(), self.given.get(one.key()), one) for one in objects]
        self.given.update((change.key, change.new) for change in changes if change.new)
        return self.plane.apply(changes)

    def delete(self, kind: str, name: str, namespace: str = "default") -> list[Change]:
        key = Key(kind, namespace, name)
        return self.plane.apply([Change(key, self.given.pop(key), None)])

    def one(self, kind: type[T], name: str, namespace: str = "default") -> T:
        return self.cluster.of(kind)[namespace if kind.namespaced else "", name]

    def cluster_ips(self, service: str, namespace: str = "default") -> list[str]:
        return self.one(Service, service, namespace).spec.cluster_ips

    def pods(self, prefix: str = "", namespace: str = "default") -> list[Pod]:
        return [
            pod
            for (there, name), pod in sorted(self.cluster.pods.items())
            if there == namespace and name.startswith(prefix)
        ]

    def ips(self, prefix: str = "", namespace: str = "default") -> list[str]:
        return [ip for pod in self.pods(prefix, namespace) for ip in pod_ips(pod)]

    def slices(self, service: str, namespace: str = "default") -> list[EndpointSlice]:
        return self.cluster.slices_of(namespace, service)

    def ready(self, service: str, namespace: str = "default") -> list[str]:
        """The addresses of the ready endpoints of a Service, sorted."""
        return sorted(
            address
            for one in self.slices(service, namespace)
            for endpoint in one.endpoints
            if endpoint.conditions.ready is not False
            for address in endpoint.addresses
        )


def objects_of(text: str) -> list[Object]:
    """The objects of manifests, which must have no problem."""
    read = manifest.read(textwrap.dedent(text), "test.yaml")
    assert read.problems() == []
    return read.objects()
