"""A chain of plugins without server and sockets: one server block's Corefile text in, answers as zone-file text out.

    chain = Chain("example. {\n whoami\n}")
    chain.ask("web.example. A")          # ["NOERROR aa", "web.example. 60 A 10.0.0.1", "authority example. 60 NS …"]
    chain.ask("version.bind. CH TXT", client="10.1.2.3", transport="tcp")

The clock stands still until a test moves it (`chain.clock.now += 5`). `ask` is for answers from memory; what waits for
a network is tested within one event loop by `async with chain:` and `await chain.answer(…)`.
"""

import io
import random
import struct
from collections.abc import Awaitable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from clusterdns import corefile
from clusterdns.dns import codes, names, text
from clusterdns.dns.edns import Opt
from clusterdns.dns.query import HEADER, Query, parse_query
from clusterdns.dns.reply import Dropped, Reply, Unanswered
from clusterdns.logs import Log
from clusterdns.plugins import ORDER, load
from clusterdns.plugins.base import Setting, World
from clusterdns.server.chain import link

T = TypeVar("T")
FLAGS = {"aa": codes.AA, "tc": codes.TC, "ra": codes.RA, "ad": codes.AD}


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def make_query(question: str, client: str = "10.240.0.1", transport: str = "udp", opt: Opt | None = None) -> Query:
    """The query `NAME [CLASS] TYPE`, as it comes out of a packet."""
    name, *qclass, qtype = question.split()
    asked = names.encode_name(name) + struct.pack(
        "!HH", codes.parse_type(qtype) or 0, codes.parse_class(qclass[0] if qclass else "IN") or 0
    )
    wire = HEADER.pack(4711, codes.RD, 1, 0, 0, 1 if opt else 0) + asked + (opt.encode() if opt else b"")
    query = parse_query(wire)
    query.transport = transport
    query.client = (client, 40212)
    query.local = ("10.96.0.10", 53)
    return query


def lines_of(reply: Reply) -> list[str]:
    """A reply as text: response code and flags, then the records; those outside the answer say their section."""
    flags = [flag for flag, bit in FLAGS.items() if reply.flags & bit]
    lines = [" ".join([codes.rcode_text(reply.rcode), *flags])]
    sections = ("", reply.answer), ("authority ", reply.authority), ("additional ", reply.additional)
    for section, records in sections:
        lines += [section + text.record_text(record).replace(" IN ", " ", 1) for record in records]
    return lines


class Chain:
    """The plugins of one server block, set up and linked in CoreDNS's order."""

    def __init__(self, block: str, root: Path = Path(), tables: Any = None, addresses: Iterable[str] = ()) -> None:
        self.clock = Clock()
        self.log = io.StringIO()
        chance = random.Random(1)
        self.world = World(tables, log=Log(self.log), clock=self.clock, wall=self.clock, random=chance)
        self.world.addresses = lambda: list(addresses)
        parsed = corefile.parse(block, "Corefile", env={})
        assert not parsed.problems, parsed.problems
        (server_block,) = parsed.blocks
        zones = tuple(names.parse_name(zone) for zone in server_block.zone_names)
        self.setting = Setting(self.world, zones, root=root)
        for name in sorted(server_block.plugins, key=ORDER.index):
            plugin = load(name).setup(server_block.args(name), self.setting)
            if plugin is not None:
                self.setting.plugins[name] = plugin
        for finish in self.setting.finishes:
            finish()
        self.first = link(list(self.setting.plugins.values()))

    def ask(self, question: str, **how: Any) -> list[str]:
        """Asks `NAME [CLASS] TYPE` and returns the reply as text; what has no reply says so in one line."""
        try:
            return lines_of(self.reply(make_query(question, **how)))
        except Unanswered as outcome:
            return [f"{codes.rcode_text(outcome.rcode)} unanswered {outcome.reason}".rstrip()]
        except Dropped:
            return ["dropped"]

    def reply(self, query: Query) -> Reply:
        """The reply from memory; raises what the chain raises."""
        return at_once(self.answer(query))

    async def answer(self, query: Query) -> Reply:
        """The reply, waited for; raises what the chain raises."""
        query.server = Itself(self)
        query.received = self.clock()
        if self.setting.collect is not None:
            self.setting.collect(query)
        return await self.first(query)

    def start(self) -> None:
        """Starts what needs no event loop to start."""
        for start in self.setting.starts:
            at_once(start())

    def repeat(self) -> None:
        """Does now, and once, what the plugins do every few seconds."""
        for _, repeat in self.setting.repeats:
            repeat()

    async def __aenter__(self) -> "Chain":
        for start in self.setting.starts:
            await start()
        return self

    async def __aexit__(self, *_: object) -> None:
        for stop in self.setting.stops:
            await stop()


class Itself:
    """The server as plugins see it: its address in metrics, and that it can be asked again."""

    address = "dns://:53"

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.echoed = chain.world.echoed
        self.secrets = chain.setting.secrets

    async def ask(self, query: Query, spelled: bytes, qtype: int) -> Reply | None:
        inner = query.with_question(spelled, qtype)
        inner.depth = query.depth + 1
        try:
            return await self.chain.first(inner) if inner.depth < 32 else None
        except Unanswered as outcome:
            return Reply.to(inner, outcome.rcode)
        except Dropped:
            return None


def at_once(waiting: Awaitable[T]) -> T:
    """The result of what must not wait for anything."""
    steps = waiting.__await__()
    try:
        next(steps)
    except StopIteration as end:
        return end.value
    steps.close()
    raise AssertionError("this waits for something: test it within an event loop")
