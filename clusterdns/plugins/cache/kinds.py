"""What may be cached of a reply, as what, and for how long (RFC 2308), by CoreDNS's rules.

Knows a query and its reply. Must not know what is in the cache.
"""

from typing import Final, NamedTuple

from clusterdns.dns import codes
from clusterdns.dns.names import Name
from clusterdns.dns.outcome import Outcome, outcome_of
from clusterdns.dns.query import Query
from clusterdns.dns.record import Record
from clusterdns.dns.reply import Reply
from clusterdns.plugins.cache.options import Options, Room

_SHORT: Final = 5  # seconds for what has no TTL of its own, or none that counts
_WITH_TTL: Final = (Outcome.POSITIVE, Outcome.NXDOMAIN, Outcome.NODATA)
_ANY_CLASS: Final = 255


class Kind(NamedTuple):
    """What the cache makes of a reply. `seconds` is for how long; no record is shown with a longer or shorter TTL."""

    outcome: Outcome
    seconds: float
    storable: bool
    answering: bool

    @property
    def denial(self) -> bool:
        """Does it belong among the denials?"""
        return self.outcome in (Outcome.NXDOMAIN, Outcome.NODATA, Outcome.FAILURE)


def kind_of(query: Query, reply: Reply, now: float, options: Options) -> Kind:
    """What the cache makes of the reply to a query; `now` is in seconds since 1970."""
    outcome = outcome_of(query, reply, now)
    answering = reply.rcode == codes.NOERROR and answers(query, reply.answer)
    bounded = bool(reply.authority) and any(record.rtype == codes.SOA for record in reply.authority)
    dangling = outcome is Outcome.POSITIVE and not answering and bool(reply.answer)
    if dangling and bounded:
        outcome = Outcome.NODATA
    if outcome in (Outcome.OTHER, Outcome.META) or reply.flags & codes.TC:
        storable = False
    else:
        storable = bounded or not (dangling or outcome is Outcome.NXDOMAIN)
    return Kind(outcome, _seconds(reply, outcome, options), storable, answering)


def _seconds(reply: Reply, outcome: Outcome, options: Options) -> float:
    if outcome is Outcome.FAILURE:
        return options.servfail
    room = options.denial if outcome in (Outcome.NXDOMAIN, Outcome.NODATA) else options.success
    ttl = _shortest_ttl(reply, room) if outcome in _WITH_TTL else _SHORT
    return min(max(ttl, room.min_ttl), room.ttl)


def _shortest_ttl(reply: Reply, room: Room) -> int:
    if not (reply.answer or reply.authority or reply.additional):
        return _SHORT
    shortest = room.ttl
    for section in (reply.answer, reply.authority, reply.additional):
        for record in section:
            shortest = min(shortest, record.ttl)
    return shortest


def answers(query: Query, records: list[Record]) -> bool:
    """Do the records answer the question, at its name or at the end of the CNAME chain that begins there?

    A chain with a loop, or a name with two different targets, answers nothing (RFC 1034 3.6.2, RFC 2181 10.1).
    """
    owners: set[Name] = set()  # of records of the type that was asked
    targets: dict[Name, Name] = {}
    ambiguous: set[Name] = set()
    for record in records:
        if query.qclass not in (record.rclass, _ANY_CLASS):
            continue
        owner = query.name if record.owner == query.spelled else record.owner.lower()
        if query.qtype in (record.rtype, codes.ANY):
            owners.add(owner)
        if record.rtype == codes.CNAME:
            target = record.rdata.lower()
            if targets.setdefault(owner, target) != target:
                ambiguous.add(owner)
    name = query.name
    if targets and query.qtype not in (codes.ANY, codes.CNAME):
        for _ in range(len(targets)):
            name = name if name in ambiguous else targets.get(name, name)
        if name in targets:
            return False
    return name in owners and (name not in ambiguous or query.qtype != codes.CNAME)
