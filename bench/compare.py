"""Two servers in turn: pairs of runs, and the ratio within each.

Absolute figures mean nothing on a shared machine; the median of the pairs' ratios does. Starts nothing itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from bench.rows import Row
from bench.run import Files, Machine, Measured, run
from bench.servers import Server


@dataclass(frozen=True)
class Comparison:
    """Our runs and a peer's, in pairs."""

    row: Row
    ours: list[Measured]
    peer: list[Measured]

    @property
    def ratios(self) -> list[float]:
        """Of each pair: ours to the peer's, CPU per answer or answers per second."""
        value: Callable[[Measured], float] = (lambda run: run.rate) if self.row.at_least else (lambda run: run.cpu)
        return [value(ours) / value(peer) for ours, peer in zip(self.ours, self.peer, strict=True)]

    @property
    def ratio(self) -> float:
        """The median of the pairs."""
        return median(self.ratios)

    @property
    def reached(self) -> bool | None:
        """Is the ratio what it has to be? None if nothing is asked of it."""
        if self.row.at_least is not None:
            return self.ratio >= self.row.at_least
        return None if self.row.at_most is None else self.ratio <= self.row.at_most


def compare(
    row: Row, peer: Server, machine: Machine, files: Files, pairs: int, tell: Callable[[str], None]
) -> Comparison:
    """Runs ours and the peer in turn. Raises `BenchError`."""
    comparison = Comparison(row, [], [])
    for number in range(1, pairs + 1):
        for server, runs in ((row.ours, comparison.ours), (peer, comparison.peer)):
            measured = run(row, server, machine, files)
            runs.append(measured)
            tell(f"{row.name} {number}/{pairs}: {server.name} {measured.cpu:.2f} µs, {measured.rate:,.0f}/s")
    return comparison
