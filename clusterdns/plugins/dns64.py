"""dns64: has clients that speak IPv6 only reach servers that speak IPv4 only (RFC 6147).

Where a name has no IPv6 address it is given its IPv4 addresses, each behind a prefix; a translator (NAT64) forwards
what is sent there.

Syntax:
    dns64 [PREFIX]
    dns64 {
        prefix PREFIX
        translate_all
        allow_ipv4
    }

PREFIX is a network of 32, 40, 48, 56, 64 … 96 bits, 64:ff9b::/96 by default (RFC 6052). `translate_all` replaces IPv6
addresses that there are; `allow_ipv4` is for clients that ask over IPv4, too.

Metrics: `coredns_dns64_requests_translated_total`.

Examples:
    . {
        dns64 64:1337::/96
        whoami
    }

    . {
        dns64 {
            translate_all
            allow_ipv4
        }
        whoami
    }
"""

from dataclasses import dataclass
from functools import partial
from ipaddress import IPv6Network
from typing import Final

from clusterdns.corefile import Args
from clusterdns.dns import codes
from clusterdns.dns.encode import reply_opt
from clusterdns.dns.outcome import Outcome, outcome_of
from clusterdns.dns.query import Query
from clusterdns.dns.record import Record
from clusterdns.dns.reply import Reply, Unanswered
from clusterdns.plugins.base import Next, Plugin, Setting, World

_WELL_KNOWN: Final = IPv6Network("64:ff9b::/96")
_LENGTHS: Final = range(32, 97, 8)  # bits
_RESERVED: Final = 8  # the octet of an address that stays zero (RFC 6052 2.2)
_NO_SOA_TTL: Final = 600  # seconds (RFC 6147 5.1.7)


@dataclass
class Options:
    """What a Corefile says of it."""

    prefix: IPv6Network = _WELL_KNOWN
    translate_all: bool = False
    allow_ipv4: bool = False


class Dns64(Plugin):
    """Makes IPv6 addresses of IPv4 addresses."""

    name = "dns64"

    def __init__(self, options: Options, world: World) -> None:
        self.options = options
        self.world = world
        self.translated = world.metrics.counter(
            "coredns_dns64_requests_translated_total", "Queries with translated addresses.", ("server",)
        )

    async def serve(self, query: Query, next: Next) -> Reply:
        if not self._is_for(query):
            return await next(query)
        reply = await next(query)
        if self._suffices(query, reply):
            return reply
        found = await query.server.ask(query, query.name, codes.A)
        if found is None:
            raise Unanswered(codes.SERVFAIL, "the server does not answer itself", self.name)
        labels = (query.server.address,)
        self.translated.add(labels)
        query.also_count(partial(self.translated.add, labels))
        query.question = query.current  # as CoreDNS: that of a query which was rewritten below
        return self._translate(query, reply, found)

    def _is_for(self, query: Query) -> bool:
        if query.qtype != codes.AAAA or query.qclass != codes.IN:
            return False
        return self.options.allow_ipv4 or ":" in query.client[0]

    def _suffices(self, query: Query, reply: Reply) -> bool:
        """Is there no such name, or one with an IPv6 address?"""
        if outcome_of(query, reply, self.world.wall()) is Outcome.NXDOMAIN:
            return True
        return not self.options.translate_all and any(record.rtype == codes.AAAA for record in reply.answer)

    def _translate(self, query: Query, original: Reply, found: Reply) -> Reply:
        reply = Reply.to(query, flags=found.flags & codes.TC)
        most = next((r.ttl for r in reversed(original.authority) if r.rtype == codes.SOA), _NO_SOA_TTL)
        reply.answer = [self._record(record, most) if record.rtype == codes.A else record for record in found.answer]
        reply.authority = list(found.authority)
        reply.additional = list(found.additional)
        reply.opt = reply_opt(query, found)
        reply.good_until = min(original.good_until, found.good_until)
        return reply

    def _record(self, record: Record, most: int) -> Record:
        rdata = embed(self.options.prefix, record.rdata)
        return Record(record.owner, codes.AAAA, min(record.ttl, most), rdata, record.rclass)


def embed(prefix: IPv6Network, address: bytes) -> bytes:
    """The IPv6 address, 16 octets, that stands for an IPv4 address of 4 behind a prefix (RFC 6052 2.2)."""
    length = prefix.prefixlen // 8
    octets = prefix.network_address.packed[:length] + address
    if length <= _RESERVED:
        octets = octets[:_RESERVED] + b"\0" + octets[_RESERVED:]
    return octets.ljust(16, b"\0")


def setup(args: Args, setting: Setting) -> Plugin:
    """Reads `dns64`. Raises `CorefileError` for what is no prefix, and for unknown options."""
    options = Options()
    for _ in args.each("dns64 [PREFIX]"):
        words = args.words(most=1)
        if words:
            options.prefix = _prefix(args, words[0])
            continue
        for option in args.options(
            {"prefix": "prefix PREFIX", "translate_all": "translate_all", "allow_ipv4": "allow_ipv4"}
        ):
            match str(option):
                case "prefix":
                    options.prefix = _prefix(args, args.word("PREFIX"))
                case "translate_all":
                    options.translate_all = True
                case "allow_ipv4":
                    options.allow_ipv4 = True
    return Dns64(options, setting.world)


def _prefix(args: Args, word: str) -> IPv6Network:
    network = args.network(word, "PREFIX")
    if not isinstance(network, IPv6Network) or network.prefixlen not in _LENGTHS:
        raise args.error(f"PREFIX '{word}' is not of IPv6 with 32, 40, 48 … 96 bits", word)
    return network
