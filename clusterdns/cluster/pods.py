"""What a Pod gets from its life in the cluster: a Node, addresses, and a status that says it runs and is ready.

What a manifest says of these is kept; of its readiness somebody may say something else while the Pod is there. A Pod
that a manifest calls Pending, Succeeded or Failed gets no address, and one that no Node can take stays Pending.
"""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from clusterdns.cluster.addressbook import AddressBook
from clusterdns.cluster.cluster import Cluster, Name, pod_ips
from clusterdns.cluster.objects import Key, Pod, PodCondition, PodIP, PodSpec, PodStatus
from clusterdns.cluster.selectors import SelectorIndex
from clusterdns.cluster.services import Services
from clusterdns.cluster.settings import Family
from clusterdns.cluster.workloads import Workloads
from clusterdns.cluster.workloads_nodes import internal_addresses
from clusterdns.cluster.workloads_pods import REVISION_HASH

READY = PodCondition(type="Ready", status="True")
ONLY_READY = [READY]
NOT_READY = PodCondition(type="Ready", status="False")


class Pods:
    """Brings the Pods of `workloads` to life in the cluster: `plan` asks for their addresses, `write` shows them."""

    def __init__(
        self,
        cluster: Cluster,
        workloads: Workloads,
        services: Services,
        index: SelectorIndex,
        book: AddressBook,
    ) -> None:
        self._cluster, self._workloads, self._services = cluster, workloads, services
        self._index, self._book = index, book
        self._specs: dict[tuple[int, str], PodSpec] = {}
        self._told: dict[Name, tuple[Pod, bool]] = {}  # of which Pod it was said that it is ready, or not

    def plan(self, name: Name) -> None:
        """Notes in the book what a Pod has, and asks for what it lacks: an address of each family wanted of it."""
        pod = self._workloads.pod(name)
        if pod is None:
            self._book.give("Pod", name, ())
            self._book.ask("Pod", name, (), "")
            self._index.drop_pod(name)
            return
        self._index.put_pod(name, pod.metadata.labels)
        self._book.give("Pod", name, pod_ips(pod))
        lacking: tuple[Family, ...] = ()
        if not pod.spec.host_network and not pod_ips(pod) and _lives(pod, self._node(pod)):
            lacking = self._services.families_of_pod(name[0], pod.metadata.labels)
        # A StatefulSet's Pod keeps its name when the template changes; its revision makes it another Pod.
        revision = pod.metadata.labels.get(REVISION_HASH, "")
        self._book.ask("Pod", name, lacking, f"Pod/{pod.namespace}/{pod.name}/{revision}")

    def tell(self, name: Name, *, ready: bool) -> None:
        """Has a Pod be ready or not from its next `write` on, for as long as it is the Pod that it is now."""
        pod = self._workloads.pod(name)
        if pod is not None:
            self._told[name] = (pod, ready)

    def write(self, names: Iterable[Name]) -> set[Name]:
        """Shows Pods as they are now, or gone; returns the Services that selected or select one that changed."""
        concerned: set[Name] = set()
        for name in names:
            pod, old = self._workloads.pod(name), self._cluster.pods.get(name)
            new = None if pod is None else self._alive(pod, name)
            if new == old:
                continue
            if new is None:
                self._told.pop(name, None)
                self._cluster.remove(Key("Pod", *name))
            else:
                self._cluster.put(new)
            for one in filter(None, (old, new)):
                concerned.update(self._index.services_of(name[0], one.metadata.labels))
        self._specs.clear()
        return concerned

    def _node(self, pod: Pod) -> str:
        return self._workloads.scheduler.place(pod.namespace, pod.name, pod.spec)

    def _alive(self, pod: Pod, name: Name) -> Pod:
        node = self._node(pod)
        there = self._cluster.node(node)
        host = internal_addresses(there) if there else []
        ips = pod_ips(pod)
        if not ips and pod.spec.host_network and _lives(pod, node):
            ips = host
        elif not ips:
            ips = list(self._book.addresses_of("Pod", name).values())
        status = _status(pod, node, host, ips)
        told, ready = self._told.get(name, (None, False))
        if told is not None and told != pod:
            del self._told[name]
        elif told is not None:
            status = _with_ready(status, ready=ready)
        return replace(pod, spec=self._on_node(pod.spec, node), status=status)

    def _on_node(self, spec: PodSpec, node: str) -> PodSpec:
        """The spec bound to its Node; Pods that share a spec and a Node share the result, while `write` goes on."""
        if spec.node_name == node:
            return spec
        bound = self._specs.get((id(spec), node))
        if bound is None:
            bound = self._specs[id(spec), node] = replace(spec, node_name=node)
        return bound


def _lives(pod: Pod, node: str) -> bool:
    """Whether a Pod has started, so that it has an address."""
    return pod.status.phase == "Running" or (pod.status.phase == "" and node != "")


def _status(pod: Pod, node: str, host: Sequence[str], ips: Sequence[str]) -> PodStatus:
    given = pod.status
    conditions = given.conditions
    if ips and not any(condition.type == READY.type for condition in conditions):
        conditions = [*conditions, READY] if conditions else ONLY_READY
    return PodStatus(
        phase=given.phase or ("Running" if node else "Pending"),
        pod_ip=given.pod_ip or (ips[0] if ips else ""),
        pod_ips=[PodIP(ip=ip) for ip in ips],
        host_ip=given.host_ip or (host[0] if host else ""),
        conditions=conditions,
    )


def _with_ready(status: PodStatus, *, ready: bool) -> PodStatus:
    others = [condition for condition in status.conditions if condition.type != READY.type]
    return replace(status, conditions=[*others, READY if ready else NOT_READY])
