"""The control plane: what the API server, controllers, scheduler and kubelets would make of the objects given.

One round of changes flows through the controllers in the order in which they depend on each other: built-in objects,
workloads, Services, Pods, addresses, EndpointSlices. Each looks only at what the change touches, and what each makes
depends only on what is there, so that a running server and a fresh start agree.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from clusterdns.cluster import builtin
from clusterdns.cluster.addressbook import AddressBook
from clusterdns.cluster.changes import Change
from clusterdns.cluster.cluster import Cluster, Name
from clusterdns.cluster.declared import Declared
from clusterdns.cluster.endpoints_sync import EndpointSlices
from clusterdns.cluster.objects import Namespace, Node
from clusterdns.cluster.pods import Pods
from clusterdns.cluster.selectors import SelectorIndex
from clusterdns.cluster.services import Services
from clusterdns.cluster.settings import Settings
from clusterdns.cluster.workloads import Workloads
from clusterdns.cluster.workloads_nodes import Scheduler, internal_addresses

COMPLETED = frozenset(("Service", "Pod", "EndpointSlice", "ReplicaSet"))
"""Kinds that are shown by their controllers; all others are shown as they are given."""


class ControlPlane:
    """Makes a cluster of given objects, and keeps it up to date. `cluster` is to be read, and changes in place."""

    def __init__(self, settings: Settings) -> None:
        self.cluster = Cluster()
        self._declared = Declared(settings)
        given = self._declared.objects
        self._index = SelectorIndex()
        self._book = AddressBook(settings)
        self._workloads = Workloads(given, self.cluster, Scheduler((), built_in=True))
        self._services = Services(settings, given["Service"], self.cluster, self._index, self._book)
        self._pods = Pods(self.cluster, self._workloads, self._services, self._index, self._book)
        self._slices = EndpointSlices(given, self.cluster, self._index)

    def apply(self, changes: Iterable[Change]) -> list[Change]:
        """Follows changes of given objects; returns what changed in the cluster, each object once.

        The same changes give the same list in the same order.
        """
        declared = self._declared.apply(changes)
        self._show(declared)
        nodes_changed = self._follow_nodes(declared)
        pods = self._workloads.sync(declared, nodes_changed=nodes_changed)
        services = {(key.namespace, key.name) for key, _, _ in declared if key.kind == "Service"}
        for name in sorted(services):
            pods |= self._services.plan(name)
        if nodes_changed:
            pods |= set(self._workloads.pods())
        for name in sorted(pods):
            self._pods.plan(name)
        moved = self._book.settle()
        services |= moved["Service"]
        self._services.write(sorted(services))
        concerned = self._slices.note(declared) | services | self._pods.write(sorted(pods | moved["Pod"]))
        if nodes_changed:
            concerned |= self.cluster.services.keys()  # for the zones of their endpoints
        for name in sorted(concerned):
            self._slices.sync(name)
        return self.cluster.journal()

    def set_ready(self, pod: Name, *, ready: bool) -> list[Change]:
        """Has a Pod fail its readiness probe, or pass it, until it is replaced; returns what `apply` does."""
        self._pods.tell(pod, ready=ready)
        for name in sorted(self._pods.write([pod])):
            self._slices.sync(name)
        return self.cluster.journal()

    def shortages(self) -> list[str]:
        """A sentence for the user on each range of addresses that is too small for this cluster."""
        return [
            f"{network} has no address for {len(names)} {kind}s, {'/'.join(names[0])} the first "
            f"(a larger --{kind.lower()}-cidr would do)"
            for kind, network, names in self._book.shortages()
        ]

    def _show(self, declared: Iterable[Change]) -> None:
        for key, _, new in declared:
            if key.kind in COMPLETED:
                continue
            if new is None:
                self.cluster.remove(key)
            else:
                self.cluster.put(_named(new) if isinstance(new, Namespace) else new)

    def _follow_nodes(self, declared: Iterable[Change]) -> bool:
        changed = [change for change in declared if change.key.kind == "Node"]
        for key, _, new in changed:
            addresses = internal_addresses(new) if isinstance(new, Node) else ()
            self._book.give("Node", (key.namespace, key.name), addresses)
        if changed:
            nodes = self.cluster.of(Node).values()
            self._workloads.scheduler = Scheduler(nodes, built_in=self._declared.nodes_built_in)
        return bool(changed)


def _named(namespace: Namespace) -> Namespace:
    """With the label of its name that the API server gives to every Namespace."""
    meta = namespace.metadata
    labels = {**meta.labels, **builtin.namespace(namespace.name).metadata.labels}
    return namespace if labels == meta.labels else replace(namespace, metadata=replace(meta, labels=labels))
