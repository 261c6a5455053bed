"""Replies of a table that follow from the name alone: what a zone lacks, and Pods by their address.

With one of them known, the others are made without asking the table's plugin (see `dns.reply.Family`). The names in
their records point into the question, so that they have its case. Knows wire form and the table.
"""

from typing import TYPE_CHECKING, Final

from clusterdns.dns import codes
from clusterdns.dns.names import IN_ADDR, IP6, MAX_LABEL, ROOT, Name, is_subdomain, parent
from clusterdns.dns.query import HEADER_SIZE
from clusterdns.dns.record import FIXED
from clusterdns.dns.reply import Family
from clusterdns.records.options import PodMode
from clusterdns.records.outcomes import Found, Missing, Outcome

if TYPE_CHECKING:
    from clusterdns.records.table import Table
    from clusterdns.records.tables import Handle
    from clusterdns.records.zone import Zone

_POINTER: Final = 0xC000
_SVC: Final = b"\x03svc"
_POD: Final = b"\x03pod"
_KINDS: Final = (_SVC, _POD, b"\x03dns")  # the last one is that of the zone's name server
MOST_VOID: Final = 4096
"""Names that a zone remembers to have none below them; one more, and all are forgotten."""
_OCTETS: Final = {str(number).encode(): number for number in range(256)}
"""How the octets of an IPv4 address are written, so without leading zeros."""


class _Negative:
    """A zone's SOA record and nothing else, in reply to questions of one type."""

    mentions = 1
    children = False

    def __init__(self, handle: "Handle", zone: Name, qtype: int, plugin: str) -> None:
        self.plugin = plugin
        self.zone = zone
        self._qtype = qtype
        self._handle = handle
        self._read(handle.current)

    def _read(self, table: "Table") -> None:
        """Follows this table from now on."""
        self._table = table
        zone = next(zone for zone in table.zones if zone.name == self.zone)
        self._record = zone.soa
        self._nodata, self._nxdomain = zone.nodata, zone.nxdomain
        self._is_server = zone.is_server
        self._services, self._imports = table.view.services, table.view.imports
        self._lookup = table.lookup
        self._void = zone.void
        self._soa: dict[int, bytes] = {}

    def _make_soa(self, length: int) -> bytes:
        """The SOA record in a reply to a question whose name has so many octets."""
        zone = (_POINTER | HEADER_SIZE + length - len(self.zone)).to_bytes(2, "big")
        record = self._record
        rdata = record.rdata if self.zone == ROOT else record.rdata.replace(self.zone, zone)
        soa = self._soa[length] = zone + FIXED.pack(codes.SOA, record.rclass, record.ttl, len(rdata)) + rdata
        return soa


class Absences(_Negative):
    """NODATA for every name of a zone that has no records of a type.

    That of the zone's name server depends on the case of the question, so it is left out.
    """

    def answer(self, name: Name) -> bytes | None:
        if self._table is not self._handle.current:
            self._read(self._handle.current)
        if self._lookup(name, self._qtype) is not self._nodata or self._is_server(name):
            return None
        return self._soa.get(len(name)) or self._make_soa(len(name))


class Denials(_Negative):
    """NXDOMAIN for every name that a zone lacks."""

    def answer(self, name: Name) -> bytes | None:
        if self._table is not self._handle.current:
            self._read(self._handle.current)
        first = name[0]
        if first > MAX_LABEL:
            return None
        above = name[1 + first :]
        if above not in self._void and not self._lacks(name, above):
            return None
        return self._soa.get(len(name)) or self._make_soa(len(name))

    def _lacks(self, name: Name, above: Name) -> bool:
        """Has the zone no such name? Of most, which are below no Service, their last labels tell.

        Names that have none below them are remembered.
        """
        if above and above[0] <= MAX_LABEL and above[1 + above[0] :] in self._void:
            self._remember(above)
            return True
        at = len(name) - len(self.zone)
        before = start = 0  # where the last two labels in front of the zone's begin
        service = namespace = 0
        while start < at:
            length = name[start]
            if length > MAX_LABEL:
                return False
            service, namespace, before, start = namespace, before, start, start + 1 + length
        if start != at or not name.endswith(self.zone):
            return False
        kind = name[before:at]
        if kind == _SVC and namespace and not self._is_server(name):
            key = name[namespace + 1 : before], name[service + 1 : namespace]
            if key not in self._services and key not in self._imports:
                if service:
                    self._leave_void(name[service:])
                return True
        if self._lookup(name, self._qtype) is not self._nxdomain:
            return False
        if before and kind not in _KINDS:
            self._leave_void(name[before:])
        return True

    def _leave_void(self, top: Name) -> None:
        """Remembers a name that has none below it, unless these may be reverse names or the zone's name servers."""
        if not top.endswith((IN_ADDR, IP6)) and self.zone[:-1] not in top[: -len(self.zone)]:
            self._remember(top)

    def _remember(self, void: Name) -> None:
        if len(self._void) >= MOST_VOID:
            self._void.clear()
        self._void.add(void)


class PodAddresses:
    """The address in a name such as `10-244-0-7.default.pod.cluster.local`, of whatever Pod, in one namespace."""

    mentions = 2
    children = True

    def __init__(self, handle: "Handle", namespace: Name, plugin: str) -> None:
        self.plugin = plugin
        self.zone = namespace  # `default.pod.cluster.local`
        self._handle = handle
        self._table, self._exists = handle.current, True
        ttl = handle.current.options.ttl
        self._head = (_POINTER | HEADER_SIZE).to_bytes(2, "big") + FIXED.pack(codes.A, codes.IN, ttl, 4)

    def answer(self, name: Name) -> bytes | None:
        if self._table is not self._handle.current:
            self._table = self._handle.current
            self._exists = self._table.view.exposed(self.zone[1 : 1 + self.zone[0]])
        length = name[0] + 1
        if length > MAX_LABEL or name[length:] != self.zone or not self._exists:
            return None
        try:
            a, b, c, d = name[1:length].split(b"-")
            return self._head + bytes((_OCTETS[a], _OCTETS[b], _OCTETS[c], _OCTETS[d]))
        except (KeyError, ValueError):
            return None


def family_of(handle: "Handle", zone: "Zone", name: Name, qtype: int, outcome: Outcome, plugin: str) -> Family | None:
    """The family that an answer of a zone of the handle's table is one of, if any; `plugin` vouches for it.

    Whatever the family says later follows from the table that the handle has then.
    """
    table = handle.current
    if any(other is not zone and is_subdomain(other.name, zone.name) for other in table.zones):
        return None
    if isinstance(outcome, Missing):
        return (Absences if outcome.exists else Denials)(handle, zone.name, qtype, plugin)
    if table.options.pods is PodMode.INSECURE and qtype == codes.A and isinstance(outcome, Found) and len(name) > 1:
        namespace = parent(name)
        if not zone.multicluster and parent(namespace) == _POD + zone.name:
            return PodAddresses(handle, namespace, plugin)
    return None
