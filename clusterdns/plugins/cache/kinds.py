"""What may be cached of a reply, as what, and for how long (RFC 2308), by CoreDNS's rules.

Knows a query and its reply. Must not know what is in the cache.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from clusterdns.dns import codes
from clusterdns.dns.addresses import Addresses
from clusterdns.dns.names import Name
from clusterdns.dns.outcome import Outcome, outcome_of
from clusterdns.dns.query import OPCODE, Query
from clusterdns.dns.record import Record
from clusterdns.dns.reply import Reply
from clusterdns.plugins.cache.options import Options, Room

_SHORT: Final = 5  # seconds for what has no TTL of its own, or none that counts
_ANY_CLASS: Final = 255
_POSITIVE, _NXDOMAIN, _NODATA = Outcome.POSITIVE, Outcome.NXDOMAIN, Outcome.NODATA  # enums are slow to look up
_FAILURE, _OTHER, _META = Outcome.FAILURE, Outcome.OTHER, Outcome.META


class Kind:
    """What the cache makes of a reply. `seconds` is for how long; no record is shown with a longer or shorter TTL.

    `denial` says that it belongs among the denials, `as_is` that its records have that TTL already.
    """

    __slots__ = ("answering", "as_is", "denial", "outcome", "seconds", "storable")

    def __init__(
        self, outcome: Outcome, seconds: float, *, storable: bool, answering: bool, denial: bool, as_is: bool
    ) -> None:
        self.outcome = outcome
        self.seconds = seconds
        self.storable = storable
        self.answering = answering
        self.denial = denial
        self.as_is = as_is


def kind_of(query: Query, reply: Reply, wall: Callable[[], float], options: Options) -> Kind:
    """What the cache makes of the reply to a query; `wall` tells the seconds since 1970."""
    odd = reply.rcode or reply.flags & codes.TC or query.flags & OPCODE
    if not odd and isinstance(reply, Addresses) and reply.is_all(query.current):
        seconds = _bounded(reply.ttl, options.success)
        return _plain_kind(seconds, as_is=seconds == reply.ttl)  # the same as below
    outcome = outcome_of(query, reply, wall())
    answer, authority = reply.answer, reply.authority
    answering = reply.rcode == codes.NOERROR and answers(query, answer)
    bounded = bool(authority) and any(record.rtype == codes.SOA for record in authority)
    dangling = outcome is _POSITIVE and not answering and bool(answer)
    if dangling and bounded:
        outcome = _NODATA
    if outcome is _OTHER or outcome is _META or reply.flags & codes.TC:
        storable = False
    else:
        storable = bounded or not (dangling or outcome is _NXDOMAIN)
    denial = outcome is not _POSITIVE and outcome in (_NXDOMAIN, _NODATA, _FAILURE)
    ttls = [record.ttl for record in (reply.records if authority or reply.additional else answer)]
    if outcome is _FAILURE:
        lasts: float = options.servfail
    elif outcome is _POSITIVE or outcome is _NXDOMAIN or outcome is _NODATA:
        lasts = _bounded(min(ttls) if ttls else _SHORT, options.denial if denial else options.success)
    else:
        lasts = _bounded(_SHORT, options.success)
    as_is = ttls.count(int(lasts)) == len(ttls)
    return Kind(outcome, lasts, storable=storable, answering=answering, denial=denial, as_is=as_is)


@lru_cache(maxsize=1024)
def _plain_kind(seconds: int, *, as_is: bool) -> Kind:
    return Kind(_POSITIVE, seconds, storable=True, answering=True, denial=False, as_is=as_is)


def _bounded(ttl: int, room: Room) -> int:
    return room.ttl if ttl > room.ttl else min(max(ttl, room.min_ttl), room.ttl)


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
