"""What `kubectl delete`, `scale` and `rollout restart` change of the objects that were given. Values in, values out.

Pods that were given stay whatever their owner wants, so those that are too many have to go as well.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from clusterdns.cluster.cluster import Cluster, Name, name_of
from clusterdns.cluster.objects import (
    KINDS,
    DaemonSet,
    Deployment,
    Key,
    Object,
    ReplicaSet,
    ReplicationController,
    StatefulSet,
)
from clusterdns.cluster.workloads_owners import owners_of
from clusterdns.corefile import suggest
from clusterdns.testing.errors import HIDDEN, InvalidObject, NoSuchObject

__tracebackhide__ = HIDDEN

RESTARTED: Final = "kubectl.kubernetes.io/restartedAt"
"""The annotation of a template that makes new Pods of it; here it counts."""

_MOST_SHOWN: Final = 10


class Edit(NamedTuple):
    """Objects to put in place of others, and those to delete."""

    objects: list[Object]
    gone: list[Key]


class Objects:
    """The objects that were given, and the cluster that was made of them."""

    def __init__(self, given: Mapping[Key, Object], cluster: Cluster) -> None:
        self._given = given
        self._cluster = cluster

    def delete(self, kind: str, name: str, namespace: str) -> Edit:
        """An object goes, and with it what it owns; with a Namespace, all that is in it. Raises `NoSuchObject`."""
        key = self._key(kind, name, namespace)
        if key.kind == "Namespace" and self._cluster.get(key) is not None:
            return Edit([], [key, *(each for each in self._given if each.namespace == name)])
        self._find(key)
        return Edit([], self._owned(key))

    def scale(self, kind: str, name: str, replicas: int, namespace: str) -> Edit:
        """A workload wants so many Pods. Raises `NoSuchObject`, `InvalidObject`."""
        key = self._key(kind, name, namespace)
        workload = self._find(key)
        if not isinstance(workload, Deployment | ReplicaSet | ReplicationController | StatefulSet):
            raise NoSuchObject(f"{key} can't be scaled (Deployment, ReplicaSet, ReplicationController, StatefulSet)")
        if replicas < 0:
            raise InvalidObject([f"{key}: {replicas} replicas are fewer than none"])
        scaled = replace(workload, spec=replace(workload.spec, replicas=replicas))
        return Edit([scaled], list(self._surplus(workload, replicas)))

    def restart(self, kind: str, name: str, namespace: str) -> Edit:
        """A workload replaces all of its Pods. Raises `NoSuchObject`."""
        key = self._key(kind, name, namespace)
        workload = self._find(key)
        if not isinstance(workload, Deployment | StatefulSet | DaemonSet):
            raise NoSuchObject(f"{key} can't be restarted (Deployment, StatefulSet, DaemonSet)")
        spec = replace(workload.spec, template=_restarted(workload.spec.template))
        return Edit([replace(workload, spec=spec)], [each for each in self._owned(key) if each.kind == "Pod"])

    def pod(self, name: str, namespace: str) -> Name:
        """A Pod that is there, given or made. Raises `NoSuchObject`."""
        if (namespace, name) not in self._cluster.pods:
            raise NoSuchObject(self._missing(Key("Pod", namespace, name), self._cluster.pods.values()))
        return (namespace, name)

    def _key(self, kind: str, name: str, namespace: str) -> Key:
        known = next((known for known in KINDS if known.lower() == kind.lower()), None)
        if known is None:
            raise NoSuchObject(f"'{kind}' is no kind that means something to DNS ({suggest(kind, KINDS)})")
        return Key(known, namespace if KINDS[known].namespaced else "", name)

    def _find(self, key: Key) -> Object:
        found = self._given.get(key)
        if found is not None:
            return found
        made = self._cluster.get(key)
        if made is None:
            raise NoSuchObject(self._missing(key, self._given.values()))
        owners = [f"{owner.kind} {owner.name}" for owner in made.metadata.owner_references]
        hint = f" (change {' and '.join(owners)} instead)" if owners else ""
        raise NoSuchObject(f"{key} is in no manifest: the control plane made it{hint}")

    def _missing(self, key: Key, objects: Iterable[Object]) -> str:
        same_kind = [each for each in objects if each.kind == key.kind]
        elsewhere = sorted(each.namespace for each in same_kind if each.name == key.name)
        beside = sorted(each.name for each in same_kind if each.namespace == key.namespace)
        if elsewhere:
            hint = f"there is one in namespace {', '.join(elsewhere)}"
        elif beside:
            hint = f"there is {', '.join(beside[:_MOST_SHOWN])}{', …' if len(beside) > _MOST_SHOWN else ''}"
        else:
            hint = f"there is no {key.kind}" + (f" in namespace {key.namespace}" if same_kind else "")
        return f"there is no {key} ({hint})"

    def _owned(self, owner: Key) -> list[Key]:
        """An object, and all given ones that it owns, one through the other."""
        found = {owner: None}
        waiting = [owner]
        while waiting:
            key = waiting.pop()
            owned = [each for each, thing in self._given.items() if each not in found and _owns(key, thing)]
            found.update(dict.fromkeys(owned))
            waiting += owned
        return list(found)

    def _surplus(self, workload: Object, replicas: int) -> Iterator[Key]:
        """The given Pods that are too many: those of a StatefulSet by their number, others the last by name first."""
        keys = (key for key in self._owned(workload.key()) if key.kind == "Pod")
        order = _by_ordinal if isinstance(workload, StatefulSet) else name_of
        for pod in sorted((self._given[key] for key in keys), key=order)[replicas:]:
            yield pod.key()


def _owns(owner: Key, thing: Object) -> bool:
    """By what the object says, or, of a Deployment whose ReplicaSet nobody gives, by what its Pods are called."""
    if thing.namespace != owner.namespace:
        return False
    named = ((each.kind, each.name) for each in thing.metadata.owner_references)
    return (owner.kind, owner.name) in named or (owner.kind, (owner.namespace, owner.name)) in owners_of(thing)


def _by_ordinal(pod: Object) -> tuple[str, str]:
    """Orders NAME-9 before NAME-10."""
    ordinal = pod.name.rpartition("-")[2]
    return (ordinal.zfill(len(pod.name)), pod.name)


def _restarted(template: dict[str, Any]) -> dict[str, Any]:
    metadata = template.get("metadata") or {}
    annotations = metadata.get("annotations") or {}
    before = str(annotations.get(RESTARTED, ""))
    count = int(before) + 1 if before.isascii() and before.isdigit() else 1
    return {**template, "metadata": {**metadata, "annotations": {**annotations, RESTARTED: str(count)}}}
