"""The table: every name of a cluster's zones with its records in wire form, as one kubernetes plugin serves them.

Immutable to whoever reads it: a change of the cluster makes another table. Which names there are follows from the
objects, so a name's records are made when it is first asked for, and kept. Knows no query, only names and types.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from clusterdns.cluster.changes import Change
from clusterdns.dns import codes
from clusterdns.dns.names import ROOT, Name, labels, offset_of
from clusterdns.dns.rdata import ADDRESS_SIZES
from clusterdns.dns.record import Record
from clusterdns.records import answers, apex, listing, schema, zonefile
from clusterdns.records.addresses import reversed_address
from clusterdns.records.external import is_external
from clusterdns.records.outcomes import Elsewhere, Found, Missing, Outcome
from clusterdns.records.owners import Owner, owners_of_address, owners_of_path
from clusterdns.records.paths import SERVICE, Path, parse_path
from clusterdns.records.schema import Member, Members
from clusterdns.records.view import ServiceKey, View
from clusterdns.records.zone import Zone, is_reverse, make_zone

ROOM: Final = 65_536
"""Outcomes kept; one more, and all are forgotten."""

_VERSION: Final = [b"dns-version"]
_BARE: Final[tuple[list[bytes], ...]] = ([], [b"svc"], [b"pod"])
"""Labels of names that always exist and have no records of their own."""


class _Said(NamedTuple):
    """What was said to a question, and the Service that alone decided it, if it was one."""

    outcome: Outcome
    service: ServiceKey | None


class Table:
    """All names of some zones. `serial` is that of the SOA records, by custom the Unix time of the last change.

    `external_serial` is that of zones with external addresses: when one was last changed, 0 if none ever was. What the
    table `before` said of a Service that has stayed as it was is said again.
    """

    def __init__(self, view: View, serial: int, external_serial: int = 0, before: "Table | None" = None) -> None:
        self.view = view
        self.options = view.options
        self.serial = serial
        self.external_serial = external_serial
        zones = dict.fromkeys(self.options.zones)
        self.zones = tuple(make_zone(zone, self.options, serial) for zone in sorted(zones, key=len, reverse=True))
        self._apexes = tuple(zone.name for zone in self.zones)
        self._primary = next(zone for zone in zones if not is_reverse(zone))
        self._kept: dict[tuple[Name, int], _Said] = {}
        self._before = None if before is None else (before.view, before._kept)

    def changed(self, changes: list[Change], serial: int) -> "Table":
        """The table after some objects changed, with its serial; this very one if it shows none of them."""
        view = self.view.changed(changes)
        if view is self.view:
            return self
        seen = ([thing if view.shows(thing) else None for thing in (old, new)] for _, old, new in changes)
        external = any(is_external(old, new) for old, new in seen)
        return Table(view, serial, serial if external else self.external_serial, before=self)

    def lookup(self, name: Name, qtype: int) -> Outcome | None:
        """What there is under a name of a type; None for a name in no zone of the table.

        Types other than A, AAAA, CNAME, NS, PTR, SOA, SRV and TXT only tell whether the name exists.
        """
        said = self._kept.get((name, qtype))
        if said is not None:
            return said.outcome
        zone = self.zone_of(name)
        return None if zone is None else self.answer(zone, name, qtype)

    def answer(self, zone: Zone, name: Name, qtype: int) -> Outcome:
        """As `lookup`, for a name of which the zone is known."""
        question = name, qtype
        said = self._kept.get(question)
        if said is None:
            said = self._as_before(zone, question) or self._answer(zone, name, qtype)
            if said.outcome is not zone.nxdomain:
                if len(self._kept) >= ROOM:
                    self._kept.clear()
                self._kept[question] = said
        return said.outcome

    def zone_of(self, name: Name) -> Zone | None:
        """The longest zone that the name is in."""
        if name.endswith(self._apexes):
            for zone in self.zones:
                if offset_of(name, zone.name) is not None:
                    return zone
        return None

    def transfer(self, zone: Name, serial: int | None = None) -> Iterator[list[Record]] | None:
        """The records of a whole zone as CoreDNS transfers it, SOA first and last; None for a zone of others.

        Any name in a zone can be transferred as if it were one. With the `serial` that a client has, when that is
        still right, the SOA record alone.
        """
        held = self.zone_of(zone)
        if held is None:
            return None
        soa = apex.soa(zone, self.options.ttl, self.serial)
        if serial and serial == self.serial & 0xFFFFFFFF:
            return iter([[soa]])
        return zonefile.whole_zone(self.view, zone, soa, multicluster=held.multicluster)

    def owners(self, name: Name) -> Iterator[Owner]:
        """Whose the name is; nobody's if it is in no zone of the table."""
        zone = self.zone_of(name)
        if zone is None:
            return iter(())
        if zone.reverse:
            return owners_of_address(self.view, name)
        return owners_of_path(self.view, _relative(zone, name), multicluster=zone.multicluster)

    def records(self) -> Iterator[Record]:
        """The records of all names but those of Pods that are computed from any address."""
        for zone in self.zones:
            yield from listing.zone_records(self.view, zone, self.lookup)
        yield from listing.pointer_records(self.view, self.lookup)

    def _as_before(self, zone: Zone, question: tuple[Name, int]) -> _Said | None:
        """What the table before said, if only a Service decided it that is as it was."""
        if self._before is None:
            return None
        view, kept = self._before
        said = kept.get(question)
        if said is None or said.service is None or not self.view.has_same(said.service, view):
            return None
        return _Said(zone.nodata, said.service) if isinstance(said.outcome, Missing) else said

    def _answer(self, zone: Zone, name: Name, qtype: int) -> _Said:
        ttl = self.options.ttl
        if qtype == codes.SOA:
            return _Said(Found((zone.soa,)) if name == zone.name else zone.nodata, None)
        if qtype == codes.NS and name == zone.name:
            servers = apex.name_servers(self.view)
            return _Said(_found(zone, *apex.name_server_records(servers, name, ttl, ttl)), None)
        if qtype == codes.TXT:
            return _Said(self._text(zone, name), None)
        if qtype == codes.PTR and (address := reversed_address(name)) is not None:
            return _Said(self._pointers(zone, name, address), None)
        members = self._members(zone, name, qtype)
        if members is None:
            return _Said(zone.nxdomain, None)
        if qtype in ADDRESS_SIZES:
            return self._addresses(zone, name, members, qtype)
        outcome: Outcome = zone.nodata
        if qtype == codes.SRV:
            outcome = _found(zone, *answers.services(name, members, zone.name, ttl))
        elif qtype == codes.CNAME:
            outcome = _found(zone, answers.canonical_name(name, members, ttl))
        return _Said(outcome, _service_of(zone, name))

    def _members(self, zone: Zone, name: Name, qtype: int) -> Members | None:
        """What the name stands for to a question of this type; None for a name that doesn't exist."""
        if zone.is_server(name) and qtype not in (codes.TXT, codes.PTR):
            servers = apex.name_servers(self.view) if qtype in ADDRESS_SIZES else ()
            return [Member(server.address, 0, server.name) for server in servers]
        relative = _relative(zone, name)
        if relative in _BARE:
            return []
        path = self._path(zone, relative)
        if path is None or zone.reverse:
            return None
        return schema.find_members(self.view, path, multicluster=zone.multicluster)

    def _path(self, zone: Zone, relative: list[bytes]) -> Path | None:
        return parse_path(relative, multicluster=zone.multicluster, zonal=self.options.zonal)

    def _addresses(self, zone: Zone, name: Name, members: Members, qtype: int) -> _Said:
        followed = False

        def find(other: Name) -> Members | None:
            nonlocal followed
            followed = True
            return self._members(zone, other, qtype)

        records, aliases = answers.Addresses(zone.name, self.options.ttl, find).of(name, members, qtype)
        if aliases:
            return _Said(Elsewhere(tuple(records), tuple(aliases), zone.nodata), None)
        return _Said(_found(zone, records), None if followed else _service_of(zone, name))

    def _text(self, zone: Zone, name: Name) -> Outcome:
        """TXT: the version; anything else has none, but CoreDNS denies names without members altogether."""
        relative = _relative(zone, name)
        if relative == _VERSION:
            rdata = bytes([len(schema.VERSION)]) + schema.VERSION
            return Found((Record(name, codes.TXT, schema.VERSION_TTL, rdata),))
        members = self._members(zone, name, codes.TXT)
        if members:
            return zone.nodata
        path = self._path(zone, relative) if members == [] and relative not in _BARE else None
        return zone.nodata if path is not None and path.topology else zone.nxdomain

    def _pointers(self, zone: Zone, name: Name, address: str) -> Outcome:
        targets = [answers.below(pointer, self._primary) for pointer in schema.pointers(self.view, address)]
        records = [Record(name, codes.PTR, self.options.ttl, target) for target in dict.fromkeys(targets) if target]
        return Found(tuple(records)) if records else zone.nxdomain


def _relative(zone: Zone, name: Name) -> list[bytes]:
    """The labels of a name left of the zone."""
    return labels(name[: len(name) - len(zone.name)] + ROOT)


def _service_of(zone: Zone, name: Name) -> ServiceKey | None:
    """The Service that a name is, or is below."""
    relative = _relative(zone, name)
    if len(relative) < 3 or relative[-1] != SERVICE or zone.is_server(name):
        return None
    return relative[-2], relative[-3]


def _found(zone: Zone, records: list[Record], additional: list[Record] | None = None) -> Outcome:
    return Found(tuple(records), tuple(additional or ())) if records else zone.nodata
