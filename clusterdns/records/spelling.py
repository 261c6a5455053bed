"""Answers to names that are asked in mixed case, such as `Web.default.svc.Cluster.LOCAL`.

CoreDNS compares names without regard to case, gives owners back as they were asked, and writes its zone the way the
question did, in SOA records and in targets below the zone. The table knows only lower case; here its answers are
respelled. A question in lower case, the usual one, costs one comparison.
"""

from clusterdns.dns import codes
from clusterdns.dns.names import Name
from clusterdns.dns.rdata import replace_names
from clusterdns.dns.record import Record
from clusterdns.records.outcomes import Alias, Elsewhere, Found, Missing, Outcome
from clusterdns.records.zone import Zone

_FOLLOWING = (codes.A, codes.AAAA, codes.SRV, codes.SOA)
"""Types of records with no names in their data but those that the server made up."""


def respell(zone: Zone, name: Name, spelled: bytes, qtype: int, outcome: Outcome) -> Outcome:
    """What the zone's table says of `name`, in the spelling of the question: `name` is `spelled` in lower case."""
    speller = _Speller(name, spelled, zone.name)
    if speller.zone != zone.name:
        outcome = _as_asked(zone, name, qtype, outcome)
    return speller.outcome(outcome)


def follows_question(zone: Zone, name: Name, qtype: int, outcome: Outcome) -> bool:
    """Is every mention of the zone in the answer spelled as in the question, and the answer the same in any case?"""
    if zone.is_server(name) or (name == zone.name and qtype == codes.NS):
        return False
    match outcome:
        case Found(records, _):
            return all(record.rtype in _FOLLOWING and record.owner.lower() == name for record in records)
        case Missing():
            return True
    return False


def _as_asked(zone: Zone, name: Name, qtype: int, outcome: Outcome) -> Outcome:
    """CoreDNS knows its name servers only where the question has the zone in lower case."""
    if name == zone.name and qtype == codes.NS:
        return zone.nodata
    if zone.is_server(name) and qtype != codes.SOA:
        return zone.nxdomain
    return outcome


class _Speller:
    """Puts a question's spelling into records. `zone` is the zone as it was asked."""

    def __init__(self, name: Name, spelled: bytes, zone: Name) -> None:
        self._name = name
        self._spelled = spelled
        self._lower = zone
        self.zone = spelled[len(spelled) - len(zone) :]

    def outcome(self, outcome: Outcome) -> Outcome:
        match outcome:
            case Found(records, additional):
                return Found(tuple(map(self._answer, records)), tuple(map(self._additional, additional)))
            case Missing():
                return self._missing(outcome)
            case Elsewhere(records, aliases, otherwise):
                respelled = [Alias(tuple(map(self._answer, alias.chain)), alias.target) for alias in aliases]
                return Elsewhere(tuple(map(self._answer, records)), tuple(respelled), self._missing(otherwise))

    def _missing(self, missing: Missing) -> Missing:
        return Missing(self._own(missing.soa).with_owner(self.zone), missing.exists)

    def _answer(self, record: Record) -> Record:
        """Only the name that was asked is respelled; further owners are targets, spelled as an object has them."""
        return self._own(record).with_owner(self._spelled) if record.owner == self._name else record

    def _additional(self, record: Record) -> Record:
        return record.with_owner(self._in_zone(record.owner))

    def _own(self, record: Record) -> Record:
        """The record with the names in its data respelled, if the server made them up and no object has them."""
        if record.rtype not in (codes.SOA, codes.SRV):
            return record
        return record.with_rdata(replace_names(record.rtype, record.rdata, self._in_zone))

    def _in_zone(self, name: bytes) -> bytes:
        return name[: len(name) - len(self._lower)] + self.zone if name.endswith(self._lower) else name
