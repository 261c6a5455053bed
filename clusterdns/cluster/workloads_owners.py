"""Whose an object is, by its owner references."""

from clusterdns.cluster.cluster import Name
from clusterdns.cluster.objects import (
    DaemonSet,
    Job,
    Object,
    Pod,
    ReplicaSet,
    ReplicationController,
    StatefulSet,
)

MAKERS = frozenset(kind.kind for kind in (ReplicaSet, ReplicationController, StatefulSet, DaemonSet, Job))
"""The kinds that make Pods."""
POD_TEMPLATE_HASH = "pod-template-hash"

Owner = tuple[str, Name]
"""Kind and name of an owner."""


def owners_of(thing: Object | None) -> set[Owner]:
    """The owners for which a Pod or a ReplicaSet counts.

    A Pod of a ReplicaSet is one of its Deployment's as well, even if nobody gives the ReplicaSet: its name and a label
    of the Pod tell the Deployment's name.
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
