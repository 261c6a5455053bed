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

from ipaddress import IPv4Network, IPv6Network, ip_address
from random import Random
from typing import Final

from clusterdns.corefile import Args
from clusterdns.dns import codes
from clusterdns.dns.names import Name
from clusterdns.dns.query import Query
from clusterdns.dns.record import Record
from clusterdns.dns.reply import NEVER, Reply
from clusterdns.plugins.base import Next, Plugin, Setting
from clusterdns.plugins.loadbalance.weights import WeightFile, choose

Records = list[Record]

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
        if len(reply.answer) < 2 and len(reply.authority) < 2 and len(reply.additional) < 2:
            return reply
        ordered = reply.copy()
        if self.weights is None:
            ordered.answer = self._shuffle(reply.answer, ordered)
            ordered.authority = self._shuffle(reply.authority, ordered)
            ordered.additional = self._shuffle(reply.additional, ordered)
        elif query.qtype in _WEIGHTED:
            ordered.answer = self._weigh(reply.answer, ordered, self.weights)
            ordered.additional = self._weigh(reply.additional, ordered, self.weights)
        if self.preferred:
            ordered.answer = self._prefer(ordered.answer)
            ordered.additional = self._prefer(ordered.additional)
        return ordered

    def _shuffle(self, records: Records, reply: Reply) -> Records:
        cnames, addresses, exchanges, others = _sort(records)
        for rotated in (addresses, exchanges):
            if len(rotated) > 1:
                self.random.shuffle(rotated)
                reply.good_until = NEVER
        return cnames + others + addresses + exchanges

    def _weigh(self, records: Records, reply: Reply, weights: WeightFile) -> Records:
        cnames, addresses, exchanges, others = _sort(records)
        if not addresses:
            return records
        if len(addresses) > 1:
            top = choose(addresses, weights.weights, self.random)
            addresses[0], addresses[top] = addresses[top], addresses[0]
            reply.good_until = NEVER
        return cnames + others + addresses + exchanges

    def _prefer(self, records: Records) -> Records:
        cnames, addresses, exchanges, others = _sort(records)
        return cnames + sorted(addresses, key=self._rank) + exchanges + others

    def _rank(self, record: Record) -> int:
        """The index of the first preferred network that has the address, else one past the last."""
        address = ip_address(record.rdata)
        ranks = (rank for rank, network in enumerate(self.preferred) if address in network)
        return next(ranks, len(self.preferred))


def _sort(records: Records) -> tuple[Records, Records, Records, Records]:
    """CNAMEs, addresses, MXs and all others, each in their old order."""
    cnames: Records = []
    addresses: Records = []
    exchanges: Records = []
    others: Records = []
    for record in records:
        match record.rtype:
            case codes.A | codes.AAAA:
                addresses.append(record)
            case codes.CNAME:
                cnames.append(record)
            case codes.MX:
                exchanges.append(record)
            case _:
                others.append(record)
    return cnames, addresses, exchanges, others


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
