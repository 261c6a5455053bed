"""What differs between the names of two clusters: sets of records that come, go or change, and whose each is.

Serial numbers don't count, nor does the order of records. Knows tables; reads and prints nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from clusterdns.cluster.objects import Key, Namespace, Service, ServiceImport
from clusterdns.dns import codes
from clusterdns.dns.names import Name, is_subdomain, labels, name_text, parent
from clusterdns.dns.rdata import ADDRESS_SIZES
from clusterdns.dns.record import Record
from clusterdns.dns.text import rdata_text
from clusterdns.records.addresses import pack_address
from clusterdns.records.paths import POD, SERVICE
from clusterdns.records.table import Table
from clusterdns.records.zone import Zone

ZONE: Final = "Zone"
"""The kind of what has names that are no object's."""
_KINDS: Final = (Service.kind, ServiceImport.kind, Namespace.kind, ZONE)
_SRV_TARGET: Final = 6  # octets of priority, weight and port before it

Sets = Mapping[tuple[Name, int], set[bytes]]
"""Data of records in wire form by owner and type."""


class How(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class Difference(NamedTuple):
    """The records of a name and type before and after, their data as sorted texts; `…` for whatever address.

    `owner` is whose the name is: a Service's, a Namespace's (those of its Pods) or a zone's.
    """

    owner: Key
    name: str
    type: str
    before: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def how(self) -> How:
        if not self.before:
            return How.ADDED
        return How.CHANGED if self.after else How.REMOVED


class Comparison(NamedTuple):
    """What differs, by owner, and of how many names: that had no records before, that have none now, the others."""

    differences: list[Difference]
    added: int
    removed: int
    changed: int


def compare(old: Sequence[Table], new: Sequence[Table], *, addresses: bool = True) -> Comparison:
    """What differs between the tables of two clusters.

    Without `addresses` it does not count which ones a name has, and names that are made of one are left out.
    """
    before, after = _sets(old, addresses=addresses), _sets(new, addresses=addresses)
    zones = {zone.name: zone for table in (*old, *new) for zone in table.zones}
    differ = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    had, has = ({name for name, _ in sets} for sets in (before, after))
    names = {name for name, _ in differ}
    found = [
        Difference(
            _owner(zones.values(), name, rtype, before.get((name, rtype)) or after[name, rtype]),
            name_text(name),
            codes.type_text(rtype),
            _texts(rtype, before.get((name, rtype), ()), addresses=addresses),
            _texts(rtype, after.get((name, rtype), ()), addresses=addresses),
        )
        for name, rtype in sorted(differ, key=lambda key: (labels(key[0])[::-1], key[1]))
    ]
    found.sort(key=lambda each: (_KINDS.index(each.owner.kind), each.owner, each.type == "PTR"))
    return Comparison(found, len(names - had), len(names - has), len(names & had & has))


def _sets(tables: Iterable[Table], *, addresses: bool) -> Sets:
    found: dict[tuple[Name, int], set[bytes]] = defaultdict(set)
    for table in tables:
        for record in table.records():
            if record.rtype != codes.SOA and (addresses or not _is_made_of_address(record)):
                found[record.owner, record.rtype].add(record.rdata if addresses else _without_address(record))
    return found


def _is_made_of_address(record: Record) -> bool:
    return record.rtype == codes.PTR or _is_address(record.owner)


def _is_address(name: Name) -> bool:
    """Does a name begin with an address with dashes for its dots or colons?"""
    label = labels(name)[0].decode("ascii", "replace") if name[0] else ""
    return "-" in label and any(pack_address(label.replace("-", separator)) for separator in ".:")


def _without_address(record: Record) -> bytes:
    """The data of a record, the same for any address."""
    if record.rtype in ADDRESS_SIZES:
        return bytes(len(record.rdata))
    target = record.rdata[_SRV_TARGET:]
    if record.rtype == codes.SRV and _is_address(target):
        return record.rdata[:_SRV_TARGET] + parent(target)
    return record.rdata


def _owner(zones: Iterable[Zone], name: Name, rtype: int, data: Iterable[bytes]) -> Key:
    """Whose a name is; a reverse name is of those whose name its first record tells."""
    if rtype == codes.PTR:
        name = min(data)
    inside = [zone for zone in zones if is_subdomain(name, zone.name)]
    if not inside:
        return Key(ZONE, "", name_text(name))
    zone = max(inside, key=lambda zone: len(zone.name))
    match [label.decode("ascii", "replace") for label in labels(name)[: -len(labels(zone.name)) or None]]:
        case [*_, service, namespace, kind] if kind == SERVICE.decode():
            return Key(ServiceImport.kind if zone.multicluster else Service.kind, namespace, service)
        case [*_, namespace, kind] if kind == POD.decode():
            return Key(Namespace.kind, "", namespace)
    return Key(ZONE, "", name_text(zone.name))


def _texts(rtype: int, data: Iterable[bytes], *, addresses: bool) -> tuple[str, ...]:
    if not addresses and rtype in ADDRESS_SIZES:
        return tuple("…" for _ in data)
    return tuple(sorted(rdata_text(rtype, each) for each in data))
