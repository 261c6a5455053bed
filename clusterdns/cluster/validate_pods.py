"""Are a Pod or a Node right? Rules of the API server of Kubernetes 1.34 where DNS is concerned.

Of a Pod's spec, which a workload's template has too, that is its names, its ports and its own DNS settings.
"""

import re
from collections.abc import Iterator

from clusterdns.cluster.objects import Container, Node, Pod, PodSpec
from clusterdns.cluster.problems import Finding, Path
from clusterdns.cluster.validate_values import (
    PROTOCOLS,
    address,
    dns_label,
    labels,
    one_of,
    port_name,
    port_number,
    subdomain,
    unique,
)

_DNS_POLICIES = frozenset({"", "ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"})
_PHASES = frozenset({"", "Pending", "Running", "Succeeded", "Failed", "Unknown"})
_SEARCH = re.compile(r"_?[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?(?:\._?[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?)*\.?|\.")


def validate_node(node: Node) -> Iterator[Finding]:
    yield from subdomain(("metadata", "name"), node.name)
    for index, given in enumerate(node.status.addresses):
        if given.type in ("InternalIP", "ExternalIP"):
            yield from address(("status", "addresses", index, "address"), given.address)


def validate_pod(pod: Pod) -> Iterator[Finding]:
    yield from subdomain(("metadata", "name"), pod.name)
    yield from validate_pod_spec(("spec",), pod.spec)
    status = pod.status
    yield from one_of(("status", "phase"), status.phase, _PHASES)
    for field, ip in (("podIP", status.pod_ip), ("hostIP", status.host_ip)):
        if ip:
            yield from address(("status", field), ip)
    for index, pod_ip in enumerate(status.pod_ips):
        yield from address(("status", "podIPs", index, "ip"), pod_ip.ip)
    if status.pod_ip and status.pod_ips and status.pod_ips[0].ip != status.pod_ip:
        yield Finding(("status", "podIPs"), f"begins with {status.pod_ips[0].ip}, but podIP is {status.pod_ip}")


def validate_pod_spec(path: Path, spec: PodSpec) -> Iterator[Finding]:
    """The spec at `path` of a Pod or of a template."""
    if spec.hostname:
        yield from dns_label((*path, "hostname"), spec.hostname)
    if spec.subdomain:
        yield from dns_label((*path, "subdomain"), spec.subdomain)
    if spec.node_name:
        yield from subdomain((*path, "nodeName"), spec.node_name)
    yield from labels((*path, "nodeSelector"), spec.node_selector)
    if not spec.containers:
        yield Finding((*path, "containers"), "is missing", "at least one container")
    for field, containers in (("containers", spec.containers), ("initContainers", spec.init_containers)):
        for index, container in enumerate(containers):
            yield from _container((*path, field, index), container)
    yield from _dns_settings(path, spec)
    for index, alias in enumerate(spec.host_aliases):
        here = (*path, "hostAliases", index)
        yield from address((*here, "ip"), alias.ip)
        for number, hostname in enumerate(alias.hostnames):
            yield from subdomain((*here, "hostnames", number), hostname)


def _container(path: Path, container: Container) -> Iterator[Finding]:
    for index, port in enumerate(container.ports):
        here = (*path, "ports", index)
        if port.name:
            yield from port_name((*here, "name"), port.name)
        yield from port_number((*here, "containerPort"), port.container_port)
        yield from one_of((*here, "protocol"), port.protocol, PROTOCOLS)
    names = (((*path, "ports", index, "name"), port.name) for index, port in enumerate(container.ports) if port.name)
    yield from unique(names, "the name")


def _dns_settings(path: Path, spec: PodSpec) -> Iterator[Finding]:
    config = spec.dns_config
    yield from one_of((*path, "dnsPolicy"), spec.dns_policy, _DNS_POLICIES)
    if spec.dns_policy == "None" and (config is None or not config.nameservers):
        yield Finding((*path, "dnsConfig", "nameservers"), "is missing", "dnsPolicy None needs at least one nameserver")
    if config is None:
        return
    path = (*path, "dnsConfig")
    for what, values, limit in (("nameservers", config.nameservers, 3), ("searches", config.searches, 32)):
        if len(values) > limit:
            yield Finding((*path, what), f"{len(values)} {what} are too many", f"at most {limit}")
    for index, nameserver in enumerate(config.nameservers):
        yield from address((*path, "nameservers", index), nameserver)
    for index, search in enumerate(config.searches):
        if not _SEARCH.fullmatch(search):
            yield Finding((*path, "searches", index), f"{search!r} is not a search domain", "such as example.com")
