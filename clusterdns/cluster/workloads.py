"""From workloads to Pods: the bookkeeping that all makers of Pods share.

Whatever manifests give stays as it is and counts: a Pod with an owner is one of its owner's replicas, and only what is
missing is made. Made objects depend on the given ones alone, never on what was made before.
"""

from collections.abc import Iterable, Mapping
from typing import cast

from clusterdns.cluster.changes import Change
from clusterdns.cluster.cluster import Cluster, Name, name_of
from clusterdns.cluster.objects import Deployment, Key, Object, Pod, ReplicaSet
from clusterdns.cluster.workloads_deployments import replicasets_of
from clusterdns.cluster.workloads_names import MAX_PREFIX, RANDOM_LENGTH
from clusterdns.cluster.workloads_nodes import Scheduler
from clusterdns.cluster.workloads_orphans import Orphans
from clusterdns.cluster.workloads_owners import MAKERS, Owner, owners_of
from clusterdns.cluster.workloads_pods import missing_pods


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
        """Follows changes of given objects; returns the names of the Pods that came, changed or went."""
        pods: set[Name] = set()
        owners: set[Owner] = set()
        for change in changes:
            if change.key.kind == "Pod":
                pods.add((change.key.namespace, change.key.name))
            owners |= self._owners_touched(change)
        if nodes_changed:
            owners.update(("DaemonSet", name) for name in self._given["DaemonSet"])
        for kind, name in sorted(owners):
            if kind == "Deployment":
                owners.update(("ReplicaSet", replicaset) for replicaset in self._sync_deployment(name))
        for kind, name in sorted(owners):
            if kind in MAKERS:
                pods |= self._sync_maker(kind, name)
        return pods

    def _owners_touched(self, change: Change) -> set[Owner]:
        """The workloads that may want other objects after a change."""
        kind, name = change.key.kind, (change.key.namespace, change.key.name)
        owners = self._orphans.note(change)
        if kind == "Deployment" or kind in MAKERS:
            owners.add((kind, name))
        if kind == "ReplicaSet":  # maybe of the name that a Deployment would give to its own
            owners.add(("Deployment", (name[0], name[1].rpartition("-")[0])))
        if kind == "Pod":
            owners |= self._makers_of_name(name)
        if kind in ("Pod", "ReplicaSet"):
            owners |= self._adopt(change)
        return owners

    def _adopt(self, change: Change) -> set[Owner]:
        """Keeps in mind whose object this is; returns the owners it had and has."""
        before, after = owners_of(change.old), owners_of(change.new)
        for owner in before:
            owned = self._owned[owner]
            del owned[change.key]
            if not owned:
                del self._owned[owner]
        if change.new is not None:
            for owner in after:
                self._owned.setdefault(owner, {})[change.key] = change.new
        return before | after

    def _makers_of_name(self, pod: Name) -> set[Owner]:
        """The makers that would use this name, if no manifest gave such a Pod."""
        namespace, stem = pod
        makers: set[Owner] = set()
        if len(stem) == MAX_PREFIX + RANDOM_LENGTH:  # maybe the name of the maker was cut off
            makers.update(owner for owner in self._made if owner[1][0] == namespace)
        for _ in range(2):  # NAME-SUFFIX, or NAME-INDEX-SUFFIX of an Indexed Job
            stem = stem.rpartition("-")[0]
            makers.update((kind, (namespace, stem)) for kind in MAKERS if (kind, (namespace, stem)) in self._made)
        return makers

    def _sync_deployment(self, name: Name) -> set[Name]:
        """Decides on the ReplicaSets of a Deployment; returns the names of those which that may concern."""
        before = self._rules.pop(name, {})
        for replicaset in before:
            del self._ruled[replicaset]
        deployment = cast("Deployment | None", self._given["Deployment"].get(name))
        if deployment is None:
            return set(before)
        given = cast("Mapping[Name, ReplicaSet]", self._given["ReplicaSet"])
        owned = self._owned.get(("Deployment", name), {}).values()
        rules = {name_of(one): one for one in replicasets_of(deployment, owned, lambda it: given.get((name[0], it)))}
        self._rules[name] = rules
        self._ruled.update(dict.fromkeys(rules, name))
        return before.keys() | rules.keys()

    def _sync_maker(self, kind: str, name: Name) -> set[Name]:
        """Makes the Pods that a workload lacks; returns the names of those that came, changed or went."""
        workload = self._workload(kind, name)
        if kind == "ReplicaSet":
            if workload is None:
                self._cluster.remove(Key(kind, *name))
            else:
                self._cluster.put(workload)
        before = self._made.pop((kind, name), {})
        after: dict[Name, Pod] = {}
        if workload is not None:
            owned = [pod for pod in self._owned.get((kind, name), {}).values() if isinstance(pod, Pod)]
            owned += self._orphans.adopted_by((kind, name))
            given = self._given["Pod"]
            made = missing_pods(workload, owned, lambda pod: (name[0], pod) in given, self.scheduler)
            after = self._made[kind, name] = {name_of(pod): pod for pod in made}
        for gone in before.keys() - after.keys():
            del self._pods[gone]
        self._pods.update(after)
        return {pod for pod in before.keys() | after.keys() if before.get(pod) != after.get(pod)}

    def _workload(self, kind: str, name: Name) -> Object | None:
        """A workload as it is given, or as its Deployment wants it."""
        if kind == "ReplicaSet" and name in self._ruled:
            return self._rules[self._ruled[name]][name]
        return self._given[kind].get(name)
