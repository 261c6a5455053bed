"""The rows of the table: what is asked, whom, and how much more than its peer our server may take.

Ours comes first; the first peer is the one whose figure counts, others are measured if they are wanted.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from bench import questions
from bench.load import Way
from bench.messages import DENIED, Question
from bench.peers import Bind, Dnsmasq, Knot, Unbound
from bench.questions import Stream
from bench.servers import ClusterDNS, Server

_LOOPED: Final = 40_000  # messages of a file that is asked again and again
_PEAK: Final = 250_000  # more queries per second no dnsperf sends


@dataclass(frozen=True)
class Row:
    """One line: `once` if no question may come twice, `at_most` the ratio to reach.

    `by_rate` compares answers per second, and then the ratio is one to reach `at_least`. Servers that `deny` say
    NXDOMAIN to everything. `changing` has a manifest change ten times a second.
    """

    name: str
    title: str
    stream: Stream
    peers: tuple[Server, ...]
    at_most: float | None = None
    at_least: float | None = None
    once: bool = False
    way: Way = field(default_factory=Way)
    ours: ClusterDNS = field(default_factory=ClusterDNS)
    deny: frozenset[str] = frozenset()
    peak: int = _PEAK
    changing: bool = False

    def questions(self, server: Server, seed: int) -> Iterator[Question]:
        """What the server is asked, and what it has to answer."""
        if server.name not in self.deny:
            return self.stream(seed)
        return (Question(wire, DENIED) for wire, _ in self.stream(seed))

    def count(self, seconds: float) -> int:
        """How many messages a file needs."""
        return int(self.peak * seconds) if self.once else _LOOPED


_AUTHORITATIVE: Final = (Knot(), Bind(), Unbound(), Dnsmasq())
_FORWARDING: Final = (Unbound(), Bind(), Dnsmasq())

ROWS: Final = (
    Row(
        "cluster",
        "cluster answers (A 85 %, SRV, AAAA, NXDOMAIN)",
        questions.known,
        _AUTHORITATIVE,
        at_most=1.0,
    ),
    Row(
        "real",
        "the same with EDNS, own cookies, 0x20",
        questions.real_clients,
        _AUTHORITATIVE,
        at_most=1.3,
        once=True,
    ),
    Row(
        "walks",
        "search-path walks never asked before (NXDOMAIN)",
        questions.walks,
        _AUTHORITATIVE,
        at_most=1.3,
        once=True,
    ),
    Row(
        "pods",
        "dashed Pod IPs never asked before",
        questions.pods,
        (Bind(), Knot()),
        at_most=1.0,
        once=True,
        deny=frozenset({"bind", "knot"}),
    ),
    Row("hit", "forwarded, in the cache", questions.forwarded, _FORWARDING, at_most=1.0),
    Row(
        "miss",
        "forwarded, never asked before",
        questions.never_forwarded,
        _FORWARDING,
        at_most=1.0,
        once=True,
        peak=60_000,
    ),
    Row(
        "tcp",
        "TCP, 100 queries on each of 50 connections",
        questions.known,
        (Knot(), Bind(), Unbound()),
        at_most=1.5,
        way=Way("tcp", clients=50, outstanding=5000),
    ),
    Row(
        "dot",
        "cluster answers over TLS, 20 connections",
        questions.known,
        (Unbound(),),
        way=Way("dot", clients=20, outstanding=400),
    ),
    Row(
        "doh",
        "cluster answers over HTTPS, 20 connections",
        questions.known,
        (Unbound(),),
        way=Way("doh", clients=20, outstanding=400),
    ),
    Row("headless", "headless Services (3 addresses that take turns)", questions.headless, _AUTHORITATIVE),
    Row(
        "log",
        "cluster answers with `log`, to those without",
        questions.known,
        (ClusterDNS("clusterdns without log"),),
        at_most=2.0,
        ours=ClusterDNS("clusterdns with log", log=True),
    ),
    Row(
        "workers",
        "cluster answers per second of two workers, to those of one",
        questions.known,
        (ClusterDNS("clusterdns, 1 worker"),),
        at_least=1.8,
        way=Way(clients=64, outstanding=400),
        ours=ClusterDNS("clusterdns, 2 workers", workers=2),
    ),
    Row(
        "changes",
        "cluster answers while a manifest changes ten times a second",
        questions.known,
        (ClusterDNS("clusterdns, unchanged"),),
        ours=ClusterDNS("clusterdns, changing"),
        changing=True,
    ),
)
