"""EndpointSlices of a Service with a selector, as the EndpointSlice controller of Kubernetes 1.34 makes them.

A slice for each address family and each set of ports that the Pods have, of at most 100 endpoints; an empty one where
there is no endpoint. Values in, values out: which Pods a Service selects is found elsewhere.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from clusterdns.cluster.addressbook import canonical
from clusterdns.cluster.cluster import SERVICE_NAME_LABEL, Name, pod_ips, pod_is_ready
from clusterdns.cluster.objects import (
    Endpoint,
    EndpointConditions,
    EndpointPort,
    EndpointSlice,
    Labels,
    Node,
    ObjectMeta,
    ObjectReference,
    OwnerReference,
    Pod,
    Service,
    ServicePort,
)
from clusterdns.cluster.workloads_names import generate_names

MANAGED_BY_LABEL = "endpointslice.kubernetes.io/managed-by"
HEADLESS_LABEL = "service.kubernetes.io/headless"
ZONE_LABEL = "topology.kubernetes.io/zone"
CONTROLLER = "endpointslice-controller.k8s.io"
MAX_ENDPOINTS = 100
BOTH_FAMILIES = ("IPv4", "IPv6")  # of a Service whose families nobody filled in

Taken = Callable[[str], bool]


def slices_from_selector(
    service: Service, pods: Sequence[Pod], nodes: Mapping[Name, Node], taken: Taken
) -> list[EndpointSlice]:
    """The slices for a Service and the Pods it selects.

    `taken` tells whether a slice of another maker has a name already.
    """
    groups: dict[bytes, tuple[list[EndpointPort], list[Pod]]] = {}
    for pod in pods:
        if pod.status.phase not in ("Succeeded", "Failed") and pod_ips(pod):
            ports = _ports(service, pod)
            groups.setdefault(msgspec.json.encode(ports), (ports, []))[1].append(pod)
    slices: dict[str, EndpointSlice] = {}
    for family in service.spec.ip_families or BOTH_FAMILIES:
        contents = list(_contents(service, groups.values(), family, nodes)) or [([], [])]
        for number, (ports, endpoints) in enumerate(contents):
            seed = f"{family}/{number}"
            (name,) = generate_names(f"{service.name}-", seed, 1, lambda one: one in slices or taken(one))
            slices[name] = EndpointSlice(
                metadata=_metadata(service, name), address_type=family, endpoints=endpoints, ports=ports
            )
    return list(slices.values())


def _contents(
    service: Service,
    groups: Iterable[tuple[list[EndpointPort], list[Pod]]],
    family: str,
    nodes: Mapping[Name, Node],
) -> Iterable[tuple[list[EndpointPort], list[Endpoint]]]:
    """Ports and endpoints of each slice of a family."""
    for ports, pods in groups:
        endpoints = [one for pod in pods if (one := _endpoint(service, pod, family, nodes)).addresses]
        for start in range(0, len(endpoints), MAX_ENDPOINTS):
            yield ports, endpoints[start : start + MAX_ENDPOINTS]


def _metadata(service: Service, name: str) -> ObjectMeta:
    owner = OwnerReference(api_version="v1", kind="Service", name=service.name, controller=True)
    return ObjectMeta(name=name, namespace=service.namespace, labels=_labels(service), owner_references=[owner])


def _labels(service: Service) -> Labels:
    labels = {**service.metadata.labels, SERVICE_NAME_LABEL: service.name, MANAGED_BY_LABEL: CONTROLLER}
    labels.pop(HEADLESS_LABEL, None)
    if service.headless:
        labels[HEADLESS_LABEL] = ""
    return labels


def _endpoint(service: Service, pod: Pod, family: str, nodes: Mapping[Name, Node]) -> Endpoint:
    serving = pod_is_ready(pod)
    terminating = pod.metadata.deletion_timestamp is not None
    ready = service.spec.publish_not_ready_addresses or (serving and not terminating)
    node = nodes.get(("", pod.spec.node_name))
    named = pod.spec.hostname and pod.spec.subdomain == service.name
    return Endpoint(
        addresses=_addresses(pod, family),
        conditions=EndpointConditions(ready=ready, serving=serving, terminating=terminating),
        hostname=pod.spec.hostname if named else None,
        node_name=pod.spec.node_name or None,
        target_ref=ObjectReference(kind="Pod", namespace=pod.namespace, name=pod.name, uid=pod.metadata.uid),
        zone=(node.metadata.labels.get(ZONE_LABEL) or None) if node else None,
    )


def _addresses(pod: Pod, family: str) -> list[str]:
    return [canonical(ip) for ip in pod_ips(pod) if (":" in ip) == (family == "IPv6")]


def _ports(service: Service, pod: Pod) -> list[EndpointPort]:
    """The ports of a Service as numbers of this Pod; a port whose name the Pod lacks is left out."""
    found = ((port, _number(port, pod)) for port in service.spec.ports)
    return [
        EndpointPort(name=port.name, protocol=port.protocol, port=number, app_protocol=port.app_protocol)
        for port, number in found
        if number is not None
    ]


def _number(port: ServicePort, pod: Pod) -> int | None:
    if not isinstance(port.target_port, str):
        return port.target_port or port.port
    sidecars = (one for one in pod.spec.init_containers if one.restart_policy == "Always")
    ports: Iterable[int] = (
        exposed.container_port
        for container in (*pod.spec.containers, *sidecars)
        for exposed in container.ports
        if exposed.name == port.target_port and exposed.protocol == port.protocol
    )
    return next(iter(ports), None)
