"""local: answers for names that mean the machine itself, so that nobody is asked for them (RFC 6303, RFC 6761).

These are `localhost`, names below it, and the reverse zones of 0.0.0.0/8, 127.0.0.0/8 and 255.0.0.0/8.

Syntax:
    local {
        localhost_prefix on|off
    }

With `localhost_prefix`, which is on by default, names that begin with `localhost` are taken too, such as
`localhost.default.svc.cluster.local`: a search path makes them.

Metrics: `coredns_local_localhost_requests_total`.

Examples:
    . {
        local {
            localhost_prefix off
        }
        whoami
    }
"""

import struct
from functools import partial
from typing import Final

from clusterdns.corefile import Args
from clusterdns.dns import codes
from clusterdns.dns.names import Name, is_subdomain, longest_match, parse_name
from clusterdns.dns.query import Query
from clusterdns.dns.record import Record
from clusterdns.dns.reply import FOREVER, Reply
from clusterdns.metrics import Metrics
from clusterdns.plugins.base import Next, Plugin, Setting

TTL: Final = 604_800  # seconds

_LOCALHOST: Final = parse_name("localhost")
_ZONES: Final = (_LOCALHOST, *map(parse_name, ("0.in-addr.arpa", "127.in-addr.arpa", "255.in-addr.arpa")))
_LOOPBACK: Final = parse_name("1.0.0.127.in-addr.arpa")
_ADDRESSES: Final = {codes.A: bytes((127, 0, 0, 1)), codes.AAAA: bytes(15) + b"\1"}
_SOA: Final = _LOCALHOST + parse_name("root.localhost") + struct.pack("!5I", 1, 0, 0, 0, TTL)
_LABEL: Final = _LOCALHOST[:-1]


class Local(Plugin):
    """Answers without anybody's help."""

    name = "local"

    def __init__(self, metrics: Metrics, *, prefix: bool) -> None:
        self.prefix = prefix
        self.counter = metrics.counter(
            "coredns_local_localhost_requests_total", "Queries for names below localhost, or that begin with it."
        )

    def passes(self, zone: Name) -> bool:
        return not self.prefix and not any(is_subdomain(zone, own) or is_subdomain(own, zone) for own in _ZONES)

    async def serve(self, query: Query, next: Next) -> Reply:
        name = query.name
        if name != _LOCALHOST and (is_subdomain(name, _LOCALHOST) or (self.prefix and name.startswith(_LABEL))):
            self.counter.add()
            query.also_count(partial(self.counter.add, ()))
            return _reply(query, _of_localhost(query))
        zone = longest_match(name, _ZONES)
        if zone is None:
            return await next(query)
        if name == _LOOPBACK:
            found = Record(query.spelled, codes.PTR, TTL, _LOCALHOST) if query.qtype == codes.PTR else None
            return _reply(query, found, query.spelled[-len(zone) :])
        if name in _ZONES:
            return _reply(query, _of_zone(query))
        reply = _reply(query, None, query.spelled[-len(zone) :])
        reply.rcode = codes.NXDOMAIN
        return reply


def _of_localhost(query: Query) -> Record | None:
    rdata = _ADDRESSES.get(query.qtype)
    return None if rdata is None else Record(query.spelled, query.qtype, TTL, rdata)


def _of_zone(query: Query) -> Record | None:
    """What there is at a zone's apex, None for no data."""
    match query.qtype:
        case codes.SOA:
            return Record(query.spelled, codes.SOA, TTL, _SOA)
        case codes.NS:
            return Record(query.spelled, codes.NS, TTL, _LOCALHOST)
    return _of_localhost(query) if query.name == _LOCALHOST else None


def _reply(query: Query, found: Record | None, zone: bytes | None = None) -> Reply:
    """The record, or that there is none, with the SOA record of a zone, which is the question's name by default."""
    reply = Reply.to(query)
    reply.good_until = FOREVER
    if found is not None:
        reply.answer = [found]
    else:
        reply.authority = [Record(zone or query.spelled, codes.SOA, TTL, _SOA)]
    return reply


def setup(args: Args, setting: Setting) -> Plugin:
    """Reads `local`. Raises `CorefileError` for arguments and unknown options."""
    prefix = True
    for _ in args.each("local"):
        args.words(most=0)
        for _ in args.options({"localhost_prefix": "localhost_prefix on|off"}):
            (word,) = args.words(1, 1)
            prefix = args.choice(word, "value of localhost_prefix", ("on", "off")) == "on"
    return Local(setting.world.metrics, prefix=prefix)
