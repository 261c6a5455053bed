"""The ReplicaSets of a Deployment, as the Deployment controller has them when a rollout is through.

One has the replicas, that of the present template; all others are scaled to nothing. Values in, values out.
"""

from collections.abc import Callable, Collection, Iterable
from itertools import count
from typing import Any

from msgspec.structs import replace

from clusterdns.cluster.objects import (
    Deployment,
    Object,
    ObjectMeta,
    OwnerReference,
    Pod,
    ReplicaSet,
    ReplicaSetSpec,
)
from clusterdns.cluster.workloads_names import template_hash
from clusterdns.cluster.workloads_owners import POD_TEMPLATE_HASH, owners_of
from clusterdns.cluster.workloads_pods import is_active


def replicasets_of(
    deployment: Deployment, owned: Collection[Object], given: Callable[[str], ReplicaSet | None]
) -> list[ReplicaSet]:
    """The ReplicaSets of a Deployment, scaled as it wants them.

    `owned` are the ReplicaSets and Pods that are given and its own; `given` finds any given ReplicaSet by name. Pods of
    other ReplicaSets than the current one count, since given Pods stay.
    """
    replicasets = [one for one in owned if isinstance(one, ReplicaSet)]
    current = _current(deployment, replicasets, given)
    here = ("ReplicaSet", (deployment.namespace, current.name))
    elsewhere = sum(isinstance(pod, Pod) and is_active(pod) and here not in owners_of(pod) for pod in owned)
    replicas = 1 if deployment.spec.replicas is None else deployment.spec.replicas
    old = [_scaled(one, 0) for one in replicasets if one.name != current.name]
    return [*old, _scaled(current, max(0, replicas - elsewhere))]


def _current(
    deployment: Deployment, replicasets: Iterable[ReplicaSet], given: Callable[[str], ReplicaSet | None]
) -> ReplicaSet:
    """The ReplicaSet of the present template: one that is given, else a new one."""
    template = deployment.spec.template
    for replicaset in sorted(replicasets, key=lambda one: one.name):
        if _with_hash(replicaset.spec.template, "") == _with_hash(template, ""):
            return replicaset
    for collisions in count():
        new = _new(deployment, template_hash({**template, "collisionCount": collisions} if collisions else template))
        there = given(new.name)
        if there is None:
            return new
        if not owners_of(there):
            return there
    raise AssertionError


def _new(deployment: Deployment, hashed: str) -> ReplicaSet:
    template = _with_hash(deployment.spec.template, hashed)
    selector = deployment.spec.selector
    owner = OwnerReference(
        api_version=deployment.api_version, kind=deployment.kind, name=deployment.name, controller=True
    )
    return ReplicaSet(
        metadata=ObjectMeta(
            name=f"{deployment.name}-{hashed}",
            namespace=deployment.namespace,
            labels=template["metadata"]["labels"],
            owner_references=[owner],
        ),
        spec=ReplicaSetSpec(
            selector=replace(selector, match_labels={**selector.match_labels, POD_TEMPLATE_HASH: hashed}),
            template=template,
        ),
    )


def _with_hash(template: dict[str, Any], hashed: str) -> dict[str, Any]:
    metadata = template.get("metadata") or {}
    labels = {**(metadata.get("labels") or {}), POD_TEMPLATE_HASH: hashed}
    return {**template, "metadata": {**metadata, "labels": labels}}


def _scaled(replicaset: ReplicaSet, replicas: int) -> ReplicaSet:
    return replace(replicaset, spec=replace(replicaset.spec, replicas=replicas))
