"""A cache in front of an upstream that is a table in memory, with a clock that tests move.

    cached = Cached("prefetch 2 1m 50%", args="30")
    cached.upstream["www.example. A"] = reply("www.example. 300 A 192.0.2.1")
    cached.ask("www.example. A")          # ["NOERROR", "www.example. 30 A 192.0.2.1"]
    cached.asked                          # ["www.example. A"], what the upstream was asked
    cached.clock.now += 5

What the table lacks gets no reply (`Unanswered`), as if every upstream were dead.
"""

from collections.abc import Callable
from typing import Any

from chain import Chain, lines_of, make_query

from clusterdns.dns import codes
from clusterdns.dns.names import name_text
from clusterdns.dns.query import Query
from clusterdns.dns.reply import Reply, Unanswered
from clusterdns.plugins.base import Next, Plugin
from clusterdns.plugins.cache import Cache
from clusterdns.records.zones.reader import parse_record
from clusterdns.server.chain import link

SOA = "example. 60 SOA ns.example. host.example. 1 2 3 4 60"


def reply(*answer: str, rcode: int = 0, flags: int = codes.RA, authority: tuple[str, ...] = ()) -> Reply:
    made = Reply(rcode, flags)
    made.answer = [parse_record(line) for line in answer]
    made.authority = [parse_record(line) for line in authority]
    return made


class Table(Plugin):
    """The rest of the chain."""

    name = "table"

    def __init__(self, replies: dict[str, Reply]) -> None:
        self.replies = replies
        self.asked: list[str] = []
        self.queries: list[tuple[int, str]] = []
        self.before: Callable[[], Any] | None = None  # awaited before each reply

    async def serve(self, query: Query, next: Next) -> Reply:
        question = f"{name_text(query.name)} {codes.type_text(query.qtype)}"
        self.asked.append(question)
        self.queries.append((query.flags, query.transport))
        if self.before is not None:
            await self.before()
        if question not in self.replies:
            raise Unanswered(codes.SERVFAIL, "no healthy proxies")
        found = self.replies[question].copy()
        found.flags |= query.flags & (codes.RD | codes.CD)
        return found


class Cached:
    """See above."""

    def __init__(self, *options: str, args: str = "", zone: str = ".") -> None:
        text = "\n".join(options)
        self.chain = Chain(f"{zone} {{\n cache {args} {{\n{text}\n }}\n}}")
        self.clock = self.chain.clock
        self.upstream: dict[str, Reply] = {}
        self.table = Table(self.upstream)
        cache = self.chain.setting.plugins["cache"]
        assert isinstance(cache, Cache)
        self.cache = cache
        self.chain.first = link([cache, self.table])

    @property
    def asked(self) -> list[str]:
        return self.table.asked

    def ask(self, question: str = "www.example. A", *, flags: int = 0, **how: Any) -> list[str]:
        """From memory: the reply as lines."""
        query = make_query(question, **how)
        query.flags |= flags
        return lines_of(self.chain.reply(query))

    async def wait(self, question: str = "www.example. A", *, flags: int = 0, **how: Any) -> list[str]:
        """Within an event loop: the reply as lines."""
        query = make_query(question, **how)
        query.flags |= flags
        return lines_of(await self.chain.answer(query))

    def count(self, name: str) -> dict[str, float]:
        """What a metric of the cache counts, by type if it has one."""
        for family in self.chain.world.metrics.collect():
            if family.name == f"coredns_cache_{name}":
                return {dict(sample.labels).get("type", ""): sample.value for sample in family.samples}
        return {}
