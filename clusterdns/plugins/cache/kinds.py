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
    bounded = any(record.rtype == codes.SOA for record in reply.authority)
    dangling = outcome is Outcome.POSITIVE and bool(reply.answer) and not answering
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
    if outcome in (Outcome.NXDOMAIN, Outcome.NODATA):
        return _within(_shortest_ttl(reply, outcome, options.denial.ttl), options.denial)
    return _within(_shortest_ttl(reply, outcome, options.success.ttl), options.success)


def _within(ttl: int, room: Room) -> int:
    return min(max(ttl, room.min_ttl), room.ttl)


def _shortest_ttl(reply: Reply, outcome: Outcome, most: int) -> int:
    ttls = [record.ttl for section in (reply.answer, reply.authority, reply.additional) for record in section]
    if outcome not in _WITH_TTL or not ttls:
        return _SHORT
    return min(most, *ttls)


def answers(query: Query, records: list[Record]) -> bool:
    """Do the records answer the question, at its name or at the end of the CNAME chain that begins there?

    A chain with a loop, or a name with two different targets, answers nothing (RFC 1034 3.6.2, RFC 2181 10.1).
    """
    records = [record for record in records if query.qclass in (record.rclass, _ANY_CLASS)]
    if query.qtype == codes.ANY:
        return any(record.owner.lower() == query.name for record in records)
    targets: dict[Name, set[Name]] = {}
    for record in records:
        if record.rtype == codes.CNAME:
            targets.setdefault(record.owner.lower(), set()).add(record.rdata.lower())
    if query.qtype == codes.CNAME:
        return len(targets.get(query.name, ())) == 1
    name, seen = query.name, set[Name]()
    while name in targets:
        if name in seen or len(targets[name]) > 1:
            return False
        seen.add(name)
        (name,) = targets[name]
    return any(record.rtype == query.qtype and record.owner.lower() == name for record in records)
