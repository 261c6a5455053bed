"""The load: dnsperf with messages from a file, and what it says of the answers.

Knows dnsperf's files, options and output; no server.
"""

import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from bench.messages import Question
from bench.process import BenchError, Cores, path_of

PACKAGE: Final = "dnsperf"
RCODES: Final = {"NOERROR": 0, "SERVFAIL": 2, "NXDOMAIN": 3, "REFUSED": 5}
_TIMEOUT: Final = 2  # seconds after which a query is lost
_GRACE: Final = 30.0  # seconds that dnsperf may take beyond its time
_BATCH: Final = 4096  # messages written at a time

_SENT: Final = re.compile(r"Queries sent:\s+(\d+)")
_COMPLETED: Final = re.compile(r"Queries completed:\s+(\d+)")
_LOST: Final = re.compile(r"Queries lost:\s+(\d+)")
_RATE: Final = re.compile(r"Queries per second:\s+([\d.]+)")
_CODE: Final = re.compile(r"([A-Z]+) (\d+) \(")
_EACH: Final = re.compile(rb"^> \w+ .* (\d+\.\d+)$", re.MULTILINE)


@dataclass(frozen=True)
class Way:
    """How queries are sent: by `udp`, `tcp`, `dot` or `doh`; how many sockets, how many queries at a time."""

    mode: str = "udp"
    clients: int = 8
    outstanding: int = 100

    @property
    def transport(self) -> str:
        """What encrypts it: `tls`, `https`, or nothing."""
        return {"dot": "tls", "doh": "https"}.get(self.mode, "")


@dataclass(frozen=True)
class Queries:
    """A file of messages and how many answers of each code they have to get. Those sent `once` are not repeated."""

    path: Path
    rcodes: Counter[int]
    once: bool


@dataclass(frozen=True)
class Outcome:
    """What became of the queries. `rate` is answers per second."""

    sent: int
    answered: int
    lost: int
    rate: float
    rcodes: Counter[int]


def write_queries(path: Path, questions: Iterator[Question], count: int, *, once: bool) -> Queries:
    """Writes the first `count` questions in the form that dnsperf reads with `-B`."""
    rcodes: Counter[int] = Counter()
    left = islice(questions, count)
    with path.open("wb") as file:
        while batch := list(islice(left, _BATCH)):
            file.write(b"".join([len(wire).to_bytes(2, "big") + wire for wire, _ in batch]))
            rcodes.update([expected.rcode for _, expected in batch])
    return Queries(path, rcodes, once)


def send(queries: Queries, way: Way, port: int, cores: Cores, seconds: float) -> Outcome:
    """Asks as much as the server answers, for so many seconds. Raises `BenchError` for codes that are not right."""
    outcome = parse(_dnsperf(queries, way, port, cores, seconds))
    check_rcodes(outcome.rcodes, queries.rcodes)
    return outcome


def send_all(queries: Queries, way: Way, port: int, cores: Cores) -> None:
    """Asks everything once, to warm a server up."""
    _dnsperf(Queries(queries.path, queries.rcodes, once=True), way, port, cores, _GRACE)


def latencies(queries: Queries, way: Way, port: int, cores: Cores, seconds: float, rate: float) -> list[float]:
    """Seconds that each answer took while so many queries per second were sent, in order of length."""
    output = _dnsperf(queries, way, port, cores, seconds, "-Q", str(max(1, int(rate))), "-v")
    return sorted(float(each) for each in _EACH.findall(output.encode()))


def percentile(ordered: list[float], percent: float) -> float:
    """The value below which so many percent of the ordered values are."""
    if not ordered:
        raise BenchError("no query was answered")
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def parse(output: str) -> Outcome:
    """Reads dnsperf's statistics. Raises `BenchError` if there are none."""
    found = [pattern.search(output) for pattern in (_SENT, _COMPLETED, _LOST, _RATE)]
    sent, completed, lost, rate = (match.group(1) if match else None for match in found)
    if sent is None or completed is None or lost is None or rate is None:
        raise BenchError(f"dnsperf has no statistics:\n{output[-2000:]}")
    line = output.partition("Response codes:")[2].partition("\n")[0]
    rcodes = Counter({RCODES.get(name, -1): int(count) for name, count in _CODE.findall(line)})
    return Outcome(int(sent), int(completed), int(lost), float(rate), rcodes)


def check_rcodes(got: Counter[int], expected: Counter[int]) -> None:
    """Raises `BenchError` unless the shares of response codes are right to one percent."""
    for rcode in got.keys() | expected.keys():
        share, right = got[rcode] / (got.total() or 1), expected[rcode] / expected.total()
        if abs(share - right) > 0.01:
            raise BenchError(f"{share:.1%} of the answers have code {rcode}, right is {right:.1%}")


def _dnsperf(queries: Queries, way: Way, port: int, cores: Cores, seconds: float, *more: str) -> str:
    command = ["taskset", "-c", ",".join(map(str, sorted(cores))), path_of("dnsperf")]
    command += ["-s", "127.0.0.1", "-p", str(port), "-d", str(queries.path), "-B", "-t", str(_TIMEOUT)]
    if way.mode == "doh":
        command += ["-O", f"doh-uri=https://localhost:{port}/dns-query", "-O", "doh-method=POST"]
    command += ["-m", way.mode, "-c", str(way.clients), "-q", str(way.outstanding)]
    command += ["-l", str(seconds), *(["-n", "1"] if queries.once else []), *more]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=seconds + _GRACE, check=False)
    except subprocess.TimeoutExpired:
        raise BenchError(f"dnsperf did not end: {' '.join(command)}") from None
    if ran.returncode:
        raise BenchError(f"dnsperf ended with {ran.returncode}: {ran.stderr or ran.stdout}")
    return ran.stdout
