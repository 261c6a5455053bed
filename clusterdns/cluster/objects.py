"""Kubernetes objects, as far as DNS is concerned.

Typed with msgspec, one struct per kind, field names as in the Kubernetes API. Only fields that decide a name, an
address or readiness are here; a manifest may hold anything else. This module knows no file, no YAML, no rule of
validation and nothing of the control plane.
"""

from typing import Any, ClassVar

import msgspec

Labels = dict[str, str]


class Part(msgspec.Struct, kw_only=True, omit_defaults=True, gc=False, rename="camel"):
    """A part of an object: equal by value, in camel case outside."""


class OwnerReference(Part):
    api_version: str = ""
    kind: str = ""
    name: str = ""
    uid: str = ""
    controller: bool | None = None


class ObjectMeta(Part):
    name: str = ""
    generate_name: str = ""
    namespace: str = ""
    uid: str = ""
    labels: Labels = {}
    annotations: Labels = {}
    owner_references: list[OwnerReference] = []
    deletion_timestamp: str | None = None


class Object(Part):
    """One object of the cluster. `key()` names it; `uid` and resource versions play no part."""

    kind: ClassVar[str] = ""
    api_version: ClassVar[str] = "v1"
    namespaced: ClassVar[bool] = True

    metadata: ObjectMeta

    @property
    def name(self) -> str:
        return self.metadata.name

    @property
    def namespace(self) -> str:
        return self.metadata.namespace

    def key(self) -> "Key":
        return Key(self.kind, self.metadata.namespace, self.metadata.name)


class Key(msgspec.Struct, frozen=True, order=True):
    """What names an object: kind, namespace ("" for cluster-wide kinds) and name."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


# --- Namespace, Node ------------------------------------------------------------------------------------------------


class Namespace(Object):
    kind = "Namespace"
    namespaced = False


class NodeAddress(Part):
    type: str = ""
    address: str = ""


class NodeStatus(Part):
    addresses: list[NodeAddress] = []


class Taint(Part):
    key: str = ""
    value: str = ""
    effect: str = ""


class NodeSpec(Part):
    pod_cidr: str = msgspec.field(default="", name="podCIDR")
    pod_cidrs: list[str] = msgspec.field(default_factory=list, name="podCIDRs")
    unschedulable: bool = False
    taints: list[Taint] = []


class Node(Object):
    kind = "Node"
    namespaced = False

    spec: NodeSpec = msgspec.field(default_factory=NodeSpec)
    status: NodeStatus = msgspec.field(default_factory=NodeStatus)


# --- Service --------------------------------------------------------------------------------------------------------


class ServicePort(Part):
    name: str = ""
    protocol: str = "TCP"
    port: int = 0
    target_port: int | str | None = None
    node_port: int = 0
    app_protocol: str | None = None


class ServiceSpec(Part):
    type: str = "ClusterIP"
    cluster_ip: str = msgspec.field(default="", name="clusterIP")  # "" not given, "None" headless
    cluster_ips: list[str] = msgspec.field(default_factory=list, name="clusterIPs")
    ip_families: list[str] = []
    ip_family_policy: str = ""
    external_ips: list[str] = msgspec.field(default_factory=list, name="externalIPs")
    load_balancer_ip: str = msgspec.field(default="", name="loadBalancerIP")
    external_name: str = ""
    ports: list[ServicePort] = []
    selector: Labels = {}
    publish_not_ready_addresses: bool = False


class LoadBalancerIngress(Part):
    ip: str = ""
    hostname: str = ""


class LoadBalancerStatus(Part):
    ingress: list[LoadBalancerIngress] = []


class ServiceStatus(Part):
    load_balancer: LoadBalancerStatus = msgspec.field(default_factory=LoadBalancerStatus)


class Service(Object):
    kind = "Service"

    spec: ServiceSpec = msgspec.field(default_factory=ServiceSpec)
    status: ServiceStatus = msgspec.field(default_factory=ServiceStatus)

    @property
    def headless(self) -> bool:
        return "None" in (self.spec.cluster_ip, *self.spec.cluster_ips)


class ServiceImportPort(Part):
    name: str = ""
    protocol: str = "TCP"
    port: int = 0


class ServiceImportSpec(Part):
    type: str = "ClusterSetIP"
    ips: list[str] = []
    ports: list[ServiceImportPort] = []


class ServiceImport(Object):
    kind = "ServiceImport"
    api_version = "multicluster.x-k8s.io/v1alpha1"

    spec: ServiceImportSpec = msgspec.field(default_factory=ServiceImportSpec)


# --- Endpoints, EndpointSlice ---------------------------------------------------------------------------------------


class ObjectReference(Part):
    kind: str = ""
    namespace: str = ""
    name: str = ""
    uid: str = ""


class EndpointAddress(Part):
    ip: str = ""
    hostname: str = ""
    node_name: str | None = None
    target_ref: ObjectReference | None = None


class EndpointPort(Part):
    """A port of Endpoints or of an EndpointSlice; `port` None means all ports."""

    name: str | None = None
    protocol: str = "TCP"
    port: int | None = None
    app_protocol: str | None = None


class EndpointSubset(Part):
    addresses: list[EndpointAddress] = []
    not_ready_addresses: list[EndpointAddress] = []
    ports: list[EndpointPort] = []


class Endpoints(Object):
    kind = "Endpoints"

    subsets: list[EndpointSubset] = []


class EndpointConditions(Part):
    ready: bool | None = None
    serving: bool | None = None
    terminating: bool | None = None


class Endpoint(Part):
    addresses: list[str] = []
    conditions: EndpointConditions = msgspec.field(default_factory=EndpointConditions)
    hostname: str | None = None
    node_name: str | None = None
    target_ref: ObjectReference | None = None
    zone: str | None = None


class EndpointSlice(Object):
    kind = "EndpointSlice"
    api_version = "discovery.k8s.io/v1"

    address_type: str = "IPv4"
    endpoints: list[Endpoint] = []
    ports: list[EndpointPort] = []


# --- Pod and workloads ----------------------------------------------------------------------------------------------


class ContainerPort(Part):
    name: str = ""
    container_port: int = 0
    protocol: str = "TCP"


class Container(Part):
    name: str = ""
    ports: list[ContainerPort] = []
    restart_policy: str = ""  # of an init container: Always makes it a sidecar, whose ports count


class PodDNSConfigOption(Part):
    name: str = ""
    value: str | None = None


class PodDNSConfig(Part):
    nameservers: list[str] = []
    searches: list[str] = []
    options: list[PodDNSConfigOption] = []


class Toleration(Part):
    key: str = ""
    operator: str = "Equal"
    value: str = ""
    effect: str = ""


class PodSpec(Part):
    hostname: str = ""
    subdomain: str = ""
    node_name: str = ""
    node_selector: Labels = {}
    tolerations: list[Toleration] = []
    host_network: bool = False
    containers: list[Container] = []
    init_containers: list[Container] = []
    dns_policy: str = ""
    dns_config: PodDNSConfig | None = None


class PodIP(Part):
    ip: str = ""


class PodCondition(Part):
    type: str = ""
    status: str = ""


class PodStatus(Part):
    phase: str = ""
    pod_ip: str = msgspec.field(default="", name="podIP")
    pod_ips: list[PodIP] = msgspec.field(default_factory=list, name="podIPs")
    host_ip: str = msgspec.field(default="", name="hostIP")
    conditions: list[PodCondition] = []


class Pod(Object):
    kind = "Pod"

    spec: PodSpec = msgspec.field(default_factory=PodSpec)
    status: PodStatus = msgspec.field(default_factory=PodStatus)


class LabelSelectorRequirement(Part):
    key: str = ""
    operator: str = ""
    values: list[str] = []


class LabelSelector(Part):
    match_labels: Labels = {}
    match_expressions: list[LabelSelectorRequirement] = []


class PodTemplate(Part):
    """What a workload makes its Pods from. `raw` is the whole template: any change of it makes new Pods."""

    metadata: ObjectMeta = msgspec.field(default_factory=ObjectMeta)
    spec: PodSpec = msgspec.field(default_factory=PodSpec)


class WorkloadSpec(Part):
    """What the specs of all workloads have in common."""

    selector: LabelSelector = msgspec.field(default_factory=LabelSelector)
    template: dict[str, Any] = {}  # kept whole, since any change of it means new Pods; `pod_template` reads it

    def pod_template(self) -> PodTemplate:
        return msgspec.convert(self.template, PodTemplate)


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


class CronJob(Object):
    kind = "CronJob"
    api_version = "batch/v1"


KINDS: dict[str, type[Object]] = {
    cls.kind: cls
    for cls in (
        Namespace, Node, Service, ServiceImport, Endpoints, EndpointSlice, Pod, ReplicationController, ReplicaSet,
        Deployment, StatefulSet, DaemonSet, Job, CronJob,
    )
}  # fmt: skip
"""The kinds that mean something to DNS. All others are counted, not read."""
