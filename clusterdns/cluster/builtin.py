"""What is in every cluster before anybody applies anything, unless manifests say otherwise.

The Namespaces of a new cluster, its Nodes, the Service of the API server and that of DNS with a Pod that stands for
us. Each is an object like those of manifests; which of them are there follows from what is given.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address

from clusterdns.cluster.cluster import SERVICE_NAME_LABEL, Name
from clusterdns.cluster.objects import (
    Container,
    ContainerPort,
    Endpoint,
    EndpointConditions,
    EndpointPort,
    EndpointSlice,
    Labels,
    Namespace,
    Node,
    NodeAddress,
    NodeStatus,
    ObjectMeta,
    Pod,
    PodSpec,
    Service,
    ServicePort,
    ServiceSpec,
)
from clusterdns.cluster.settings import Family
from clusterdns.cluster.workloads_names import generate_name, template_hash
from clusterdns.cluster.workloads_nodes import CONTROL_PLANE_LABELS, internal_addresses, is_control_plane

NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")
API_SERVICE: Name = ("default", "kubernetes")
DNS_SERVICE: Name = ("kube-system", "kube-dns")
DNS_LABELS: Labels = {"k8s-app": "kube-dns"}
API_PORT = 6443
FIRST_NODE_IPS = (IPv4Address("192.168.96.10"), IPv6Address("fd00:10:192::10"))


def namespace(name: str) -> Namespace:
    return Namespace(metadata=ObjectMeta(name=name, labels={"kubernetes.io/metadata.name": name}))


def nodes(number: int) -> list[Node]:
    """A control-plane Node, and workers beside it."""
    return [_node(index) for index in range(number)]


def _node(index: int) -> Node:
    name = "control-plane" if index == 0 else f"worker-{index}"
    labels = {
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
    }
    if index == 0:
        labels[CONTROL_PLANE_LABELS[0]] = ""
    addresses = [NodeAddress(type="InternalIP", address=str(first + index)) for first in FIRST_NODE_IPS]
    return Node(
        metadata=ObjectMeta(name=name, labels=labels),
        status=NodeStatus(addresses=[*addresses, NodeAddress(type="Hostname", address=name)]),
    )


def services() -> list[Service]:
    """default/kubernetes and kube-system/kube-dns, without addresses."""
    api = Service(
        metadata=ObjectMeta(
            name=API_SERVICE[1],
            namespace=API_SERVICE[0],
            labels={"component": "apiserver", "provider": "kubernetes"},
        ),
        spec=ServiceSpec(ports=[ServicePort(name="https", port=443, target_port=API_PORT)]),
    )
    dns = Service(
        metadata=ObjectMeta(
            name=DNS_SERVICE[1],
            namespace=DNS_SERVICE[0],
            labels={**DNS_LABELS, "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS"},
        ),
        spec=ServiceSpec(
            selector=DNS_LABELS,
            ports=[
                ServicePort(name="dns", port=53, protocol="UDP", target_port=53),
                ServicePort(name="dns-tcp", port=53, target_port=53),
                ServicePort(name="metrics", port=9153, target_port=9153),
            ],
        ),
    )
    return [api, dns]


def dns_pod() -> Pod:
    """The Pod behind kube-system/kube-dns: this very server."""
    hashed = template_hash({"name": "coredns"})
    ports = [
        ContainerPort(name="dns", container_port=53, protocol="UDP"),
        ContainerPort(name="dns-tcp", container_port=53),
        ContainerPort(name="metrics", container_port=9153),
    ]
    return Pod(
        metadata=ObjectMeta(
            name=generate_name(f"coredns-{hashed}-", ""),
            namespace=DNS_SERVICE[0],
            labels={**DNS_LABELS, "pod-template-hash": hashed},
        ),
        spec=PodSpec(containers=[Container(name="coredns", ports=ports)]),
    )


def api_slice(nodes: Iterable[Node], family: Family) -> EndpointSlice:
    """The slice that the API server writes for itself: the addresses of the control-plane Nodes, or of the first."""
    named = sorted(nodes, key=lambda node: node.name)
    chosen = [node for node in named if is_control_plane(node)] or named[:1]
    of_family = [[ip for ip in internal_addresses(node) if (":" in ip) == (family == "IPv6")] for node in chosen]
    return EndpointSlice(
        metadata=ObjectMeta(name=API_SERVICE[1], namespace=API_SERVICE[0], labels={SERVICE_NAME_LABEL: API_SERVICE[1]}),
        address_type=family,
        endpoints=[Endpoint(addresses=ips[:1], conditions=EndpointConditions(ready=True)) for ips in of_family if ips],
        ports=[EndpointPort(name="https", port=API_PORT)],
    )
