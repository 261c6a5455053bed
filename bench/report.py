"""The bench's table in Markdown, and everything that was measured as JSON. Knows results, no servers."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from statistics import median

from bench.compare import Comparison
from bench.run import Measured
from bench.startup import MOST_MEMORY, MOST_QUERY, MOST_START, Small

_HEAD = """\
| work | server | CPU µs per answer | answers/s | lost | p50 ms | p99 ms | memory | ratio (from … to) | wanted |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"""
_SMALL_HEAD = """\
| a small cluster | measured | CPU | at most |
| --- | --- | --- | --- |"""


def table(comparisons: Sequence[Comparison]) -> str:
    """One line for ours and one for the peer, for each comparison."""
    lines = [_HEAD]
    for each in comparisons:
        row = each.row
        wanted = f"≥ {row.at_least}" if row.at_least else f"≤ {row.at_most}" if row.at_most else ""
        ratio = f"**{each.ratio:.2f}** ({min(each.ratios):.2f} … {max(each.ratios):.2f})"
        lines.append(_line(row.title, each.ours, ratio, wanted))
        lines.append(_line("", each.peer, "", ""))
    return "\n".join(lines)


def small_table(small: Small) -> str:
    """Start, memory and `clusterdns query`."""
    rows = (
        (
            "start to first answer",
            _milliseconds(small.start),
            _milliseconds(small.start_cpu),
            _milliseconds(MOST_START),
        ),
        ("resident memory", _megabytes(small.memory), "", _megabytes(MOST_MEMORY)),
        ("`clusterdns query`", _milliseconds(small.query), _milliseconds(small.query_cpu), _milliseconds(MOST_QUERY)),
    )
    return "\n".join([_SMALL_HEAD, *(f"| {' | '.join(row)} |" for row in rows)])


def as_json(comparisons: Sequence[Comparison], small: Small | None) -> str:
    """Every run of every row."""
    rows = [
        {
            "row": each.row.name,
            "ratio": each.ratio,
            "ratios": each.ratios,
            "reached": each.reached,
            "runs": [asdict(run) for pair in zip(each.ours, each.peer, strict=True) for run in pair],
        }
        for each in comparisons
    ]
    return json.dumps({"rows": rows, "small": asdict(small) if small else None}, indent=2) + "\n"


def _line(title: str, runs: Sequence[Measured], ratio: str, wanted: str) -> str:
    cells = (
        title,
        runs[0].server,
        f"{median(each.cpu for each in runs):.2f}",
        f"{median(each.rate for each in runs):,.0f}",
        str(sum(each.lost for each in runs)),
        f"{median(each.p50 for each in runs):.2f}",
        f"{median(each.p99 for each in runs):.2f}",
        _megabytes(max(each.memory for each in runs)),
        ratio,
        wanted,
    )
    return f"| {' | '.join(cells)} |"


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1e3:.0f} ms"


def _megabytes(octets: float) -> str:
    return f"{octets / 1e6:.0f} MB"
