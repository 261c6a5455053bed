"""loadbalance: changes the order of addresses from reply to reply, so that clients that take the first one spread.

Syntax:
    loadbalance [round_robin] {
        prefer CIDR...
    }
    loadbalance weighted FILE {
        reload DURATION
    }

`round_robin`, the default, shuffles A, AAAA and MX records; `prefer` then puts addresses in the networks first, in the
order of the networks. `weighted` puts one address first, chosen by the weights in FILE, which is looked at again every
DURATION: 30s by default, 0s is never. CNAMEs come before all of them.

Examples:
    . {
        loadbalance round_robin {
            prefer 10.0.0.0/8 192.168.0.0/16
        }
        whoami
    }
"""

from functools import partial
from ipaddress import IPv4Network, IPv6Network
from random import Random
from typing import Final

from clusterdns.corefile import Args
from clusterdns.dns import codes
from clusterdns.dns.names import Name
from clusterdns.dns.query import Query
from clusterdns.dns.reply import Reply
from clusterdns.plugins.base import Next, Plugin, Setting
from clusterdns.plugins.loadbalance.orders import Records, arrange, shuffled, sort
from clusterdns.plugins.loadbalance.weights import WeightFile, choose

_WEIGHTED: Final = (codes.A, codes.AAAA, codes.SRV)
_RELOAD: Final = 30.0  # seconds


class LoadBalance(Plugin):
    """Orders the records of positive replies anew: by weight if there is a weight file, else by chance."""

    name = "loadbalance"

    def __init__(self, setting: Setting) -> None:
        # Nobody gains by guessing an order, so that chance need not come from the system for every reply.
        self.random = Random(setting.world.random.getrandbits(64))  # noqa: S311
        self.weights: WeightFile | None = None
        self.preferred: list[IPv4Network | IPv6Network] = []

    def passes(self, zone: Name) -> bool:
        return True

    async def serve(self, query: Query, next: Next) -> Reply:
        reply = await next(query)
        if reply.rcode != codes.NOERROR or query.qtype in codes.TRANSFERS:
            return reply
        if not reply.has_several:
            return reply
        ordered = reply.copy()
        ordered.still = reply.still
        if self.weights is None:
            self._by_chance(ordered)
        elif query.qtype in _WEIGHTED:
            self._by_weight(ordered, self.weights)
        return ordered

    def _by_chance(self, reply: Reply) -> None:
        """A, AAAA and MX records take turns."""
        sections = (
            arrange(reply.answer, self.preferred),
            arrange(reply.authority),
            arrange(reply.additional, self.preferred),
        )
        reply.answer, reply.authority, reply.additional = [section.records for section in sections]
        equals, begin = [], 0
        for section in sections:
            equals += [range(begin + places.start, begin + places.stop) for places in section.equals]
            begin += len(section.records)
        if equals:
            reply.take_turns(partial(self._draw_by_chance, begin, equals))

    def _draw_by_chance(self, count: int, equals: list[range]) -> list[int]:
        places = list(range(count))
        for each in equals:
            places[each.start : each.stop] = shuffled(each, self.random)
        return places

    def _by_weight(self, reply: Reply, weights: WeightFile) -> None:
        """The first address of a section is drawn by weight, and changes places with the one that was there."""
        drawn, begin = [], 0
        for records in (reply.answer, reply.additional):
            cnames, addresses, exchanges, others = sort(records)
            if addresses:
                records[:] = cnames + others + addresses + exchanges
            if len(addresses) > 1:
                drawn.append((begin + len(cnames) + len(others), addresses))
            begin += len(reply.answer) + len(reply.authority)
        if drawn:
            reply.take_turns(partial(self._draw_by_weight, len(reply.records), drawn, weights))

    def _draw_by_weight(self, count: int, drawn: list[tuple[int, Records]], weights: WeightFile) -> list[int]:
        places = list(range(count))
        for first, addresses in drawn:
            top = first + choose(addresses, weights.weights, self.random)
            places[first], places[top] = top, first
        return places


def setup(args: Args, setting: Setting) -> Plugin:
    """Reads `loadbalance`. Raises `CorefileError` for unknown policies, bad durations and networks."""
    plugin = LoadBalance(setting)
    for _ in args.each("loadbalance [round_robin | weighted FILE]"):
        words = args.words(most=2)
        policy = args.choice(words[0], "policy", ("round_robin", "weighted")) if words else "round_robin"
        if policy == "weighted":
            if len(words) < 2:
                raise args.error("weighted needs the FILE with the weights", words[0])
            plugin.weights = WeightFile(setting.path(words[1]), setting.world.log, _reload(args))
            plugin.preferred = []
        elif len(words) > 1:
            raise args.error(f"'{words[1]}' is one argument too many for '{policy}'", words[1])
        else:
            plugin.weights = None
            for _ in args.options({"prefer": "prefer CIDR..."}):
                plugin.preferred += [args.network(word, "CIDR") for word in args.words()]
    if plugin.weights is not None:
        plugin.weights.watch(setting)
    return plugin


def _reload(args: Args) -> float:
    seconds = _RELOAD
    for _ in args.options({"reload": "reload DURATION"}):
        (word,) = args.words(1, 1)
        seconds = args.duration(word, "DURATION", least=0)
    return seconds
