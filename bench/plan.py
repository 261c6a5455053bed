"""What is to be measured, and how: rows, peers, times. Runs them all; a row that fails costs only itself.

Each row has a temporary folder, which is gone at its end. Knows no command line.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.answers import wait_for
from bench.compare import Comparison, compare
from bench.peers import Knot
from bench.process import BenchError, Cores, free_port, has, running, share_cores
from bench.questions import forwarded
from bench.rows import Row
from bench.run import Machine, write_files
from bench.servers import ROOT, Ports, Server
from bench.startup import Small, measure_small

SMALL: Final = "small"
"""The name of what is measured without a load."""


@dataclass(frozen=True)
class Plan:
    """`rows` and, if `small`, a small cluster's start: so many `pairs` of runs, each of `seconds` under load and
    `latency` seconds at half of it. `against` is a checkout that takes the place of all peers.
    """

    rows: Sequence[Row]
    small: bool
    pairs: int
    seconds: float
    latency: float
    every_peer: bool = False
    against: Path | None = None


@dataclass
class Results:
    """What came of it; `failures` are sentences."""

    comparisons: list[Comparison] = field(default_factory=list)
    small: Small | None = None
    failures: list[str] = field(default_factory=list)

    @property
    def lost(self) -> int:
        """Queries that nobody answered."""
        return sum(run.lost for each in self.comparisons for run in (*each.ours, *each.peer))


def carry_out(plan: Plan, tell: Callable[[str], None]) -> Results:
    """Measures all that is planned; `tell` is given a sentence now and then."""
    results = Results()
    available = frozenset(os.sched_getaffinity(0))
    ours, others = share_cores(available, 1)
    if ours == others:
        tell("there is one core, which servers and load have to share")
    os.sched_setaffinity(0, others)
    try:
        for row in plan.rows:
            try:
                results.comparisons += _compare(row, plan, available, tell)
            except BenchError as error:
                results.failures.append(f"{row.name}: {error}")
        try:
            results.small = measure_small(ROOT, ours, plan.pairs) if plan.small else None
        except BenchError as error:
            results.failures.append(f"{SMALL}: {error}")
    finally:
        os.sched_setaffinity(0, available)
    return results


def present_peers(row: Row, plan: Plan, tell: Callable[[str], None]) -> Sequence[Server]:
    """Whom a row compares with: those of the row that are installed; what is missing is told."""
    if plan.against is not None:
        return [replace(row.ours, name=f"clusterdns in {plan.against}", root=plan.against)]
    wanted = row.peers if plan.every_peer else row.peers[:1]
    present = [peer for peer in wanted if has(peer.program)]
    for peer in wanted:
        if peer not in present:
            tell(f"{row.name}: {peer.name} is missing (apt install {peer.package})")
    return present


def _compare(row: Row, plan: Plan, available: Cores, tell: Callable[[str], None]) -> Iterator[Comparison]:
    with TemporaryDirectory(prefix="clusterdns-bench-") as name, upstream_running(Path(name)) as upstream:
        machine = Machine(available, upstream, plan.seconds, plan.latency)
        files = write_files(row, machine, Path(name))
        for peer in present_peers(row, plan, tell):
            yield compare(row, peer, machine, files, plan.pairs, tell)


@contextmanager
def upstream_running(folder: Path) -> Iterator[int]:
    """A Knot beside the load, which those that forward ask: its port. If it dies, that is what failed."""
    port, upstream, place = free_port(), Knot(), folder / "upstream"
    place.mkdir()
    command = upstream.prepare(place, Ports(port, 0))
    _, beside = share_cores(frozenset(os.sched_getaffinity(0)), 1)
    with running(command.words, beside, place / "output") as process:
        wait_for(process, next(forwarded(0)), port)
        process.keep_to(beside)
        try:
            yield port
        except BenchError:
            process.check()
            raise
