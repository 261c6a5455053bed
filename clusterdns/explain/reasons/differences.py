"""A running server that answers otherwise than the manifests would: from a cache, of an older state, of others.

Knows both answers and when the server's zone and the manifests changed. A server is never asked how it came to its
answer, so this is what its answers tell.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from clusterdns.dns import codes
from clusterdns.dns.record import Record
from clusterdns.dns.reply import Reply
from clusterdns.dns.text import rdata_text
from clusterdns.explain.case import Case, outcome_of
from clusterdns.explain.reason import Code, Reason
from clusterdns.explain.serving import Asked, Remote
from clusterdns.stub import heard_of

_IS_A_TIME: Final = 1_000_000_000  # serials from here on are Unix times


def difference(case: Case) -> Iterator[Reason]:
    """Another answer than that of the manifests."""
    remote, expected = case.asked.remote, _otherwise(case)
    if remote is None or not expected:
        return
    said = f"{remote.server} says {_said(case.asked)}, and the manifests would give {expected}"
    if case.heard.rcode == codes.REFUSED:
        yield Reason(
            Code.SERVER_DIFFERS, f"{said}: it does not serve this zone", "the server's own Corefile, by --conf"
        )
    elif _missed(remote):
        assert remote.serial is not None
        assert remote.written is not None
        file, changed = remote.written
        yield Reason(
            Code.SERVER_STALE,
            f"{said}: its last change was at {_time(remote.serial)}, and {file} was written at {_time(changed)}",
            "it serves an older state: its log says why a file was not taken over",
        )
    elif not list(age(case)):  # a cache may well have the answer of before a change
        since = f", which changed at {_time(remote.serial)}" if _is_time(remote.serial) else ""
        yield Reason(Code.SERVER_DIFFERS, f"{said}: it serves other manifests{since}", "the manifests that it serves")


def age(case: Case) -> Iterator[Reason]:
    """An answer whose TTL has counted down, so that it comes from a cache."""
    remote = case.asked.remote
    fresh = remote.fresh_ttl if remote is not None else None
    ttl = _ttl(case.asked.reply) if case.asked.reply is not None else None
    if fresh is None or ttl is None or ttl >= fresh:
        return
    what = "this negative answer" if case.denied else "this answer"
    if ttl == 0:
        said = f"{what} comes from the cache and is stale: its TTL is 0, and {fresh} when it is fresh"
        hint = "the server's cache has serve_stale"
    else:
        said = f"{what} comes from the cache, {fresh - ttl} seconds old: its TTL is {ttl} of {fresh}"
        hint = f"it is asked anew in {ttl} seconds"
    if expected := _otherwise(case):
        said += f"; the manifests would give {expected}"
    yield Reason(Code.FROM_CACHE, said, hint)


def failure(case: Case) -> Iterator[Reason]:
    """What a server says of names that the manifests know nothing of."""
    remote = case.asked.remote
    if remote is None or case.asked.reply is None or case.zone is not None or case.heard.found:
        return
    code = Code.UPSTREAM_DENIED if case.denied else Code.UPSTREAM_FAILED
    yield Reason(code, f"{remote.server} says {outcome_of(case.heard)} to {case.text}")


REASONS = (difference, age, failure)


def _otherwise(case: Case) -> str:
    """What the manifests would give, if that is something else; empty for names that they don't decide."""
    expected = case.asked.remote.expected if case.asked.remote is not None else None
    if expected is None or case.asked.reply is None or _said(expected) == _said(case.asked):
        return ""
    return _said(expected)


def _said(asked: Asked) -> str:
    """The data of the answer, else NXDOMAIN and the like. TTLs and the order of records mean nothing here."""
    heard = heard_of(asked.reply, asked.qtype)
    if asked.reply is None or not (heard.found or heard.alias):
        return outcome_of(heard)
    return ", ".join(sorted(map(_data, asked.reply.answer)))


def _data(record: Record) -> str:
    return rdata_text(record.rtype, record.rdata)


def _ttl(reply: Reply) -> int | None:
    """The least TTL of what was answered or denied."""
    records = reply.answer or [record for record in reply.authority if record.rtype == codes.SOA]
    return min((record.ttl for record in records), default=None)


def _missed(remote: Remote) -> bool:
    """Was a file written after the server's last change?"""
    return _is_time(remote.serial) and remote.written is not None and remote.written[1] > (remote.serial or 0) + 1


def _is_time(serial: int | None) -> bool:
    return serial is not None and serial >= _IS_A_TIME


def _time(seconds: float | None) -> str:
    return f"{datetime.fromtimestamp(seconds or 0, UTC):%Y-%m-%d %H:%M:%S} UTC"
