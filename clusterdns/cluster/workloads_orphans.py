"""Pods without an owner, taken on by a ReplicaSet or ReplicationController whose selector they match.

As in Kubernetes such a Pod counts as one of its replicas. Where several would take it, the first by name does.
"""

from clusterdns.cluster.changes import Change
from clusterdns.cluster.cluster import Name
from clusterdns.cluster.objects import Labels, LabelSelectorRequirement, Object, Pod, ReplicaSet, ReplicationController
from clusterdns.cluster.selectors import SelectorIndex, satisfies
from clusterdns.cluster.workloads_owners import Owner


class Orphans:
    """Keeps the orphans among given Pods, and the given workloads that might adopt them."""

    def __init__(self) -> None:
        self._index = SelectorIndex()
        self._pods: dict[Name, Pod] = {}
        self._requirements: dict[Name, list[LabelSelectorRequirement]] = {}

    def note(self, change: Change) -> set[Owner]:
        """Follows the change of a given object; returns the workloads whose orphans may be others now."""
        key = change.key
        if key.kind == "Pod":
            return self._note_pod((key.namespace, key.name), change.new)
        if key.kind in ("ReplicaSet", "ReplicationController"):
            return self._note_adopter(_indexed((key.kind, (key.namespace, key.name))), change.new)
        return set()

    def adopted_by(self, owner: Owner) -> list[Pod]:
        """The orphans that are a workload's now."""
        matching = self._index.pods_of(_indexed(owner))
        return [self._pods[pod] for pod in matching if min(self._adopters(pod), default=None) == owner]

    def _note_pod(self, name: Name, pod: Object | None) -> set[Owner]:
        concerned = self._adopters(name)
        self._pods.pop(name, None)
        self._index.drop_pod(name)
        if isinstance(pod, Pod) and all(owner.controller is False for owner in pod.metadata.owner_references):
            self._pods[name] = pod
            self._index.put_pod(name, pod.metadata.labels)
        return concerned | self._adopters(name)

    def _note_adopter(self, indexed: Name, workload: Object | None) -> set[Owner]:
        concerned = self._index.pods_of(indexed)
        self._index.drop_service(indexed)
        self._requirements.pop(indexed, None)
        if isinstance(workload, ReplicaSet | ReplicationController):
            labels, self._requirements[indexed] = _selector(workload)
            self._index.put_service(indexed, labels)
        concerned += self._index.pods_of(indexed)
        return {owner for pod in concerned for owner in self._adopters(pod)} | {_owner(indexed)}

    def _adopters(self, name: Name) -> set[Owner]:
        """The workloads whose selector an orphan matches."""
        pod = self._pods.get(name)
        if pod is None:
            return set()
        labels = pod.metadata.labels
        matching = self._index.services_of(name[0], labels)
        return {_owner(one) for one in matching if all(satisfies(it, labels) for it in self._requirements[one])}


def _selector(workload: ReplicaSet | ReplicationController) -> tuple[Labels, list[LabelSelectorRequirement]]:
    if isinstance(workload, ReplicaSet):
        return workload.spec.selector.match_labels, workload.spec.selector.match_expressions
    template = workload.spec.template.get("metadata") or {}
    return workload.spec.selector or template.get("labels") or {}, []


def _indexed(owner: Owner) -> Name:
    kind, (namespace, name) = owner
    return (namespace, f"{kind}/{name}")


def _owner(indexed: Name) -> Owner:
    kind, _, name = indexed[1].partition("/")
    return (kind, (indexed[0], name))
