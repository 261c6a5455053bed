"""The way of a query through a server block: which plugins it came to, what each did, what the cache had and kept.

A chain is watched only if it was joined by a `Trace`; any other pays nothing. Knows plugins and chains, no cluster and
no reason.
"""

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from clusterdns.corefile import Place, ServerBlock
from clusterdns.dns.query import Query
from clusterdns.dns.reply import Reply
from clusterdns.plugins.base import Next, Plugin
from clusterdns.plugins.cache import Cache
from clusterdns.plugins.cache.item import key_of
from clusterdns.server.chain import link

_UPSTREAM: Final = "forward/upstream"  # the label of CoreDNS's metadata


class Cached(NamedTuple):
    """A reply in the cache plugin: good for `left` of its `ttl` seconds, stale if that is not positive."""

    left: int
    ttl: int
    denial: bool


@dataclass
class Visit:
    """A plugin that a query came to, for a name and a type. `failure` is what it raised instead of a reply."""

    plugin: Plugin
    name: bytes
    qtype: int
    passed_on: bool = False
    reply: Reply | None = None
    failure: Exception | None = None
    had: Cached | None = None  # what the cache had for the question
    keeps: Cached | None = None  # what it has afterwards


@dataclass
class Passage:
    """A question on its way through a server block.

    `inner` is what the server asked itself meanwhile, for the targets of aliases. `further` is the way through the
    server block that it forwarded to, if that is of the same Corefile.
    """

    block: ServerBlock
    name: bytes  # as it was asked
    qtype: int
    wire: bytes  # the query as it came
    outer: "Passage | None" = field(repr=False)  # that this one was asked for
    visits: list[Visit] = field(default_factory=list)
    inner: list["Passage"] = field(default_factory=list)
    upstream: str = ""  # the last one that was asked
    further: "Passage | None" = None
    ended: bool = False

    @property
    def answered(self) -> Visit | None:
        """The plugin whose reply it is; None when nobody had one."""
        return next((visit for visit in reversed(self.visits) if visit.reply is not None), None)

    @property
    def decisive(self) -> Visit | None:
        """The plugin whose word it is: the one that replied, else the first to fail."""
        failed = (visit for visit in reversed(self.visits) if visit.failure is not None)
        return self.answered or next(failed, None)

    @property
    def fell_through(self) -> bool:
        """Did the last plugin pass the query on, to nobody?"""
        return self.answered is None and bool(self.visits) and self.visits[-1].passed_on

    @property
    def ways(self) -> list["Passage"]:
        """Itself, and the ways through the server blocks that it was forwarded to, one after the other."""
        return [self, *(self.further.ways if self.further is not None else ())]

    def place_of(self, plugin: str) -> Place | None:
        """Where the server block configures a plugin."""
        return next((each.place for each in self.block.directives if each.name == plugin), None)

    def visit_of(self, plugin: str) -> Visit | None:
        """What a plugin did."""
        return next((visit for visit in self.visits if visit.plugin.name == plugin), None)


_current: ContextVar[Passage | None] = ContextVar("passage", default=None)


def depth() -> int:
    """How many questions wait for the one that is asked now."""
    passage, count = _current.get(), 0
    while passage is not None:
        passage, count = passage.outer, count + 1
    return count


class Trace:
    """Joins the chains of server blocks so that each question leaves its passage, to be had by `take`."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._passages: dict[bytes, Passage] = {}

    def take(self, wire: bytes) -> Passage | None:
        """The passage of the query that came in as `wire`; None if it came to no server block."""
        return self._passages.pop(wire, None)

    def join(self, block: ServerBlock, plugins: Sequence[Plugin]) -> Next:
        """As `link`, watched."""
        serving = (plugin for plugin in plugins if type(plugin).serve is not Plugin.serve)
        chain = link([_Watched(plugin, self._clock) for plugin in serving])

        async def enter(query: Query) -> Reply:
            passage = Passage(block, query.spelled, query.qtype, query.wire, _current.get())
            self._keep(passage, passage.outer)
            if query.metadata is None:
                query.metadata = {}  # in which forward leaves whom it asked
            before, outer = _current.set(passage), query.metadata.pop(_UPSTREAM, "")
            try:
                return await chain(query)
            finally:
                _current.reset(before)
                passage.upstream, query.metadata[_UPSTREAM] = query.metadata.get(_UPSTREAM, ""), outer
                passage.ended = True

        return enter

    def _keep(self, passage: Passage, outer: Passage | None) -> None:
        if outer is None:
            self._passages[passage.wire] = passage
        elif outer.wire == passage.wire:
            outer.inner.append(passage)
        else:  # another packet, which an upstream gets
            outer.further = passage


class _Watched(Plugin):
    """A plugin that is looked at while it serves."""

    def __init__(self, plugin: Plugin, clock: Callable[[], float]) -> None:
        self.name = plugin.name  # type: ignore[misc]  # it goes by the name of what it stands for
        self._plugin = plugin
        self._clock = clock

    async def serve(self, query: Query, next: Next) -> Reply:
        passage = _current.get()
        if passage is None or passage.ended:  # a refresh in the background
            return await self._plugin.serve(query, next)
        visit = Visit(self._plugin, query.spelled, query.qtype, had=self._cached(query))
        passage.visits.append(visit)

        async def onward(query: Query) -> Reply:
            visit.passed_on = True
            return await next(query)

        try:
            visit.reply = await self._plugin.serve(query, onward)
        except Exception as failure:
            visit.failure = failure
            raise
        finally:
            visit.keeps = self._cached(query)
        return visit.reply

    def _cached(self, query: Query) -> Cached | None:
        if not isinstance(self._plugin, Cache):
            return None
        now = self._clock()
        item = self._plugin.rooms.find(key_of(query), now)
        return None if item is None else Cached(item.left(now), item.ttl, item.denial)
