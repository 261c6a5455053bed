"""Workloads, from which the control plane makes Pods, as far as names, addresses and number of those are concerned."""

from typing import Any

import msgspec

from clusterdns.cluster.objects_base import Labels, Object, ObjectMeta, Part
from clusterdns.cluster.objects_pods import PodSpec


class LabelSelectorRequirement(Part):
    key: str = ""
    operator: str = ""
    values: list[str] = []


class LabelSelector(Part):
    match_labels: Labels = {}
    match_expressions: list[LabelSelectorRequirement] = []


class PodTemplate(Part):
    """What of a workload's template matters to DNS. The whole template is kept with the workload's spec."""

    metadata: ObjectMeta = msgspec.field(default_factory=ObjectMeta)
    spec: PodSpec = msgspec.field(default_factory=PodSpec)


class WorkloadSpec(Part):
    """What the specs of all workloads have in common."""

    selector: LabelSelector = msgspec.field(default_factory=LabelSelector)
    template: dict[str, Any] = {}  # kept whole, since any change of it means new Pods


class ReplicationControllerSpec(Part):
    replicas: int | None = None
    selector: Labels = {}
    template: dict[str, Any] = {}


class ReplicationController(Object):
    kind = "ReplicationController"

    spec: ReplicationControllerSpec = msgspec.field(default_factory=ReplicationControllerSpec)


class ReplicaSetSpec(WorkloadSpec):
    replicas: int | None = None


class ReplicaSet(Object):
    kind = "ReplicaSet"
    api_version = "apps/v1"

    spec: ReplicaSetSpec = msgspec.field(default_factory=ReplicaSetSpec)


class Deployment(Object):
    kind = "Deployment"
    api_version = "apps/v1"

    spec: ReplicaSetSpec = msgspec.field(default_factory=ReplicaSetSpec)


class StatefulSetOrdinals(Part):
    start: int = 0


class StatefulSetSpec(WorkloadSpec):
    replicas: int | None = None
    service_name: str = ""
    ordinals: StatefulSetOrdinals = msgspec.field(default_factory=StatefulSetOrdinals)


class StatefulSet(Object):
    kind = "StatefulSet"
    api_version = "apps/v1"

    spec: StatefulSetSpec = msgspec.field(default_factory=StatefulSetSpec)


class DaemonSet(Object):
    kind = "DaemonSet"
    api_version = "apps/v1"

    spec: WorkloadSpec = msgspec.field(default_factory=WorkloadSpec)


class JobSpec(WorkloadSpec):
    parallelism: int | None = None
    completions: int | None = None
    completion_mode: str = "NonIndexed"
    suspend: bool = False


class JobCondition(Part):
    type: str = ""
    status: str = ""


class JobStatus(Part):
    conditions: list[JobCondition] = []


class Job(Object):
    kind = "Job"
    api_version = "batch/v1"

    spec: JobSpec = msgspec.field(default_factory=JobSpec)
    status: JobStatus = msgspec.field(default_factory=JobStatus)


class CronJobSpec(Part):
    job_template: dict[str, Any] = {}


class CronJob(Object):
    kind = "CronJob"
    api_version = "batch/v1"

    spec: CronJobSpec = msgspec.field(default_factory=CronJobSpec)
