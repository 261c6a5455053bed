"""erratic: answers any question for an address, but not always, not at once, and not wholly, to test clients.

Syntax:
    erratic {
        drop [AMOUNT]
        truncate [AMOUNT]
        delay [AMOUNT [DURATION]]
        large
    }

Of all queries the first and then every AMOUNTth, 2 by default, is not answered, or after DURATION, 100ms by default.
`truncate` sets TC in replies whose number, counted from 0, has no bit in common with AMOUNT. Every second query is
dropped if nothing is said; 0 is never. The address is 192.0.2.53 or 2001:db8::53; with `large` the former is given
thirty times. AXFR gets a small zone, without its end if truncated; other types are SERVFAIL.

The ready page sees it ready from the third query to the fourth. `autopath @erratic` searches `a.example.org` and
`b.example.org`.

Examples:
    example.org {
        erratic {
            drop 3
        }
    }

    example.org {
        erratic {
            delay 3 50ms
            truncate 5
        }
    }
"""

import asyncio
import struct
from dataclasses import dataclass
from typing import Final

from clusterdns.corefile import Args, Token
from clusterdns.dns import codes
from clusterdns.dns.names import MAX_LENGTH, ROOT, Name, from_labels, parse_name
from clusterdns.dns.query import Query
from clusterdns.dns.record import Record
from clusterdns.dns.reply import Dropped, Reply, Unanswered
from clusterdns.plugins.base import Next, Plugin, Setting

_ADDRESSES: Final = {
    codes.A: bytes((192, 0, 2, 53)),
    codes.AAAA: bytes.fromhex("20010db8000000000000000000000053"),
}
_MANY: Final = 30
_SOA: Final = (
    parse_name("sns.dns.icann.org")
    + parse_name("noc.dns.icann.org")
    + struct.pack("!5I", 2018050825, 7200, 3600, 1209600, 3600)
)
_SERVERS: Final = {
    b"a": bytes.fromhex("20010bd8000000000000000000000053"),
    b"b": bytes.fromhex("20010500" + "0" * 20 + "0054"),
}
_OPTIONS: Final = {
    "drop": "drop [AMOUNT]",
    "truncate": "truncate [AMOUNT]",
    "delay": "delay [AMOUNT [DURATION]]",
    "large": "large",
}
_SEARCHED: Final = parse_name("a.example.org"), parse_name("b.example.org")
_MOST: Final = 2**31 - 1


@dataclass
class Options:
    """Every how many queries something happens; 0 is never."""

    drop: int = 2
    truncate: int = 0
    delay: int = 0
    seconds: float = 0.1
    large: bool = False


class Erratic(Plugin):
    """Answers as it likes. `asked` counts all queries."""

    name = "erratic"
    machine_follows = False  # see `KnowsSearchPaths`

    def __init__(self, options: Options) -> None:
        self.options = options
        self.asked = 0

    def is_ready(self) -> bool:
        """For a while only, so that one can see what comes of that."""
        return 3 <= self.asked < 5

    def search_path(self, query: Query) -> tuple[Name, ...]:
        """See `KnowsSearchPaths`: made up, and everybody's."""
        return _SEARCHED

    async def serve(self, query: Query, next: Next) -> Reply:
        options, number = self.options, self.asked
        self.asked += 1
        if options.drop and number % options.drop == 0:
            raise Dropped
        if options.delay and number % options.delay == 0:
            await asyncio.sleep(options.seconds)
        truncate = bool(options.truncate) and number & options.truncate == 0  # not %, and so CoreDNS has it
        if query.qtype == codes.AXFR:
            return _zone(query, whole=not truncate)
        if query.qtype not in _ADDRESSES:
            raise Unanswered(codes.SERVFAIL, "", self.name)
        reply = Reply.to(query, flags=codes.AA | (codes.TC if truncate else 0))
        record = Record(query.spelled, query.qtype, 0, _ADDRESSES[query.qtype])
        reply.answer = [record] * (_MANY if options.large and query.qtype == codes.A else 1)
        return reply


def _zone(query: Query, *, whole: bool) -> Reply:
    """A zone of that name, in one message. Raises `Dropped` where its names would be none."""
    apex = query.spelled
    if apex == ROOT or len(apex) + 2 > MAX_LENGTH:
        raise Dropped
    servers = {from_labels([label], apex): address for label, address in _SERVERS.items()}
    soa = Record(apex, codes.SOA, 0, _SOA)
    reply = Reply.to(query, flags=codes.AA)
    reply.answer = [
        soa,
        *[Record(apex, codes.NS, 0, server) for server in reversed(servers)],
        *[Record(server, codes.AAAA, 0, address) for server, address in servers.items()],
        *[soa] * whole,
    ]
    return reply


def setup(args: Args, setting: Setting) -> Plugin:
    """Reads `erratic`. Raises `CorefileError` for unknown options, and for what is no amount or duration."""
    options = Options()
    asked_to_drop = False
    for _ in args.each("erratic"):
        for option in args.options(_OPTIONS):
            match str(option):
                case "drop":
                    for word in args.words(most=1):
                        options.drop, asked_to_drop = _amount(args, word), True
                case "truncate":
                    options.truncate = 2
                    for word in args.words(most=1):
                        options.truncate = _amount(args, word)
                case "delay":
                    words = args.words(most=2)
                    options.delay = _amount(args, words[0]) if words else 2
                    options.seconds = args.duration(words[1], "DURATION") if len(words) > 1 else 0.1
                case "large":
                    options.large = True
    if (options.delay or options.truncate) and not asked_to_drop:
        options.drop = 0
    plugin = Erratic(options)
    setting.ready_when(plugin.name, plugin.is_ready)
    return plugin


def _amount(args: Args, word: Token) -> int:
    return args.integer(word, "AMOUNT", least=0, most=_MOST)
