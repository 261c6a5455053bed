"""EndpointSlices of a Service without selector whose Endpoints somebody wrote, as the mirroring controller makes them.

A slice for each address family and each set of ports, as in Kubernetes 1.34: at most 1000 addresses of each subset.
"""

from collections.abc import Iterable

import msgspec

from clusterdns.cluster.addressbook import parse_ip
from clusterdns.cluster.cluster import SERVICE_NAME_LABEL
from clusterdns.cluster.endpoints import MANAGED_BY_LABEL, Taken
from clusterdns.cluster.objects import (
    Endpoint,
    EndpointAddress,
    EndpointConditions,
    EndpointPort,
    Endpoints,
    EndpointSlice,
    EndpointSubset,
    Labels,
    ObjectMeta,
    OwnerReference,
)
from clusterdns.cluster.workloads_names import generate_names

CONTROLLER = "endpointslicemirroring-controller.k8s.io"
SKIP_LABEL = "endpointslice.kubernetes.io/skip-mirror"
LEADER_ANNOTATION = "control-plane.alpha.kubernetes.io/leader"
NOT_COPIED = ("endpoints.kubernetes.io/last-change-trigger-time", "kubectl.kubernetes.io/last-applied-configuration")
MAX_ADDRESSES = 1000  # of a subset, and of a slice


def is_mirrored(endpoints: Endpoints) -> bool:
    labels, annotations = endpoints.metadata.labels, endpoints.metadata.annotations
    return labels.get(SKIP_LABEL) != "true" and LEADER_ANNOTATION not in annotations


def slices_from_endpoints(endpoints: Endpoints, taken: Taken) -> list[EndpointSlice]:
    """The slices for Endpoints; `taken` tells whether a slice of another maker has a name already."""
    groups: dict[tuple[str, bytes], tuple[list[EndpointPort], dict[bytes, Endpoint]]] = {}
    for subset in endpoints.subsets:
        same_ports = b",".join(sorted(map(msgspec.json.encode, subset.ports)))
        for family, endpoint in _endpoints(subset):
            members = groups.setdefault((family, same_ports), (_named(subset.ports), {}))[1]
            members[_identity(endpoint)] = endpoint
    slices: dict[str, EndpointSlice] = {}
    for number, ((family, _), (ports, members)) in enumerate(groups.items()):
        seed = f"{family}/{number}"
        (name,) = generate_names(f"{endpoints.name}-", seed, 1, lambda one: one in slices or taken(one))
        slices[name] = EndpointSlice(
            metadata=_metadata(endpoints, name),
            address_type=family,
            endpoints=list(members.values())[:MAX_ADDRESSES],
            ports=ports,
        )
    return list(slices.values())


def _endpoints(subset: EndpointSubset) -> Iterable[tuple[str, Endpoint]]:
    """The valid addresses of a subset with their families, as endpoints."""
    left = MAX_ADDRESSES
    for addresses, ready in ((subset.addresses, True), (subset.not_ready_addresses, False)):
        for address in addresses:
            ip = parse_ip(address.ip)
            if ip is not None and left:
                left -= 1
                yield f"IPv{ip.version}", _endpoint(address, str(ip), ready=ready)


def _endpoint(address: EndpointAddress, ip: str, *, ready: bool) -> Endpoint:
    return Endpoint(
        addresses=[ip],
        conditions=EndpointConditions(ready=ready),
        hostname=address.hostname or None,
        node_name=address.node_name,
        target_ref=address.target_ref,
    )


def _identity(endpoint: Endpoint) -> bytes:
    """Two endpoints of one address are one, unless they differ in hostname or target."""
    target = endpoint.target_ref
    return msgspec.json.encode((endpoint.addresses, endpoint.hostname, target and (target.namespace, target.name)))


def _named(ports: list[EndpointPort]) -> list[EndpointPort]:
    return [msgspec.structs.replace(port, name=port.name or "") for port in ports]


def _metadata(endpoints: Endpoints, name: str) -> ObjectMeta:
    labels: Labels = {**endpoints.metadata.labels, SERVICE_NAME_LABEL: endpoints.name, MANAGED_BY_LABEL: CONTROLLER}
    annotations = {key: value for key, value in endpoints.metadata.annotations.items() if key not in NOT_COPIED}
    owner = OwnerReference(api_version="v1", kind="Endpoints", name=endpoints.name, controller=True)
    return ObjectMeta(
        name=name,
        namespace=endpoints.namespace,
        labels=labels,
        annotations=annotations,
        owner_references=[owner],
    )
