"""Is a Service or a ServiceImport right? Rules of the API server of Kubernetes 1.34 where DNS is concerned.

What concerns only traffic (node ports, traffic policies, session affinity) is not looked at.
"""

from collections.abc import Iterator

from clusterdns.cluster.objects import Service, ServiceImport, ServicePort
from clusterdns.cluster.problems import Finding, Path
from clusterdns.cluster.validate_values import (
    PROTOCOLS,
    address,
    dns_1035_label,
    dns_label,
    labels,
    one_of,
    parse_address,
    port_name,
    port_number,
    reachable_address,
    subdomain,
    unique,
)

_TYPES = frozenset({"ClusterIP", "NodePort", "LoadBalancer", "ExternalName"})
_FAMILIES = frozenset({"IPv4", "IPv6"})
_FAMILY_POLICIES = frozenset({"SingleStack", "PreferDualStack", "RequireDualStack"})
_CLUSTER_IPS: Path = ("spec", "clusterIPs")


def validate_service(service: Service) -> Iterator[Finding]:
    spec = service.spec
    yield from dns_1035_label(("metadata", "name"), service.name)
    yield from one_of(("spec", "type"), spec.type, _TYPES)
    if spec.type == "ExternalName":
        yield from _external_name(service)
    else:
        yield from _cluster_ips(service)
    yield from _ports(service)
    yield from labels(("spec", "selector"), spec.selector)
    yield from _external_ips(service)


def _external_name(service: Service) -> Iterator[Finding]:
    spec = service.spec
    path: Path = ("spec", "externalName")
    target = spec.external_name.removesuffix(".")
    if not target:
        yield Finding(path, "is missing", "the DNS name that the Service points at", servable=False)
    elif "/" in target:
        yield Finding(path, f"{target!r} is a URL and not a DNS name", _host_of_url(target), servable=False)
    else:
        yield from subdomain(path, target, servable=_is_servable_name(target))
    for field, value in (
        ("clusterIP", spec.cluster_ip),
        ("clusterIPs", spec.cluster_ips),
        ("ipFamilies", spec.ip_families),
        ("ipFamilyPolicy", spec.ip_family_policy),
    ):
        if value:
            yield Finding(("spec", field), "an ExternalName Service has none", "leave it out")


def _host_of_url(url: str) -> str:
    return url.partition("//")[2].partition("/")[0].partition(":")[0] or "a host without a path"


def _is_servable_name(name: str) -> bool:
    return len(name) <= 253 and name.isascii() and all(0 < len(label) <= 63 for label in name.split("."))


def _cluster_ips(service: Service) -> Iterator[Finding]:
    spec = service.spec
    ips = spec.cluster_ips or ([spec.cluster_ip] if spec.cluster_ip else [])
    if spec.cluster_ips and not spec.cluster_ip:
        yield Finding(_CLUSTER_IPS, "is there without clusterIP", "clusterIP, the same as its first value")
    elif ips and ips[0] != spec.cluster_ip:
        yield Finding(_CLUSTER_IPS, f"begins with {ips[0]!r}, but clusterIP is {spec.cluster_ip!r}")
    yield from _families(service)
    if service.headless and spec.type in ("NodePort", "LoadBalancer"):
        yield Finding(("spec", "clusterIP"), f"a {spec.type} Service cannot be headless", "type: ClusterIP")
    if "None" in ips:
        if len(ips) > 1:
            yield Finding(_CLUSTER_IPS, "'None' is not the only value", servable=False)
        return
    yield from _given_ips(service, ips)


def _given_ips(service: Service, ips: list[str]) -> Iterator[Finding]:
    findings = [finding for index, ip in enumerate(ips) for finding in address(_ip_path(service, index), ip)]
    yield from findings
    if findings:
        return
    versions = [f"IPv{parsed.version}" for ip in ips if (parsed := parse_address(ip))]
    if len(versions) > len(set(versions)):
        yield Finding(_CLUSTER_IPS, "has more than one address of a family", "at most one of each")
    elif len(ips) > 1 and service.spec.ip_family_policy == "SingleStack":
        yield Finding(("spec", "ipFamilyPolicy"), "SingleStack has one address", "PreferDualStack or RequireDualStack")
    for index, (version, family) in enumerate(zip(versions, service.spec.ip_families, strict=False)):
        if version != family:
            yield Finding(_ip_path(service, index), f"{ips[index]} is not {family}, as ipFamilies[{index}] says")


def _ip_path(service: Service, index: int) -> Path:
    return (*_CLUSTER_IPS, index) if service.spec.cluster_ips else ("spec", "clusterIP")


def _families(service: Service) -> Iterator[Finding]:
    families, policy = service.spec.ip_families, service.spec.ip_family_policy
    for index, family in enumerate(families):
        yield from one_of(("spec", "ipFamilies", index), family, _FAMILIES, servable=False)
    yield from unique(((("spec", "ipFamilies", index), name) for index, name in enumerate(families)), "the family")
    if policy:
        yield from one_of(("spec", "ipFamilyPolicy"), policy, _FAMILY_POLICIES)
    if len(families) > 1 and policy == "SingleStack":
        yield Finding(("spec", "ipFamilyPolicy"), "SingleStack has one family", "PreferDualStack or RequireDualStack")


def _ports(service: Service) -> Iterator[Finding]:
    spec = service.spec
    if not spec.ports and not service.headless and spec.type != "ExternalName":
        yield Finding(("spec", "ports"), "is missing", "only headless and ExternalName Services may have none")
    for index, port in enumerate(spec.ports):
        yield from _port(("spec", "ports", index), port, must_have_name=len(spec.ports) > 1)
    if len(spec.ports) > 1:
        named = [(("spec", "ports", i, "name"), port.name) for i, port in enumerate(spec.ports) if port.name]
        yield from unique(named, "the name")
        numbered = [(("spec", "ports", i, "port"), (port.protocol, port.port)) for i, port in enumerate(spec.ports)]
        yield from unique(numbered, "the port with its protocol")


def _port(path: Path, port: ServicePort, *, must_have_name: bool) -> Iterator[Finding]:
    if port.name:
        yield from dns_label((*path, "name"), port.name)
    elif must_have_name:
        yield Finding((*path, "name"), "is missing", "each of several ports has a name")
    yield from port_number((*path, "port"), port.port)
    yield from one_of((*path, "protocol"), port.protocol, PROTOCOLS)
    if isinstance(port.target_port, str):
        if port.target_port:
            yield from port_name((*path, "targetPort"), port.target_port)
    elif port.target_port:
        yield from port_number((*path, "targetPort"), port.target_port)


def _external_ips(service: Service) -> Iterator[Finding]:
    for index, ip in enumerate(service.spec.external_ips):
        path: Path = ("spec", "externalIPs", index)
        yield from address(path, ip)
        yield from reachable_address(path, ip)
    for index, ingress in enumerate(service.status.load_balancer.ingress):
        path = ("status", "loadBalancer", "ingress", index)
        if ingress.ip:
            yield from address((*path, "ip"), ingress.ip)
        if ingress.hostname:
            yield from subdomain((*path, "hostname"), ingress.hostname)
            if parse_address(ingress.hostname):
                yield Finding((*path, "hostname"), f"{ingress.hostname} is an IP address", f"ip: {ingress.hostname}")


def validate_service_import(imported: ServiceImport) -> Iterator[Finding]:
    """A ServiceImport, by the schema of the Multi-Cluster Services API (KEP-1645)."""
    spec = imported.spec
    yield from subdomain(("metadata", "name"), imported.name)
    yield from one_of(("spec", "type"), spec.type, ("ClusterSetIP", "Headless"))
    if len(spec.ips) > 2:
        yield Finding(("spec", "ips"), f"{len(spec.ips)} addresses are too many", "at most one of each family")
    for index, ip in enumerate(spec.ips):
        yield from address(("spec", "ips", index), ip)
    for index, port in enumerate(spec.ports):
        path: Path = ("spec", "ports", index)
        if port.name:
            yield from dns_label((*path, "name"), port.name)
        yield from port_number((*path, "port"), port.port)
        yield from one_of((*path, "protocol"), port.protocol, PROTOCOLS)
