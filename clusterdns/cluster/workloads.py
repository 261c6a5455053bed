"""From workloads to Pods: the Deployment controller, and the one bookkeeping that all makers of Pods share.

Whatever manifests give stays as it is and counts: a Pod with an owner is one of its owner's replicas, and only what is
missing is made. Made objects depend on the given ones alone, never on what was made before.
"""

from collections.abc import Iterable, Mapping
from itertools import count
from typing import Any, cast

import msgspec

from clusterdns.cluster.changes import Change
from clusterdns.cluster.cluster import Cluster, Name
from clusterdns.cluster.objects import (
    DaemonSet,
    Deployment,
    Job,
    Key,
    LabelSelector,
    Object,
    ObjectMeta,
    OwnerReference,
    Pod,
    ReplicaSet,
    ReplicaSetSpec,
    ReplicationController,
    StatefulSet,
)
from clusterdns.cluster.workloads_names import MAX_PREFIX, RANDOM_LENGTH, template_hash
from clusterdns.cluster.workloads_nodes import Scheduler
from clusterdns.cluster.workloads_orphans import Orphans, Owner
from clusterdns.cluster.workloads_pods import POD_TEMPLATE_HASH, is_active, missing_pods

MAKERS = frozenset(kind.kind for kind in (ReplicaSet, ReplicationController, StatefulSet, DaemonSet, Job))


class Workloads:
    """Keeps the Pods that should exist: the given ones, and those that workloads make beside them."""

    def __init__(self, given: Mapping[str, Mapping[Name, Object]], cluster: Cluster, scheduler: Scheduler) -> None:
        """`given` is read at each `sync`; ReplicaSets are written to the cluster, Pods only returned."""
        self._given, self._cluster = given, cluster
        self.scheduler = scheduler
        self._orphans = Orphans()
        self._owned: dict[Owner, dict[Key, Object]] = {}  # given Pods and ReplicaSets by owner
        self._rules: dict[Name, dict[Name, ReplicaSet]] = {}  # by Deployment, its ReplicaSets as it wants them
        self._ruled: dict[Name, Name] = {}  # the Deployment of a ReplicaSet
        self._made: dict[Owner, dict[Name, Pod]] = {}
        self._pods: dict[Name, Pod] = {}  # all that are made

    def pod(self, name: Name) -> Pod | None:
        """A Pod that should exist, without what only its life in the cluster adds."""
        return cast("Pod | None", self._given["Pod"].get(name)) or self._pods.get(name)

    def pods(self) -> Iterable[Name]:
        return self._given["Pod"].keys() | self._pods.keys()

    def sync(self, changes: Iterable[Change], *, nodes_changed: bool) -> set[Name]:
        """Follow changes of given objects; returns the names of the Pods that came, changed or went."""
        deployments: set[Name] = set()
        makers: set[Owner] = set()
        pods: set[Name] = set()
        for change in changes:
            key = change.key
            name = (key.namespace, key.name)
            if key.kind == "Deployment":
                deployments.add(name)
            elif key.kind in MAKERS:
                makers.add((key.kind, name))
            makers |= self._orphans.note(change)
            if key.kind == "Pod":
                pods.add(name)
                makers.update(self._makers_of_name(name))
            if key.kind == "ReplicaSet":
                deployments.add((key.namespace, key.name.rpartition("-")[0]))
            if key.kind in ("Pod", "ReplicaSet"):
                for owner in self._adopt(change):
                    if owner[0] == "Deployment":
                        deployments.add(owner[1])
                    else:
                        makers.add(owner)
        if nodes_changed:
            makers.update(("DaemonSet", name) for name in self._given["DaemonSet"])
        for name in sorted(deployments):
            makers.update(("ReplicaSet", replicaset) for replicaset in self._sync_deployment(name))
        for maker in sorted(makers):
            pods |= self._sync_maker(maker)
        return pods

    def _adopt(self, change: Change) -> set[Owner]:
        """Keep in mind whose object this is; returns the owners it had and has."""
        before, after = _owners(change.old), _owners(change.new)
        for owner in before:
            owned = self._owned[owner]
            del owned[change.key]
            if not owned:
                del self._owned[owner]
        if change.new is not None:
            for owner in after:
                self._owned.setdefault(owner, {})[change.key] = change.new
        return before | after

    def _makers_of_name(self, pod: Name) -> Iterable[Owner]:
        """The makers that would use this name, if no manifest gave such a Pod."""
        namespace, stem = pod
        if len(stem) == MAX_PREFIX + RANDOM_LENGTH:  # maybe the name of the maker was cut off
            yield from (owner for owner in self._made if owner[1][0] == namespace)
        for _ in range(2):  # NAME-SUFFIX, or NAME-INDEX-SUFFIX of an Indexed Job
            stem = stem.rpartition("-")[0]
            yield from ((kind, (namespace, stem)) for kind in MAKERS if (kind, (namespace, stem)) in self._made)

    # --- Deployments ----------------------------------------------------------------------------------------------

    def _sync_deployment(self, name: Name) -> set[Name]:
        """Decide on the ReplicaSets of a Deployment; returns the names of those which that may concern."""
        before = self._rules.pop(name, {})
        for replicaset in before:
            del self._ruled[replicaset]
        deployment = cast("Deployment | None", self._given["Deployment"].get(name))
        if deployment is None:
            return set(before)
        owned = self._owned.get(("Deployment", name), {}).values()
        replicasets = [one for one in owned if isinstance(one, ReplicaSet)]
        current = self._current_replicaset(deployment, replicasets)
        elsewhere = sum(
            is_active(pod) and ("ReplicaSet", (name[0], current.name)) not in _owners(pod)
            for pod in owned
            if isinstance(pod, Pod)
        )
        replicas = 1 if deployment.spec.replicas is None else deployment.spec.replicas
        rules = {(name[0], old.name): _scaled(old, 0) for old in replicasets}
        rules[name[0], current.name] = _scaled(current, max(0, replicas - elsewhere))
        self._rules[name] = rules
        self._ruled.update(dict.fromkeys(rules, name))
        return before.keys() | rules.keys()

    def _current_replicaset(self, deployment: Deployment, replicasets: Iterable[ReplicaSet]) -> ReplicaSet:
        """The ReplicaSet of the present template: one that is given, else a new one."""
        template = deployment.spec.template
        for replicaset in sorted(replicasets, key=lambda one: one.name):
            if _without_hash(replicaset.spec.template) == _without_hash(template):
                return replicaset
        for collisions in count():
            hashed = template_hash({**template, "collisionCount": collisions} if collisions else template)
            new = _new_replicaset(deployment, hashed)
            there = cast("ReplicaSet | None", self._given["ReplicaSet"].get((new.namespace, new.name)))
            if there is None:
                return new
            if not _owners(there):
                return there
        raise AssertionError

    # --- makers of Pods -------------------------------------------------------------------------------------------

    def _sync_maker(self, owner: Owner) -> set[Name]:
        """Make the Pods that a workload lacks; returns the names of those that came, changed or went."""
        kind, name = owner
        workload = self._given[kind].get(name)
        if kind == "ReplicaSet":
            if name in self._ruled:
                workload = self._rules[self._ruled[name]][name]
            if workload is None:
                self._cluster.remove(Key(kind, *name))
            else:
                self._cluster.put(workload)
        before = self._made.pop(owner, {})
        after: dict[Name, Pod] = {}
        if workload is not None:
            owned = [pod for pod in self._owned.get(owner, {}).values() if isinstance(pod, Pod)]
            owned += self._orphans.adopted_by(owner)
            given = self._given["Pod"]
            made = missing_pods(workload, owned, lambda pod: (name[0], pod) in given, self.scheduler)
            after = self._made[owner] = {(name[0], pod.name): pod for pod in made}
        for gone in before.keys() - after.keys():
            del self._pods[gone]
        self._pods.update(after)
        return {pod for pod in before.keys() | after.keys() if before.get(pod) != after.get(pod)}


def _owners(thing: Object | None) -> set[Owner]:
    """The owners for which a Pod or ReplicaSet counts. A Pod of a ReplicaSet is one of its Deployment's as well,
    even if nobody gives the ReplicaSet: the name and a label of the Pod tell the Deployment's name.
    """
    if thing is None:
        return set()
    kinds = MAKERS if isinstance(thing, Pod) else ("Deployment",)
    references = [one for one in thing.metadata.owner_references if one.kind in kinds and one.controller is not False]
    if not references:
        return set()
    owner = references[0]
    owners = {(owner.kind, (thing.namespace, owner.name))}
    hashed = "-" + thing.metadata.labels.get(POD_TEMPLATE_HASH, "")
    if owner.kind == "ReplicaSet" and owner.name.endswith(hashed):
        owners.add(("Deployment", (thing.namespace, owner.name.removesuffix(hashed))))
    return owners


def _without_hash(template: dict[str, Any]) -> dict[str, Any]:
    metadata = template.get("metadata") or {}
    labels = {label: value for label, value in (metadata.get("labels") or {}).items() if label != POD_TEMPLATE_HASH}
    return {**template, "metadata": {**metadata, "labels": labels}}


def _with_hash(template: dict[str, Any], hashed: str) -> dict[str, Any]:
    metadata = template.get("metadata") or {}
    labels = {**(metadata.get("labels") or {}), POD_TEMPLATE_HASH: hashed}
    return {**template, "metadata": {**metadata, "labels": labels}}


def _new_replicaset(deployment: Deployment, hashed: str) -> ReplicaSet:
    template = _with_hash(deployment.spec.template, hashed)
    selector = deployment.spec.selector
    return ReplicaSet(
        metadata=ObjectMeta(
            name=f"{deployment.name}-{hashed}",
            namespace=deployment.namespace,
            labels=template["metadata"]["labels"],
            owner_references=[
                OwnerReference(
                    api_version=deployment.api_version, kind=deployment.kind, name=deployment.name, controller=True
                )
            ],
        ),
        spec=ReplicaSetSpec(
            selector=LabelSelector(
                match_labels={**selector.match_labels, POD_TEMPLATE_HASH: hashed},
                match_expressions=selector.match_expressions,
            ),
            template=template,
        ),
    )


def _scaled(replicaset: ReplicaSet, replicas: int) -> ReplicaSet:
    return msgspec.structs.replace(replicaset, spec=msgspec.structs.replace(replicaset.spec, replicas=replicas))
