"""One run: a server is started, asked a sample, warmed up, loaded, and stopped.

Every server is new for its run, so that nothing is left of an earlier one. Knows no other server to compare with.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from itertools import chain, repeat
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench import cluster, questions
from bench.answers import Sample, wait_for
from bench.load import Queries, latencies, percentile, send, send_all, write_queries
from bench.messages import NXDOMAIN
from bench.process import Cores, Running, free_port, running, share_cores
from bench.rows import Row
from bench.servers import REVISED, ClusterDNS, Ports, Server

_LOAD, _WARMING, _SAMPLE, _LATENCY = range(1, 5)  # seeds
_WARMING_COUNT: Final = 20_000
_CHANGE_SECONDS: Final = 0.1  # between changes of a manifest


@dataclass(frozen=True)
class Machine:
    """Where everything runs, and for how long: seconds of load and, at half of it, of measuring latency."""

    available: Cores
    upstream: int
    seconds: float
    latency_seconds: float


@dataclass(frozen=True)
class Measured:
    """One run. CPU in microseconds per answer, latency in milliseconds, memory in octets of the largest process."""

    server: str
    cpu: float
    rate: float
    answered: int
    lost: int
    p50: float
    p99: float
    memory: int


@dataclass(frozen=True)
class Files:
    """The messages of a row."""

    load: Queries
    warming: Queries
    latency: Queries

    def denied(self) -> "Files":
        """The same messages for a server that says NXDOMAIN to all of them."""
        return Files(
            *(replace(each, rcodes=Counter({NXDOMAIN: 1})) for each in (self.load, self.warming, self.latency))
        )


def write_files(row: Row, machine: Machine, folder: Path) -> Files:
    """Writes all that is asked in the runs of a row."""

    def write(name: str, seed: int, count: int) -> Queries:
        return write_queries(folder / f"{row.name}-{name}", row.stream(seed), count, once=row.once)

    load = write("load", _LOAD, row.count(machine.seconds))
    if not row.once:
        return Files(load, load, load)
    latency = write("latency", _LATENCY, max(1, row.count(machine.latency_seconds) // 2))
    return Files(load, write("warming", _WARMING, _WARMING_COUNT), latency)


def run(row: Row, server: Server, machine: Machine, files: Files) -> Measured:
    """One run of one server. Raises `BenchError`, also for wrong answers."""
    if server.name in row.deny:
        files = files.denied()
    with started(row, server, machine) as (process, ports, cores, folder):
        stream = row.questions(server, _SAMPLE)
        changing = row.changing and server is row.ours
        if changing:
            stream = chain.from_iterable(zip(stream, repeat(questions.revised())))
        sample = Sample(stream, ports.own, tcp=row.way.mode != "udp")
        sample.ask_first()
        port = ports.encrypted or ports.own
        send_all(files.warming, row.way, port, cores)
        with changes(folder) if changing else nullcontext():
            before = process.cpu()
            with sample.asking():
                outcome = send(files.load, row.way, port, cores, machine.seconds)
            spent = process.cpu() - before
        took: list[float] = []
        if machine.latency_seconds:
            took = latencies(files.latency, row.way, port, cores, machine.latency_seconds, outcome.rate / 2)
        process.check()
        return Measured(
            server.name,
            spent * 1e6 / (outcome.answered + sample.asked),
            outcome.rate,
            outcome.answered,
            outcome.lost,
            percentile(took, 50) * 1e3 if took else 0.0,
            percentile(took, 99) * 1e3 if took else 0.0,
            process.memory(),
        )


@contextmanager
def started(row: Row, server: Server, machine: Machine) -> Iterator[tuple[Running, Ports, Cores, Path]]:
    """A server that answers: its process, its ports, the cores left for the load, and its folder."""
    threads = server.workers if isinstance(server, ClusterDNS) else 1
    ours, others = share_cores(machine.available, threads)
    with TemporaryDirectory(prefix="clusterdns-bench-") as name:
        transport = row.way.transport
        ports = Ports(free_port(), machine.upstream, transport, free_port() if transport else 0)
        folder = Path(name)
        command = server.prepare(folder, ports)
        with running(command.words, ours, folder / "output", command.env, command.folder) as process:
            wait_for(process, next(row.questions(server, _SAMPLE)), ports.own)
            yield process, ports, others, folder


@contextmanager
def changes(folder: Path) -> Iterator[None]:
    """Writes a manifest anew ten times a second while the block runs."""
    stop = threading.Event()

    def change() -> None:
        number = 0
        while not stop.wait(_CHANGE_SECONDS):
            number += 1
            written = folder / f"{REVISED}.new"
            written.write_text(cluster.revised_manifest(number))
            written.rename(folder / "manifests" / REVISED)

    thread = threading.Thread(target=change)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
