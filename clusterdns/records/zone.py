"""A zone of a table: what decides how names in it are read, and how those are denied that it lacks.

Knows options, no object.
"""

from dataclasses import dataclass, field

from clusterdns.dns.names import IN_ADDR, IP6, Name, is_subdomain, name_text
from clusterdns.dns.record import Record
from clusterdns.records import apex
from clusterdns.records.options import TableOptions
from clusterdns.records.outcomes import Missing


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone of a table, and how the names that it lacks are denied."""

    name: Name
    soa: Record
    nodata: Missing
    nxdomain: Missing
    multicluster: bool
    reverse: bool
    server: bytes | None  # what the names begin with that stand for the zone's name server
    void: set[Name] = field(default_factory=set, compare=False)
    """Names in the zone that were found to have no others just below them, whatever is asked for (see `families`)."""

    def is_server(self, name: Name) -> bool:
        """Is it `ns.dns` in the zone? As for CoreDNS, whatever may follow before the zone comes again."""
        return self.server is not None and name.startswith(self.server)


def make_zone(name: Name, options: TableOptions, serial: int) -> Zone:
    """A zone of a table with these options. `serial` is that of the SOA record."""
    soa = apex.soa(name, options.ttl, serial)
    text = name_text(name)
    return Zone(
        name,
        soa,
        nodata=Missing(soa, exists=True),
        nxdomain=Missing(soa),
        multicluster=any(is_subdomain(name, other) for other in options.multicluster),
        reverse=is_subdomain(name, IN_ADDR) or is_subdomain(name, IP6),
        # CoreDNS looks for the first place where the zone's text stands
        server=apex.NAME_SERVER + name[:-1] if f"ns.dns.{text}".find(text) == len("ns.dns.") else None,
    )


def is_reverse(zone: Name) -> bool:
    """Is it a zone below in-addr.arpa or ip6.arpa? These two themselves are not, for CoreDNS."""
    return any(zone != top and is_subdomain(zone, top) for top in (IN_ADDR, IP6))
