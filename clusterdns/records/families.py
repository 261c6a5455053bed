"""Replies of a table that follow from the name alone: denials of names that a zone lacks, and Pods by their address.

With one of them known, the others are made without asking the table's plugin (see `dns.reply.Family`). The names in
their records point into the question, so that they have its case. Knows wire form and the table.
"""

from typing import TYPE_CHECKING, Final

from clusterdns.dns import codes
from clusterdns.dns.names import MAX_LABEL, ROOT, Name, parent
from clusterdns.dns.query import HEADER
from clusterdns.dns.record import FIXED
from clusterdns.dns.reply import Family
from clusterdns.records.options import PodMode
from clusterdns.records.outcomes import Found, Missing, Outcome

if TYPE_CHECKING:
    from clusterdns.records.table import Table
    from clusterdns.records.zone import Zone

_POINTER: Final = 0xC000
_SVC: Final = b"\x03svc"
_POD: Final = b"\x03pod"
_OCTETS: Final = {str(number).encode(): number for number in range(256)}
"""How the octets of an IPv4 address are written, so without leading zeros."""


class Denials:
    """NXDOMAIN for every name that a zone lacks, to questions of one type: the zone's SOA record, and nothing else."""

    mentions = 1
    children = False

    def __init__(self, table: "Table", zone: "Zone", qtype: int, plugin: str) -> None:
        self.plugin = plugin
        self.zone = zone.name
        self._missing = zone.nxdomain
        self._server = zone.server or ROOT  # no name begins with the root but the root
        self._services, self._imports = table.view.services, table.view.imports
        self._lookup = table.lookup
        self._qtype = qtype
        self._soa: dict[int, bytes] = {}

    def answer(self, name: Name) -> bytes | None:
        at = len(name) - len(self.zone)
        before = start = 0  # where the last two labels in front of this one begin
        service = namespace = 0
        while start < at:
            length = name[start]
            if length > MAX_LABEL:
                return None
            service, namespace, before, start = namespace, before, start, start + 1 + length
        if start != at or not self._lacks(name, service, namespace, before, at):
            return None
        return self._soa.get(at) or self._make_soa(at)

    def _lacks(self, name: Name, service: int, namespace: int, before: int, at: int) -> bool:
        """Has the zone no such name? Of most, which are below no Service, their last labels tell."""
        if namespace and name[before:at] == _SVC and not name.startswith(self._server):
            key = name[namespace + 1 : before], name[service + 1 : namespace]
            if key not in self._services and key not in self._imports:
                return True
        return self._lookup(name, self._qtype) is self._missing

    def _make_soa(self, at: int) -> bytes:
        """The SOA record in a reply whose question has the zone so many octets behind its begin."""
        zone = (_POINTER | HEADER.size + at).to_bytes(2, "big")
        record = self._missing.soa
        rdata = record.rdata if self.zone == ROOT else record.rdata.replace(self.zone, zone)
        soa = zone + FIXED.pack(codes.SOA, record.rclass, record.ttl, len(rdata)) + rdata
        self._soa[at] = soa
        return soa


class PodAddresses:
    """The address in a name such as `10-244-0-7.default.pod.cluster.local`, of whatever Pod, in one namespace."""

    mentions = 2
    children = True

    def __init__(self, namespace: Name, ttl: int, plugin: str) -> None:
        self.plugin = plugin
        self.zone = namespace  # `default.pod.cluster.local`
        self._head = (_POINTER | HEADER.size).to_bytes(2, "big") + FIXED.pack(codes.A, codes.IN, ttl, 4)

    def answer(self, name: Name) -> bytes | None:
        length = name[0] + 1
        if length > MAX_LABEL or name[length:] != self.zone:
            return None
        try:
            a, b, c, d = name[1:length].split(b"-")
            return self._head + bytes((_OCTETS[a], _OCTETS[b], _OCTETS[c], _OCTETS[d]))
        except (KeyError, ValueError):
            return None


def family_of(table: "Table", zone: "Zone", name: Name, qtype: int, outcome: Outcome, plugin: str) -> Family | None:
    """The family that the answer of the table's zone to a question is one of, if any; `plugin` vouches for it."""
    if isinstance(outcome, Missing) and not outcome.exists:
        return Denials(table, zone, qtype, plugin)
    if table.options.pods is PodMode.INSECURE and qtype == codes.A and isinstance(outcome, Found) and len(name) > 1:
        namespace = parent(name)
        if not zone.multicluster and parent(namespace) == _POD + zone.name:
            return PodAddresses(namespace, table.options.ttl, plugin)
    return None
