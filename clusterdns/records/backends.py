"""What is behind a Service: its ready endpoints with the labels that they go by.

Knows EndpointSlices, and of DNS only labels.
"""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from clusterdns.cluster.objects import Endpoint, EndpointPort, EndpointSlice, ServiceImportPort, ServicePort

CLUSTER_LABEL: Final = "multicluster.kubernetes.io/source-cluster"
NO_PORT: Final = -1
"""Stands for a port without a number, which SRV records leave out."""


class Port(NamedTuple):
    """A port in lower case, as names ask for it."""

    name: bytes
    protocol: bytes
    number: int

    def is_asked(self, name: bytes, protocol: bytes) -> bool:
        """Is it the port that a name asks for? Empty is any."""
        return name in (b"", self.name) and protocol in (b"", self.protocol)


ANY_PORT: Final = (Port(b"", b"", NO_PORT),)
"""What stands for the ports of objects that list none."""


class Backend(NamedTuple):
    """One address of a ready endpoint."""

    address: str  # or a host name, of slices whose addresses are names
    label: str
    ports: tuple[Port, ...]
    topology: str  # the zone that it is in, in lower case
    cluster: str  # that it is imported from


class Backends:
    """The backends of one Service. `labelled` has them by label in lower case."""

    __slots__ = ("all", "labelled")

    def __init__(self, slices: Iterable[EndpointSlice] = (), *, pod_names: bool = False) -> None:
        self.all = tuple(backend for part in slices for backend in backends_of(part, pod_names=pod_names))
        self.labelled: dict[bytes, list[Backend]] = {}
        for backend in self.all:
            self.labelled.setdefault(backend.label.lower().encode(), []).append(backend)


def is_ready(endpoint: Endpoint) -> bool:
    """Only `ready` counts, and an unknown state is ready (Kubernetes: EndpointConditions)."""
    return endpoint.conditions.ready is not False


def backends_of(part: EndpointSlice, *, pod_names: bool) -> Iterator[Backend]:
    """All addresses of ready endpoints. `pod_names` lets endpoints without a hostname go by the name of their Pod."""
    ports = ports_of(part.ports) or ANY_PORT
    cluster = part.metadata.labels.get(CLUSTER_LABEL, "")
    for endpoint in part.endpoints:
        if is_ready(endpoint):
            topology = (endpoint.zone or "").lower()
            for address in endpoint.addresses:
                yield Backend(address, _label(endpoint, address, pod_names), ports, topology, cluster)


def ports_of(ports: Iterable[ServicePort | EndpointPort | ServiceImportPort]) -> tuple[Port, ...]:
    """The ports of an object, in its order."""
    return tuple(
        Port(
            (port.name or "").lower().encode(),
            port.protocol.lower().encode(),
            NO_PORT if port.port is None else port.port,
        )
        for port in ports
    )


def _label(endpoint: Endpoint, address: str, pod_names: bool) -> str:
    """Hostname, else the Pod's name if that is asked for and can be a label, else the address with dashes."""
    if endpoint.hostname:
        return endpoint.hostname
    if pod_names and endpoint.target_ref is not None and 0 < len(endpoint.target_ref.name) < 64:
        return endpoint.target_ref.name
    if "." in address:
        return address.replace(".", "-")
    if ":" not in address:
        return ""
    dashed = address.replace(":", "-")
    return dashed + "0" if dashed.endswith("-") else dashed
