"""What a reply amounts to: an answer, no such name, no such type, a referral, a failure.

The distinctions are CoreDNS's (plugin/pkg/response), on which its log, minimal and cache plugins decide. Knows a query
and its reply, nothing of who asks why.
"""

from collections.abc import Iterable
from enum import Enum

from clusterdns.dns import codes
from clusterdns.dns.query import Query
from clusterdns.dns.record import Record
from clusterdns.dns.reply import Reply

_FAILURES = (codes.SERVFAIL, codes.NOTIMP)


class Outcome(Enum):
    """The value is what CoreDNS calls it in logs and metadata."""

    POSITIVE = "NOERROR"
    NXDOMAIN = "NXDOMAIN"
    NODATA = "NODATA"
    DELEGATION = "DELEGATION"
    FAILURE = "SERVERERROR"
    META = "META"  # a NOTIFY or a transfer
    OTHER = "OTHERERROR"

    @property
    def group(self) -> str:
        """`success`, `denial` or `error`."""
        if self in (Outcome.POSITIVE, Outcome.DELEGATION):
            return "success"
        return "denial" if self in (Outcome.NXDOMAIN, Outcome.NODATA) else "error"


def outcome_of(query: Query, reply: Reply | None, now: float) -> Outcome:
    """What the reply to a query amounts to; `now` is in seconds since 1970.

    Signatures that are not valid now make the reply an error, if it says that it is for a client that looks at them.
    """
    if reply is None:
        return Outcome.OTHER
    if query.opcode == codes.NOTIFY or query.qtype in codes.TRANSFERS:
        return Outcome.META
    if reply.opt is not None and reply.opt.do and _stale_signature(reply.records, int(now)):
        return Outcome.OTHER
    match reply.rcode:
        case codes.NOERROR:
            return _without_error(reply)
        case codes.NXDOMAIN:
            return Outcome.OTHER if reply.answer else Outcome.NXDOMAIN
        case _:
            return Outcome.FAILURE if reply.rcode in _FAILURES else Outcome.OTHER


def _without_error(reply: Reply) -> Outcome:
    if reply.answer:
        return Outcome.POSITIVE
    authority = {record.rtype for record in reply.authority}
    if codes.SOA in authority:
        return Outcome.NODATA
    return Outcome.DELEGATION if codes.NS in authority else Outcome.POSITIVE


def _stale_signature(records: Iterable[Record], now: int) -> bool:
    return any(record.rtype == codes.RRSIG and not _valid(record.rdata, now) for record in records)


def _valid(rdata: bytes, now: int) -> bool:
    """RFC 4034 3.1.5: expiration and inception are serial numbers of 32 bits (RFC 1982)."""
    expiration = int.from_bytes(rdata[8:12], "big")
    inception = int.from_bytes(rdata[12:16], "big")
    return (now - inception) % 2**32 < 2**31 and (expiration - now) % 2**32 < 2**31
