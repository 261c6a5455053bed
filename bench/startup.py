"""What a small cluster costs before it is asked anything: the start, the memory, and `clusterdns query`."""

import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from bench.answers import wait_for
from bench.messages import NOERROR, A, Expected, Question, name_of, plain
from bench.process import Cores, free_port, running

_EXAMPLE: Final = Question(
    plain(name_of("kubernetes.default.svc.cluster.local"), A), Expected(NOERROR, frozenset({("A", "10.96.0.1")}))
)


@dataclass(frozen=True)
class Small:
    """Seconds from the start to the first answer, octets of memory after it, seconds that `clusterdns query` takes.

    On a busy machine seconds pass while others run; the CPU seconds are what the programs themselves used.
    """

    start: float
    start_cpu: float
    memory: float
    query: float
    query_cpu: float


MOST_START: Final = 0.4
MOST_MEMORY: Final = 60e6
MOST_QUERY: Final = 0.15


def measure_small(root: Path, cores: Cores, times: int) -> Small:
    """The medians of several starts of the embedded example. Raises `BenchError`."""
    every = [_measure_once(root, cores) for _ in range(times)]
    return Small(*(median(values) for values in zip(*map(astuple, every), strict=True)))


def _measure_once(root: Path, cores: Cores) -> Small:
    port = free_port()
    env = {"PYTHONPATH": str(root)}
    serve = _command("serve", "--bind", "127.0.0.1", "--port", str(port), "--upstream", "127.0.0.1:9")
    with (
        TemporaryDirectory(prefix="clusterdns-bench-") as folder,
        running(serve, cores, Path(folder) / "output", env, root) as process,
    ):
        start = wait_for(process, _EXAMPLE, port)
        start_cpu, memory = process.cpu(), process.memory()
        query = _command("query", f"@127.0.0.1:{port}", "kubernetes.default.svc.cluster.local")
        return Small(start, start_cpu, memory, *_seconds(query, root))


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "clusterdns", *words]


def _seconds(command: Sequence[str], root: Path) -> tuple[float, float]:
    """Seconds and CPU seconds that a command takes."""
    began, used = time.perf_counter(), _used_by_children()
    subprocess.run(command, check=True, capture_output=True, cwd=root, timeout=30)
    return time.perf_counter() - began, _used_by_children() - used


def _used_by_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
