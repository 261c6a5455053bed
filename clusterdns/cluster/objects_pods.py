"""Pods and where they are: Namespace, Node, Pod, as far as DNS is concerned."""

import msgspec

from clusterdns.cluster.objects_base import Labels, Object, Part


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


class HostAlias(Part):
    ip: str = ""
    hostnames: list[str] = []


class Toleration(Part):
    key: str = ""
    operator: str = "Equal"
    value: str = ""
    effect: str = ""


class NodeSelectorRequirement(Part):
    key: str = ""
    operator: str = ""
    values: list[str] = []


class NodeSelectorTerm(Part):
    match_expressions: list[NodeSelectorRequirement] = []
    match_fields: list[NodeSelectorRequirement] = []


class NodeSelector(Part):
    node_selector_terms: list[NodeSelectorTerm] = []


class NodeAffinity(Part):
    required_during_scheduling_ignored_during_execution: NodeSelector | None = None


class Affinity(Part):
    node_affinity: NodeAffinity | None = None


class PodSpec(Part):
    hostname: str = ""
    subdomain: str = ""
    node_name: str = ""
    node_selector: Labels = {}
    affinity: Affinity | None = None
    tolerations: list[Toleration] = []
    host_network: bool = False
    containers: list[Container] = []
    init_containers: list[Container] = []
    dns_policy: str = ""
    dns_config: PodDNSConfig | None = None
    host_aliases: list[HostAlias] = []


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
