"""Records of external zones: of their top, and of what a Service's members say (CoreDNS: plugin/k8s_external).

Addresses have the TTL of the external zone, SRV and CNAME records that of the cluster. Where a host name leads is for
others to find out. Knows no query.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

from clusterdns.dns import codes
from clusterdns.dns.names import Name
from clusterdns.dns.rdata import ADDRESS_SIZES
from clusterdns.dns.record import Record
from clusterdns.records.addresses import pack_address
from clusterdns.records.answers import address_record, below, host_name, srv_rdata, srv_weight
from clusterdns.records.apex import make_soa
from clusterdns.records.backends import NO_PORT
from clusterdns.records.schema import Members

_NS1: Final = b"\x03ns1"


@dataclass(frozen=True)
class Zone:
    """An external zone. `apex` are the labels that its name server is below."""

    name: Name
    apex: bytes
    ttl: int  # seconds, as the next
    cluster_ttl: int
    serial: int

    @property
    def server(self) -> bytes:
        """The name of the name server."""
        return _NS1 + self.apex + self.name

    @property
    def soa(self) -> Record:
        return make_soa(self.name, self.server, self.apex + self.name, self.ttl, self.serial, self.ttl)

    @property
    def ns(self) -> Record:
        return Record(self.name, codes.NS, self.ttl, self.server)

    def glue(self, owner: bytes, addresses: list[str]) -> list[Record]:
        """A and AAAA records of the name server."""
        packed = [each for each in map(pack_address, addresses) if each is not None]
        return [address_record(owner, each, self.ttl) for each in packed]

    def addresses(self, owner: bytes, members: Members, rtype: int) -> list[Record]:
        """Address records of a type, each once, and for each host name a CNAME record."""
        records: list[Record] = []
        for member in members:
            packed = pack_address(member.host)
            if packed is None:
                if (target := host_name(member.host)) is not None:
                    records.append(Record(owner, codes.CNAME, self.cluster_ttl, target))
            elif len(packed) == ADDRESS_SIZES[rtype]:
                record = address_record(owner, packed, self.ttl)
                if record not in records:
                    records.append(record)
        return records

    def services(self, owner: bytes, members: Members) -> "Services":
        """SRV records, each target and port once."""
        found = Services({}, {}, {})
        weight = srv_weight(len(members)) if members else 0
        for member in members:
            packed = pack_address(member.host)
            target = host_name(member.host) if packed is None else below(member.name, self.name)
            if member.port == NO_PORT or target is None:
                continue
            rdata = srv_rdata(weight, member.port, target)
            found.records.setdefault((target, member.port), Record(owner, codes.SRV, self.cluster_ttl, rdata))
            if packed is None:
                found.hosts[target] = None
            else:
                found.addresses.setdefault((target, packed), address_record(target, packed, self.ttl))
        return found


class Services(NamedTuple):
    """SRV records by target and port, the address records of targets in the zone, and targets elsewhere."""

    records: dict[tuple[bytes, int], Record]
    addresses: dict[tuple[bytes, bytes], Record]
    hosts: dict[bytes, None]
