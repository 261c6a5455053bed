"""What a plugin is, and what it is set up in.

A plugin's module has four parts: a docstring (Name, Syntax, Examples), a class, its `serve`, and `setup`, which reads
the plugin's Corefile lines. It gets clock, log, metrics and the cluster's table from its `Setting`, so that it can be
tried without any of them. Knows nothing of servers and sockets; no plugin imports another.
"""

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from random import Random, SystemRandom
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar, runtime_checkable

from clusterdns import interfaces
from clusterdns.corefile import CorefileError
from clusterdns.credentials import Credentials
from clusterdns.departure import Departure
from clusterdns.dns.edns import ECHOED
from clusterdns.dns.names import Name
from clusterdns.dns.query import Query
from clusterdns.dns.record import Record
from clusterdns.dns.reply import Reply
from clusterdns.logs import Log
from clusterdns.metrics import Family, Metrics
from clusterdns.traffic import Traffic

if TYPE_CHECKING:
    from clusterdns.records.tables import Handle, Tables

T = TypeVar("T")

Next = Callable[[Query], Awaitable[Reply]]
"""Asks the rest of the chain. Raises `Unanswered` when nobody there has a reply."""


class Plugin:
    """One link of the chain."""

    name: ClassVar[str]

    def serve(self, query: Query, next: Next) -> Awaitable[Reply]:
        """Answers, or asks `next` and may change what it returned; this one passes all on.

        Usually `async def`; who leaves the reply to others may as well return what `next` returns, not awaited.

        Raises `Unanswered` for an answer that is only a response code, which plugins above leave alone (CoreDNS: an
        rcode returned without a message written), and `Dropped` for no answer at all.
        """
        return next(query)

    def passes(self, zone: Name) -> bool:
        """Do all names in the zone get the reply of the next plugin as it is, so that this one need not be asked?

        What it counts has to be in `Query.also_count` then.
        """
        return type(self).serve is Plugin.serve

    def metadata(self, query: Query) -> Mapping[str, str]:
        """What the plugin knows of a query before the chain answers it, by label, such as `kubernetes/namespace`.

        It is asked only where the metadata plugin is. What is known later goes into `Query.metadata` itself.
        """
        return {}


@runtime_checkable
class Transferable(Protocol):
    """A plugin whose zones can be transferred (RFC 5936); the transfer plugin finds it in `Setting.plugins`."""

    def transfer(self, zone: Name, serial: int | None) -> Iterable[list[Record]] | None:
        """All records of the zone in batches, SOA first and last; None if the zone is not its own.

        `serial` is what an IXFR client has: when it is current, a single batch with the SOA alone.
        """


@runtime_checkable
class HasTable(Protocol):
    """A plugin that answers from a cluster's table, which others in its server block may read too."""

    handle: "Handle"


@runtime_checkable
class KnowsSearchPaths(Protocol):
    """A plugin that knows the search domains of clients."""

    machine_follows: bool  # are this machine's own search domains tried behind them?

    def search_path(self, query: Query) -> tuple[Name, ...] | None:
        """Those of the query's client, none if it is unknown; None if nothing is said of such names to any client."""


@runtime_checkable
class Forgetful(Protocol):
    """A plugin that keeps replies, and can be told that they are no longer right."""

    def forget(self) -> None:
        """Keeps none of the replies that it has."""


class Viewer(Protocol):
    """What decides which queries a server block takes of those for its zones: a plugin, in `Setting.view`."""

    @property
    def view_name(self) -> str:
        """Of the view, in metrics."""

    @property
    def is_personal(self) -> bool:
        """Does anything decide but the question, its EDNS and its transport?"""

    def takes(self, query: Query) -> bool:
        """Is the query one for the block?"""


class StartError(Exception):
    """What is seen only at a start and keeps the server from starting, as a sentence for the user."""


@dataclass
class World:
    """What all server blocks of a process share. Tests give their own clock and random numbers."""

    tables: "Tables"  # the cluster's names, compiled for each kubernetes plugin
    log: Log = field(default_factory=Log)
    metrics: Metrics = field(default_factory=Metrics)
    clock: Callable[[], float] = time.monotonic  # seconds, for everything that ages
    wall: Callable[[], float] = time.time  # seconds since 1970, for serials and time stamps
    random: Random = field(default_factory=SystemRandom)
    echoed: set[int] = field(default_factory=lambda: set(ECHOED))  # codes of the EDNS options that replies give back
    workers: int = 1  # processes that serve together
    # Does what is done once for all of these, not by each: NOTIFY, files that are written. Plugins ask at their setup.
    leads: bool = True
    revision: int = 0  # of all that replies may be kept of but the tables: zones, hosts files
    traffic: Traffic = field(init=False)  # counts queries and replies
    departure: Departure = field(default_factory=Departure)  # of packets, at the end of each turn of the loop
    # By which others know this server; None if it stands for the Pods behind the cluster's DNS Service.
    addresses: Callable[[], list[str]] | None = interfaces.addresses
    # What the ready pages ask, whichever block they are in: each tells the plugins that are not ready.
    readiness: list[Callable[[], list[str]]] = field(default_factory=list)

    # Is told of each query of a client when it comes; what it returns is told of the rcode, or of None for no answer.
    watch: Callable[[Query], Callable[[int | None], None]] | None = None
    fail: Callable[[str], None] = field(init=False)  # ends the server with a sentence, while it serves
    # Adds the metrics of other processes to those of this one.
    gather: Callable[[list[Family]], Awaitable[list[Family]]] | None = None
    _shared: dict[Any, Any] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self.fail = self.log.error
        self.traffic = Traffic(self.metrics)

    async def collect(self) -> list[Family]:
        """The metrics of all processes that serve together."""
        own = self.metrics.collect()
        return own if self.gather is None else await self.gather(own)

    def shared(self, kind: "Callable[[World], T]") -> T:
        """The one object of a kind that all server blocks share, also after a reload; `kind(world)` made it."""
        if kind not in self._shared:
            self._shared[kind] = kind(self)
        found: T = self._shared[kind]
        return found

    @property
    def revisions(self) -> tuple[int, int]:
        """Of the tables and of all else that replies may be kept of."""
        return self.tables.revision, self.revision

    def revise(self) -> None:
        """Says that some answer may now differ, so that no kept reply is given again."""
        self.revision += 1


@dataclass(frozen=True)
class Limits:
    """What one address gives a client, or all of them: seconds, and numbers; 0 is no limit, but for seconds."""

    read: float = 3.0  # seconds for the first message of a connection
    idle: float = 10.0  # seconds for later ones
    write: float = 5.0  # seconds to take what was asked for
    tcp_queries: int = 0  # of one connection
    https_connections: int = 200
    https3_connections: int = 200
    https3_streams: int = 256  # of one connection at a time
    quic_connections: int = 200
    quic_streams: int = 256  # of one connection at a time
    quic_workers: int = 1024  # queries of all connections that may wait for something


@dataclass
class Page:
    """Something to read over HTTP: /health, /ready, /metrics. `read` gives status and body, at once or awaited."""

    address: str  # host:port or :port
    path: str
    read: Callable[[], tuple[int, str] | Awaitable[tuple[int, str]]]
    content_type: str = "text/plain; charset=utf-8"
    certificate: tuple[Path, Path] | None = None  # certificate and key files, for HTTPS


@dataclass
class Setting:
    """What the plugins of one server block are set up in, and what they leave there for the server."""

    world: World
    zones: tuple[Name, ...]  # of the block's keys
    transports: tuple[str, ...] = ("dns",)  # of the block's keys
    corefile: str = "Corefile"
    root: Path = Path()  # where relative paths of plugins begin
    hosts: tuple[str, ...] = ()  # the addresses that `bind` names; none: wherever the server listens by default
    # Transport, host ("" is every address), port and zone of each key; known when all plugins are set up.
    listen: tuple[tuple[str, str, int, Name], ...] = ()
    plugins: dict[str, Plugin] = field(default_factory=dict)  # those of this block, complete once all are set up
    pages: list[Page] = field(default_factory=list)
    any_class: bool = False  # queries of classes other than IN reach the chain
    view: Viewer | None = None  # which queries the block takes; None is all
    collect: Callable[[Query], None] | None = None  # gives a query its metadata
    debug: bool = False  # a plugin's failure ends the server
    stacktrace: bool = False  # a plugin's failure is logged with where it happened
    reload: float = 0.0  # seconds between looks at the Corefile; 0 is never
    lameduck: float = 0.0  # seconds between the wish to stop and the end
    credentials: Credentials | None = None  # of the server, for transports that have TLS
    secrets: dict[Name, bytes] = field(default_factory=dict)  # with which queries may be signed, by name
    limits: dict[str, Any] = field(default_factory=dict)  # those of `Limits` that the block sets
    finishes: list[Callable[[], None]] = field(default_factory=list)
    starts: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    stops: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    checks: list[Callable[[], Iterable[str | CorefileError]]] = field(default_factory=list)
    ready_checks: dict[str, Callable[[], bool]] = field(default_factory=dict)
    repeats: list[tuple[float, Callable[[], None]]] = field(default_factory=list)
    zone_watchers: list[Callable[[Name], None]] = field(default_factory=list)
    counted: tuple[Name, ...] = field(init=False)  # the zones that metrics tell apart
    _found: dict[str, tuple[Name, ...]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self.counted = self.zones

    def when_complete(self, finish: Callable[[], None]) -> None:
        """Has `finish` called when all plugins of the block are set up. It may raise `CorefileError`."""
        self.finishes.append(finish)

    def on_start(self, start: Callable[[], Awaitable[None]]) -> None:
        """Has `start` awaited when all plugins are set up, before the first query. It may raise `StartError`."""
        self.starts.append(start)

    def on_stop(self, stop: Callable[[], Awaitable[None]]) -> None:
        """Has `stop` awaited after the last query."""
        self.stops.append(stop)

    def on_check(self, check: Callable[[], Iterable[str | CorefileError]]) -> None:
        """`clusterdns check` calls `check` instead of starting: it yields what a start would stumble over.

        An error that knows its place in the Corefile is told with that one, a sentence with the plugin's.
        """
        self.checks.append(check)

    def ready_when(self, plugin: str, check: Callable[[], bool]) -> None:
        """The ready page answers 200 only once `check` is true."""
        self.ready_checks[plugin] = check

    def every(self, seconds: float, repeat: Callable[[], None]) -> None:
        """Has `repeat` called again and again while the server runs."""
        self.repeats.append((seconds, repeat))

    def on_zone_change(self, tell: Callable[[Name], None]) -> None:
        """Has `tell` called with the apex of a zone of this block that was loaded, at the start or again."""
        self.zone_watchers.append(tell)

    def zone_changed(self, zone: Name) -> None:
        """Says that a zone was loaded, so that kept replies are forgotten and its secondaries hear of it."""
        self.world.revise()
        for tell in self.zone_watchers:
            tell(zone)

    def count_zones(self, plugin: str, zones: tuple[Name, ...]) -> None:
        """Says that metrics tell zones apart which a plugin has found, besides those of the block."""
        self._found[plugin] = zones
        self.counted = tuple(dict.fromkeys((*self.zones, *chain.from_iterable(self._found.values()))))

    def path(self, text: str) -> Path:
        """A path from the Corefile, below `root` if it is relative."""
        return self.root / text
