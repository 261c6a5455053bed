"""Replies of a zone: what it finds for a query, aliases that leave it followed through the server itself.

As CoreDNS's file plugin does it. Knows queries and replies, no plugin and no file.
"""

from typing import Final

from clusterdns.dns import codes
from clusterdns.dns.names import name_text
from clusterdns.dns.query import Query
from clusterdns.dns.reply import FOREVER, NEVER, Reply, Unanswered
from clusterdns.records.zones.lookup import Finding, Result, complete, look_up
from clusterdns.records.zones.zone import Zone

_MOST_ALIASES: Final = 8  # followed through the server itself before it is called a loop
_RCODES: Final = {Result.NXDOMAIN: codes.NXDOMAIN, Result.FAILURE: codes.SERVFAIL}


async def find(zone: Zone | None, query: Query) -> tuple[Finding, float]:
    """What a zone says to a query, and until when that is good, as in `Reply.good_until`.

    Raises `Unanswered` for a zone that could not be read yet, and for aliases that lead nowhere.
    """
    if zone is None or query.depth > _MOST_ALIASES:
        raise Unanswered(codes.SERVFAIL)
    finding = look_up(zone, query.name, query.qtype, do=query.do)
    if finding.wildcard is not None and query.metadata is not None:
        query.metadata["zone/wildcard"] = name_text(finding.wildcard)
    if finding.target is None:
        return finding, FOREVER
    return await _follow(zone, finding, finding.target, query)


async def _follow(zone: Zone, finding: Finding, target: bytes, query: Query) -> tuple[Finding, float]:
    reply = await query.server.ask(query, target, query.qtype)
    if reply is None:
        return complete(zone, finding, Result.POSITIVE, [], do=query.do), NEVER
    result = Result.POSITIVE
    if reply.rcode == codes.NXDOMAIN:
        result = Result.NXDOMAIN
    elif reply.rcode == codes.SERVFAIL:
        result = Result.FAILURE
    elif reply.rcode == codes.NOERROR and not reply.answer:
        result = Result.NODATA
    return complete(zone, finding, result, reply.answer, do=query.do), reply.good_until


def reply_of(query: Query, finding: Finding, good_until: float) -> Reply:
    """The reply that says it. A referral has no authority; one behind an alias has that of the alias.

    Raises `Unanswered` for a failure without anything to show.
    """
    if finding.result is Result.FAILURE and not finding.answer:
        raise Unanswered(codes.SERVFAIL)
    authoritative = finding.result is not Result.DELEGATION or finding.answer
    reply = Reply.to(query, _RCODES.get(finding.result, codes.NOERROR), codes.AA if authoritative else 0)
    # The lists may be the zone's own.
    reply.answer, reply.authority = list(finding.answer), list(finding.authority)
    reply.additional = list(finding.additional)
    reply.good_until = good_until
    return reply
