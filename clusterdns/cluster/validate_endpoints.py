"""Are Endpoints or an EndpointSlice right? Rules of the API server of Kubernetes 1.34."""

from collections.abc import Iterator

from clusterdns.cluster.objects import Endpoint, EndpointAddress, EndpointPort, Endpoints, EndpointSlice
from clusterdns.cluster.problems import Finding, Path
from clusterdns.cluster.validate_values import (
    PROTOCOLS,
    address,
    address_of_family,
    dns_label,
    one_of,
    port_number,
    reachable_address,
    subdomain,
    unique,
)

MAX_ENDPOINTS = 1000
MAX_ADDRESSES = 100
MAX_PORTS = 20_000

_ADDRESS_TYPES = frozenset({"IPv4", "IPv6", "FQDN"})


def validate_endpoint_slice(endpoint_slice: EndpointSlice) -> Iterator[Finding]:
    yield from subdomain(("metadata", "name"), endpoint_slice.name)
    if endpoint_slice.address_type:
        yield from one_of(("addressType",), endpoint_slice.address_type, _ADDRESS_TYPES)
    else:
        yield Finding(("addressType",), "is missing", "IPv4, IPv6 or FQDN")
    yield from _at_most(("endpoints",), len(endpoint_slice.endpoints), MAX_ENDPOINTS, "endpoints")
    for index, endpoint in enumerate(endpoint_slice.endpoints):
        yield from _endpoint(("endpoints", index), endpoint, endpoint_slice.address_type)
    ports = endpoint_slice.ports
    yield from _at_most(("ports",), len(ports), MAX_PORTS, "ports")
    for index, port in enumerate(ports):
        yield from _port(("ports", index), port)
    yield from unique(((("ports", index, "name"), port.name or "") for index, port in enumerate(ports)), "the name")


def _endpoint(path: Path, endpoint: Endpoint, address_type: str) -> Iterator[Finding]:
    addresses = endpoint.addresses
    if not addresses:
        yield Finding((*path, "addresses"), "is missing", "at least one address")
    elif len(addresses) > 1:
        yield from _at_most((*path, "addresses"), len(addresses), MAX_ADDRESSES, "addresses")
    for index, text in enumerate(addresses):
        here = (*path, "addresses", index)
        if address_type == "FQDN":
            yield from subdomain(here, text.removesuffix("."))
        elif address_type in ("IPv4", "IPv6"):
            yield from address_of_family(here, text, address_type)
            yield from reachable_address(here, text)
        else:
            yield from address(here, text)
    if endpoint.hostname is not None:
        yield from dns_label((*path, "hostname"), endpoint.hostname)


def _at_most(path: Path, count: int, limit: int, what: str) -> Iterator[Finding]:
    if count > limit:
        yield Finding(path, f"{count} {what} are too many", f"at most {limit} in one EndpointSlice")


def validate_endpoints(endpoints: Endpoints) -> Iterator[Finding]:
    yield from subdomain(("metadata", "name"), endpoints.name)
    for index, subset in enumerate(endpoints.subsets):
        path: Path = ("subsets", index)
        if not subset.addresses and not subset.not_ready_addresses:
            yield Finding(path, "has no addresses", "addresses or notReadyAddresses")
        for field, addresses in (("addresses", subset.addresses), ("notReadyAddresses", subset.not_ready_addresses)):
            for number, endpoint_address in enumerate(addresses):
                yield from _endpoint_address((*path, field, number), endpoint_address)
        for number, port in enumerate(subset.ports):
            yield from _port((*path, "ports", number), port)
            if not port.name and len(subset.ports) > 1:
                yield Finding((*path, "ports", number, "name"), "is missing", "each of several ports has a name")
            if port.port is None:
                yield Finding((*path, "ports", number, "port"), "is missing", "1 to 65535")


def _endpoint_address(path: Path, endpoint_address: EndpointAddress) -> Iterator[Finding]:
    yield from address((*path, "ip"), endpoint_address.ip)
    yield from reachable_address((*path, "ip"), endpoint_address.ip)
    if endpoint_address.hostname:
        yield from dns_label((*path, "hostname"), endpoint_address.hostname)


def _port(path: Path, port: EndpointPort) -> Iterator[Finding]:
    if port.name:
        yield from dns_label((*path, "name"), port.name)
    if port.port is not None:
        yield from port_number((*path, "port"), port.port)
    yield from one_of((*path, "protocol"), port.protocol, PROTOCOLS)
