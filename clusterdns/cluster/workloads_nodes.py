"""Which Node a Pod runs on: what the scheduler and the DaemonSet controller would choose, as far as DNS can tell.

Respected are `nodeName`, `nodeSelector`, required node affinity, taints and `unschedulable`; preferences, other Pods
and resources are not. Among several Nodes the choice follows from the names alone (rendezvous hashing), so that a Node
that comes or goes moves no Pod between the others.
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b

import msgspec

from clusterdns.cluster.objects import Node, NodeSelectorTerm, PodSpec, Taint, Toleration
from clusterdns.cluster.selectors import satisfies, selects

CONTROL_PLANE_LABELS = ("node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master")
UNSCHEDULABLE = Taint(key="node.kubernetes.io/unschedulable", effect="NoSchedule")
# What the DaemonSet controller lets its Pods tolerate beyond what their template says.
DAEMON_TOLERATIONS = [
    Toleration(key=f"node.kubernetes.io/{condition}", operator="Exists")
    for condition in ("not-ready", "unreachable", "disk-pressure", "memory-pressure", "pid-pressure", "unschedulable")
]


def is_control_plane(node: Node) -> bool:
    return any(label in node.metadata.labels for label in CONTROL_PLANE_LABELS)


def internal_addresses(node: Node) -> list[str]:
    return [address.address for address in node.status.addresses if address.type == "InternalIP"]


class Scheduler:
    """Chooses among the Nodes of one moment. Built-in Nodes take a Pod that asks for labels which none of them has."""

    def __init__(self, nodes: Iterable[Node], *, built_in: bool) -> None:
        self._nodes = sorted(nodes, key=lambda node: node.name)
        self._built_in = built_in
        self._seeds = {node.name: _number(node.name) for node in self._nodes}
        self._candidates: dict[bytes, Sequence[Node]] = {}

    def place(self, namespace: str, name: str, spec: PodSpec) -> str:
        """The name of the Node for a Pod; "" if there is none for it."""
        if spec.node_name:
            return spec.node_name
        key = msgspec.json.encode((spec.node_selector, spec.affinity, spec.tolerations))
        candidates = self._candidates.get(key)
        if candidates is None:
            candidates = self._candidates[key] = self._candidates_for(spec)
        if len(candidates) < 2:
            return candidates[0].name if candidates else ""
        number = _number(f"{namespace}/{name}")
        return max(candidates, key=lambda node: _mix(number ^ self._seeds[node.name])).name

    def daemon_nodes(self, spec: PodSpec) -> list[str]:
        """The names of the Nodes that run a DaemonSet's Pod, sorted."""
        tolerations = [*spec.tolerations, *DAEMON_TOLERATIONS]
        return [node.name for node in self._nodes if _suits(spec, node) and _tolerates(tolerations, node)]

    def _candidates_for(self, spec: PodSpec) -> Sequence[Node]:
        suitable = [node for node in self._nodes if _suits(spec, node)]
        if self._built_in and not suitable:
            suitable = self._nodes
        possible = [node for node in suitable if _tolerates(spec.tolerations, node)]
        return [node for node in possible if not is_control_plane(node)] or possible


def _suits(spec: PodSpec, node: Node) -> bool:
    """Whether a Node is one that a Pod asks for."""
    if not selects(spec.node_selector, node.metadata.labels):
        return False
    affinity = spec.affinity and spec.affinity.node_affinity
    required = affinity and affinity.required_during_scheduling_ignored_during_execution
    return not required or any(_meets(node, term) for term in required.node_selector_terms)


def _meets(node: Node, term: NodeSelectorTerm) -> bool:
    """Whether a Node meets all requirements of a term; one without any is met by none."""
    labels, fields = node.metadata.labels, {"metadata.name": node.name}
    met = [satisfies(one, labels) for one in term.match_expressions]
    met += [satisfies(one, fields) for one in term.match_fields]
    return bool(met) and all(met)


def _tolerates(tolerations: Sequence[Toleration], node: Node) -> bool:
    taints = [*node.spec.taints, UNSCHEDULABLE] if node.spec.unschedulable else node.spec.taints
    return all(
        taint.effect not in ("NoSchedule", "NoExecute") or any(_matches(one, taint) for one in tolerations)
        for taint in taints
    )


def _matches(toleration: Toleration, taint: Taint) -> bool:
    if toleration.effect not in ("", taint.effect) or toleration.key not in ("", taint.key):
        return False
    return toleration.operator == "Exists" or (toleration.key == taint.key and toleration.value == taint.value)


def _number(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def _mix(number: int) -> int:
    """Spreads the bits of a number of 64 bits (the finalizer of splitmix64)."""
    number = (number ^ number >> 30) * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF
    number = (number ^ number >> 27) * 0x94D049BB133111EB & 0xFFFFFFFFFFFFFFFF
    return number ^ number >> 31
