"""Members to records: what each type of question is answered with (CoreDNS: plugin/backend_lookup.go).

Owners and targets are those of a question in lower case. Knows no objects; what is behind another name of the zone is
asked from a callable.
"""

import struct
from collections.abc import Callable
from typing import Final

from clusterdns.dns import codes
from clusterdns.dns.names import MAX_LENGTH, BadName, Name, encode_name, is_subdomain
from clusterdns.dns.rdata import ADDRESS_SIZES
from clusterdns.dns.record import Record
from clusterdns.records.addresses import pack_address
from clusterdns.records.backends import NO_PORT
from clusterdns.records.outcomes import Alias
from clusterdns.records.schema import Members

_LONGEST_CHAIN: Final = 11  # CNAME records, one after the other
_SRV: Final = struct.Struct("!3H")


def below(relative: str, zone: Name) -> bytes | None:
    """The wire form of a name relative to a zone, None if it can't be one."""
    try:
        name = encode_name(relative)[:-1] + zone
    except BadName:
        return None
    return name if len(name) <= MAX_LENGTH else None


def host_name(text: str) -> bytes | None:
    """The wire form of a host's name as an object spells it, None if it can't be one."""
    try:
        return encode_name(text)
    except BadName:
        return None


def address_record(owner: bytes, packed: bytes, ttl: int) -> Record:
    """A or AAAA."""
    return Record(owner, codes.A if len(packed) == 4 else codes.AAAA, ttl, packed)


def srv_rdata(weight: int, port: int, target: bytes) -> bytes:
    """Priority is always 0 (RFC 2782)."""
    return _SRV.pack(0, weight, port & 0xFFFF) + target


def srv_weight(count: int) -> int:
    """An equal share for each of `count`, and at least 1. In floating point, as CoreDNS reckons."""
    return int(100.0 / (100 * count) * 100) or 1


class Addresses:
    """Answers to questions for addresses in one zone, aliases followed as far as the zone goes."""

    def __init__(self, zone: Name, ttl: int, find: Callable[[Name], Members | None]) -> None:
        self._zone = zone
        self._ttl = ttl
        self._find = find

    def of(
        self, owner: bytes, members: Members, rtype: int, chain: tuple[Record, ...] = ()
    ) -> tuple[list[Record], list[Alias]]:
        """Records of a name, and the aliases among its members that lead out of the zone.

        An alias within the zone that comes to nothing, or back to itself, leaves nothing.
        """
        records: list[Record] = []
        aliases: list[Alias] = []
        seen: set[str] = set()
        for member in members:
            packed = pack_address(member.host)
            if packed is None:
                more, further = self._follow(owner, member.host, rtype, chain)
                records += more
                aliases += further
            elif len(packed) == ADDRESS_SIZES[rtype] and member.host not in seen:
                seen.add(member.host)
                records.append(address_record(owner, packed, self._ttl))
        return records, aliases

    def _follow(
        self, owner: bytes, host: str, rtype: int, chain: tuple[Record, ...]
    ) -> tuple[list[Record], list[Alias]]:
        target = host_name(host)
        if target is None or is_subdomain(target.lower(), owner.lower()) or len(chain) >= _LONGEST_CHAIN:
            return [], []
        if any(link.rdata == target for link in chain):
            return [], []
        link = Record(owner, codes.CNAME, self._ttl, target)
        if not is_subdomain(target.lower(), self._zone):
            return [], [Alias((*chain, link), target)]
        records, aliases = self.of(target, self._find(target.lower()) or [], rtype, (*chain, link))
        return [link, *records] if records else [], aliases


def services(owner: bytes, members: Members, zone: Name, ttl: int) -> tuple[list[Record], list[Record]]:
    """SRV records and the addresses of their targets. Hosts that have no address have no SRV record."""
    addressed = [(member, packed) for member in members if (packed := pack_address(member.host)) is not None]
    records: dict[tuple[str, int], Record] = {}
    additional: dict[tuple[str, str], Record] = {}
    for member, packed in addressed:
        target = below(member.name, zone)
        if member.port == NO_PORT or target is None:
            continue
        rdata = srv_rdata(srv_weight(len(addressed)), member.port, target)
        records.setdefault((member.name, member.port), Record(owner, codes.SRV, ttl, rdata))
        additional.setdefault((member.name, member.host), address_record(target, packed, ttl))
    return list(records.values()), list(additional.values())


def canonical_name(owner: bytes, members: Members, ttl: int) -> list[Record]:
    """The CNAME record of a name whose first member is a host."""
    if not members or pack_address(members[0].host) is not None or (target := host_name(members[0].host)) is None:
        return []
    return [Record(owner, codes.CNAME, ttl, target)]
