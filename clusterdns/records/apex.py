"""What stands at the top of a zone: its SOA record and its name servers.

Names of a zone keep the case that the zone is given in. Knows objects only to find the Services that the server itself
is behind.
"""

import struct
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from clusterdns.cluster.cluster import SERVICE_NAME_LABEL
from clusterdns.cluster.objects import EndpointSlice, Service
from clusterdns.dns import codes
from clusterdns.dns.record import Record
from clusterdns.records.addresses import pack_address
from clusterdns.records.answers import address_record, below
from clusterdns.records.backends import backends_of
from clusterdns.records.view import View, cluster_ips, is_headless, service_key

NAME_SERVER: Final = b"\x02ns\x03dns"
"""The labels of the name server that SOA records name, and NS records when the server is behind no Service."""
_HOSTMASTER: Final = b"\x0ahostmaster"
_TIMERS: Final = struct.Struct("!5I")
_REFRESH: Final = 7200  # seconds, as the next two
_RETRY: Final = 1800
_EXPIRE: Final = 86400
_LONGEST_TTL: Final = 300


class NameServer(NamedTuple):
    """One address of a name server. `name` is relative to the zone."""

    name: str
    address: str


def soa(zone: bytes, ttl: int, serial: int) -> Record:
    """The zone's SOA record (RFC 1035 3.3.13); `ttl` is that of the table, which is the minimum too."""
    return make_soa(zone, NAME_SERVER + zone, zone, min(ttl, _LONGEST_TTL), serial, ttl)


def make_soa(zone: bytes, server: bytes, host: bytes, ttl: int, serial: int, minimum: int) -> Record:
    """A SOA record; the mailbox is `hostmaster` at a host."""
    timers = _TIMERS.pack(serial & 0xFFFFFFFF, _REFRESH, _RETRY, _EXPIRE, minimum)
    return Record(zone, codes.SOA, ttl, server + _HOSTMASTER + host + timers)


def name_servers(view: View) -> list[NameServer]:
    """The Services that the server's own addresses are behind, be they exposed or not, else those addresses."""
    own = view.own_addresses
    if any(address in view.slices_by_ip for address in own):
        found = [behind for address in own for behind in services_behind(view, address)]
        return [server for service, part in found for server in _addresses_of(view, service, part)]
    return [NameServer("ns.dns", address) for address in own]


def services_behind(view: View, own: str) -> Iterator[tuple[Service, EndpointSlice]]:
    """The Services with an endpoint of this address, and the slice that has it."""
    for part in view.slices_by_ip.get(own, ()):
        service = view.service(service_key(part.namespace, part.metadata.labels.get(SERVICE_NAME_LABEL, "")))
        if service is not None:
            yield service, part


def _addresses_of(view: View, service: Service, part: EndpointSlice) -> Iterator[NameServer]:
    """The name and addresses of a Service; of a headless one those of all endpoints in the slice."""
    base = f"{service.name}.{service.namespace}.svc"
    if is_headless(service):
        for backend in backends_of(part, pod_names=view.options.endpoint_pod_names):
            yield NameServer(f"{backend.label}.{base}", backend.address)
    else:
        for ip in cluster_ips(service):
            yield NameServer(base, ip)


def name_server_records(
    servers: Iterable[NameServer], zone: bytes, ttl: int, glue_ttl: int
) -> tuple[list[Record], list[Record]]:
    """NS records, one for each name, and the addresses of the names."""
    ns: dict[bytes, Record] = {}
    glue: list[Record] = []
    for server in servers:
        target, packed = below(server.name, zone), pack_address(server.address)
        if target and packed:
            ns.setdefault(target, Record(zone, codes.NS, ttl, target))
            glue.append(address_record(target, packed, glue_ttl))
    return list(ns.values()), glue
