"""The Pods that each kind of workload makes, in the shape in which its controller makes them.

One function per kind: from the workload and the Pods that a manifest already gives it, to the Pods that are missing.
Made Pods have no address, Node or status yet (but a DaemonSet's, which has its Node).
"""

from collections.abc import Callable, Collection
from typing import Any

import msgspec

from clusterdns.cluster.objects import (
    DaemonSet,
    Job,
    Labels,
    Object,
    ObjectMeta,
    OwnerReference,
    Pod,
    PodSpec,
    PodTemplate,
    ReplicaSet,
    ReplicationController,
    StatefulSet,
)
from clusterdns.cluster.workloads_names import MAX_PREFIX, generate_names, template_hash
from clusterdns.cluster.workloads_nodes import Scheduler

REVISION_HASH = "controller-revision-hash"

Taken = Callable[[str], bool]
"""Whether a manifest gives a Pod of this name in the namespace of the workload."""


def is_active(pod: Pod) -> bool:
    """Whether a Pod counts towards the replicas of its owner: neither finished nor about to go."""
    return pod.status.phase not in ("Succeeded", "Failed") and pod.metadata.deletion_timestamp is None


def missing_pods(workload: Object, owned: Collection[Pod], taken: Taken, scheduler: Scheduler) -> list[Pod]:
    """The Pods that a controller would make beside the `owned` ones."""
    match workload:
        case ReplicaSet() | ReplicationController():
            return _of_replicas(workload, owned, taken)
        case StatefulSet():
            return _of_statefulset(workload, taken)
        case DaemonSet():
            return _of_daemonset(workload, owned, taken, scheduler)
        case Job():
            return _of_job(workload, owned, taken)
    return []


def _of_replicas(workload: ReplicaSet | ReplicationController, owned: Collection[Pod], taken: Taken) -> list[Pod]:
    replicas = 1 if workload.spec.replicas is None else workload.spec.replicas
    missing = replicas - sum(map(is_active, owned))
    if missing <= 0:
        return []
    maker = _Maker(workload, workload.spec.template)
    return [maker.pod(name) for name in generate_names(f"{workload.name}-", maker.seed, missing, taken)]


def _of_statefulset(workload: StatefulSet, taken: Taken) -> list[Pod]:
    replicas = 1 if workload.spec.replicas is None else workload.spec.replicas
    start = workload.spec.ordinals.start
    maker = _Maker(workload, workload.spec.template)
    pods = []
    for ordinal in range(start, start + replicas):
        name = f"{workload.name}-{ordinal}"
        if not taken(name):
            labels = {
                "apps.kubernetes.io/pod-index": str(ordinal),
                REVISION_HASH: f"{workload.name}-{maker.hash}",
                "statefulset.kubernetes.io/pod-name": name,
            }
            pods.append(maker.pod(name, labels, hostname=name, subdomain=workload.spec.service_name))
    return pods


def _of_daemonset(workload: DaemonSet, owned: Collection[Pod], taken: Taken, scheduler: Scheduler) -> list[Pod]:
    maker = _Maker(workload, workload.spec.template)
    served = {pod.spec.node_name for pod in owned if is_active(pod)}
    labels = {REVISION_HASH: maker.hash, "pod-template-generation": "1"}
    return [
        maker.pod(name, labels, node_name=node)
        for node in scheduler.daemon_nodes(maker.template.spec)
        if node not in served
        for name in generate_names(f"{workload.name}-", f"{maker.seed}/{node}", 1, taken)
    ]


def _of_job(workload: Job, owned: Collection[Pod], taken: Taken) -> list[Pod]:
    spec = workload.spec
    over = any(one.type in ("Complete", "Failed") and one.status == "True" for one in workload.status.conditions)
    if spec.suspend or over:
        return []
    parallelism = 1 if spec.parallelism is None else spec.parallelism
    maker = _Maker(workload, spec.template)
    labels = {"batch.kubernetes.io/job-name": workload.name, "job-name": workload.name}
    if spec.completion_mode == "Indexed":
        return _of_indexed_job(maker, labels, min(parallelism, spec.completions or 0), owned, taken)
    succeeded = sum(pod.status.phase == "Succeeded" for pod in owned)
    completions = 1 if spec.completions is None and spec.parallelism is None else spec.completions
    wanted = parallelism if completions is None else min(parallelism, completions - succeeded)
    if completions is None and succeeded:
        wanted = 0
    missing = max(0, wanted - sum(map(is_active, owned)))
    return [maker.pod(name, labels) for name in generate_names(f"{workload.name}-", maker.seed, missing, taken)]


def _of_indexed_job(maker: "_Maker", labels: Labels, wanted: int, owned: Collection[Pod], taken: Taken) -> list[Pod]:
    index_of = "batch.kubernetes.io/job-completion-index"
    done_or_running = (pod for pod in owned if is_active(pod) or pod.status.phase == "Succeeded")
    there = {pod.metadata.annotations.get(index_of) for pod in done_or_running}
    pods = []
    for index in map(str, range(wanted)):
        if index not in there:
            prefix = f"{maker.owner.name[: MAX_PREFIX - len(index) - 2]}-{index}-"
            (name,) = generate_names(prefix, maker.seed, 1, taken)
            hostname = f"{maker.owner.name}-{index}"
            pods.append(maker.pod(name, {**labels, index_of: index}, {index_of: index}, hostname=hostname))
    return pods


class _Maker:
    """Makes Pods from the template of one workload; what they have in common they share."""

    def __init__(self, owner: Object, template: dict[str, Any]) -> None:
        self.owner = owner
        self.template = msgspec.convert(template, PodTemplate)
        self.hash = template_hash(template)
        self.seed = f"{owner.kind}/{self.hash}"
        reference = OwnerReference(api_version=owner.api_version, kind=owner.kind, name=owner.name, controller=True)
        self._references = [reference]

    def pod(self, name: str, labels: Labels | None = None, annotations: Labels | None = None, **fields: str) -> Pod:
        meta = self.template.metadata
        spec: PodSpec = self.template.spec
        return Pod(
            metadata=ObjectMeta(
                name=name,
                namespace=self.owner.namespace,
                labels={**meta.labels, **labels} if labels else meta.labels,
                annotations={**meta.annotations, **annotations} if annotations else meta.annotations,
                owner_references=self._references,
            ),
            spec=msgspec.structs.replace(spec, **fields) if fields else spec,
        )
