"""acl: says who may ask what.

Syntax:
    acl [ZONES...] {
        allow|block|filter|drop [type QTYPE...] [net NETWORK...]
    }

Policies are tried in their order, those of one `acl` after those of the one before: the first whose types and networks
a query has decides. Without one the query is allowed. ZONES default to those of the server block; a type or network of
`*`, or none, is any. `block` answers REFUSED with the extended error Blocked, `filter` nothing found with Filtered
(RFC 8914), and `drop` does not answer.

Metrics: `coredns_acl_blocked_requests_total`, `coredns_acl_filtered_requests_total`,
`coredns_acl_dropped_requests_total`, `coredns_acl_allowed_requests_total`.

Examples:
    . {
        acl {
            allow net 10.0.0.0/8 192.168.0.0/16
            block
        }
        acl internal.example.org {
            filter type A AAAA
        }
        whoami
    }
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from itertools import takewhile
from typing import Final

from clusterdns.corefile import Args, Token
from clusterdns.dns import codes
from clusterdns.dns.edns import extended_error
from clusterdns.dns.names import ROOT, Name, is_subdomain, longest_match, name_text, parse_name
from clusterdns.dns.query import Query
from clusterdns.dns.reply import FOREVER, NEVER, Dropped, Reply
from clusterdns.metrics import Metrics
from clusterdns.plugins.base import Next, Plugin, Setting

Network = IPv4Network | IPv6Network

_POLICY: Final = "allow|block|filter|drop [type QTYPE...] [net NETWORK...]"
_ANSWERS: Final = {"block": (codes.REFUSED, extended_error(15)), "filter": (codes.NOERROR, extended_error(17))}
_ZONE_LABELS: Final = ("server", "zone", "view")
_COUNTED: Final = {
    "allow": ("allowed", ("server", "view")),
    "block": ("blocked", _ZONE_LABELS),
    "filter": ("filtered", _ZONE_LABELS),
    "drop": ("dropped", _ZONE_LABELS),
}
_SECTIONS: Final = ("type", "net")
_ANY: Final = "*"
_ANY_TYPE: Final = 0  # CoreDNS takes `None`, which is no type of a question, for all types


@dataclass(frozen=True)
class Policy:
    """What is done with queries of some types from some networks; None is from all."""

    action: str
    types: frozenset[int]
    networks: tuple[Network, ...] | None

    def is_of(self, qtype: int) -> bool:
        return qtype in self.types or _ANY_TYPE in self.types

    def is_for(self, client: IPv4Address | IPv6Address) -> bool:
        return self.networks is None or any(client in network for network in self.networks)


@dataclass(frozen=True)
class Rule:
    """One directive."""

    zones: tuple[Name, ...]
    policies: tuple[Policy, ...]


@dataclass(frozen=True)
class Verdict:
    """What is done with a query, by a rule for which zone, and whether that is the same for all clients."""

    action: str
    zone: Name = ROOT
    for_all: bool = True


class Acl(Plugin):
    """Allows, blocks, filters and drops queries."""

    name = "acl"

    def __init__(self, rules: Sequence[Rule], metrics: Metrics) -> None:
        self.rules = rules
        self.counters = {
            action: metrics.counter(f"coredns_acl_{word}_requests_total", f"Queries that were {word}.", labels)
            for action, (word, labels) in _COUNTED.items()
        }

    def passes(self, zone: Name) -> bool:
        zones = (own for rule in self.rules for own in rule.zones)
        return not any(is_subdomain(zone, own) or is_subdomain(own, zone) for own in zones)

    async def serve(self, query: Query, next: Next) -> Reply:
        verdict = self._judge(query)
        self._count(query, verdict)
        if verdict.action == "drop":
            raise Dropped
        if verdict.action == "allow":
            reply = await next(query)
        else:
            rcode, opt = _ANSWERS[verdict.action]
            reply = Reply.to(query, rcode)
            reply.opt = opt
            reply.good_until = FOREVER
        if not verdict.for_all and reply.good_until != NEVER:
            reply = reply.copy()
            reply.good_until = NEVER
        return reply

    def _judge(self, query: Query) -> Verdict:
        client, for_all = ip_address(query.client[0].partition("%")[0]), True
        for rule in self.rules:
            zone = longest_match(query.name, rule.zones)
            if zone is None:
                continue
            for policy in rule.policies:
                if policy.is_of(query.qtype):
                    for_all = for_all and policy.networks is None
                    if policy.is_for(client):
                        return Verdict(policy.action, zone, for_all)
        return Verdict("allow", for_all=for_all)

    def _count(self, query: Query, verdict: Verdict) -> None:
        labels: tuple[str, ...] = (query.server.address, query.view)
        if verdict.action != "allow":
            labels = (query.server.address, name_text(verdict.zone), query.view)
        count = partial(self.counters[verdict.action].add, labels)
        count()
        query.also_count(count)


def setup(args: Args, setting: Setting) -> Plugin:
    """Reads `acl`. Raises `CorefileError` for unknown actions and types, and for what is no network."""
    rules = []
    for _ in args.each("acl [ZONES...]"):
        zones = tuple(map(parse_name, args.zones(args.words())))
        rules.append(Rule(zones, tuple(_policy(args, option) for option in args.options())))
    return Acl(rules, setting.world.metrics)


def _policy(args: Args, option: Token) -> Policy:
    args.hint = _POLICY
    action = args.choice(option, "action", tuple(_COUNTED), any_case=True)
    types: list[int] = []
    networks: list[Network] = []
    found: dict[str, bool] = {}  # the sections that there are, and whether they say any
    for section, given in _sections(args):
        found[section] = found.get(section, False) or _ANY in given
        for word in takewhile(lambda word: word != _ANY, given):
            if section == "type":
                types.append(codes.TYPES[args.choice(word, "record type", list(codes.TYPES))])
            else:
                networks.append(_network(args, word))
    any_type, any_network = (found.get(section, True) for section in ("type", "net"))
    return Policy(action, frozenset([_ANY_TYPE] if any_type else types), None if any_network else tuple(networks))


def _sections(args: Args) -> Iterator[tuple[str, list[Token]]]:
    """The words behind each `type` and `net` of a line."""
    words = args.words()
    while words:
        section, *words = words
        kind = args.choice(section, "section", _SECTIONS, any_case=True)
        given = list(takewhile(lambda word: word.lower() not in _SECTIONS, words))
        if not given:
            raise args.error(f"nothing follows '{section}'", section)
        words = words[len(given) :]
        yield kind, given


def _network(args: Args, word: Token) -> Network:
    """A network, or an address as one."""
    bits = "" if "/" in word else "/128" if ":" in word else "/32"
    return args.network(Token(f"{word}{bits}", word.place), "NETWORK")
