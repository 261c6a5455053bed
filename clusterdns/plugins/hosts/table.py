"""What a hosts file says: names to addresses and back, as records ready to be answered.

The format is that of /etc/hosts: an address and its names on a line, `#` begins a comment; a line that is none of
this is left out. Knows no files and no queries.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from clusterdns.corefile import parse_ip
from clusterdns.dns import codes
from clusterdns.dns.names import ROOT, BadName, IPAddress, Name, longest_match, parent, parse_name
from clusterdns.dns.record import Record

_ASTERISK: Final = b"\x01*"
_TYPES: Final = {4: codes.A, 6: codes.AAAA}


@dataclass
class HostsTable:
    """Records of names, by type and owner (`*` owners as they are), and names of addresses."""

    addresses: dict[tuple[int, Name], list[Record]] = field(default_factory=dict)
    names: dict[IPAddress, list[Name]] = field(default_factory=dict)

    def of_name(self, rtype: int, name: Name) -> list[Record]:
        """A or AAAA records of a name, or of the wildcard that stands for its first label."""
        records = self.addresses.get((rtype, name))
        if records is not None:
            return records
        wildcard = self.addresses.get((rtype, _ASTERISK + parent(name)))
        return [record.with_owner(name) for record in wildcard or ()]

    def __len__(self) -> int:
        """How many entries there are, names of addresses counted too."""
        return sum(map(len, self.addresses.values())) + sum(map(len, self.names.values()))


def parse_hosts(text: str, zones: tuple[Name, ...], ttl: int, *, reverse: bool) -> HostsTable:
    """Reads a hosts file; names outside `zones` are left out. TTL in seconds; `reverse`: addresses have names."""
    table = HostsTable()
    for address, name in _entries(text):
        if longest_match(name, zones) is None or name == _ASTERISK + ROOT:
            continue  # CoreDNS has no wildcard for names of one label
        rtype = _TYPES[address.version]
        table.addresses.setdefault((rtype, name), []).append(Record(name, rtype, ttl, address.packed))
        if reverse and not name.startswith(_ASTERISK):
            table.names.setdefault(address, []).append(name)
    return table


def parse_address(text: str) -> IPAddress | None:
    """An address, without its IPv6 zone, ::ffff:1.2.3.4 as 1.2.3.4; None for what is none."""
    try:
        address = parse_ip(text.partition("%")[0])
    except ValueError:
        return None
    return plain(address)


def plain(address: IPAddress) -> IPAddress:
    """The address, IPv4 if it is an IPv4 address in IPv6 form (RFC 4291 2.5.5.2)."""
    return (address.ipv4_mapped or address) if address.version == 6 else address


def _entries(text: str) -> Iterator[tuple[IPAddress, Name]]:
    for line in text.split("\n"):
        words = line.partition("#")[0].split()
        address = parse_address(words[0]) if words else None
        if address is None:
            continue
        for word in words[1:]:
            try:
                yield address, parse_name(word)
            except BadName:
                continue
