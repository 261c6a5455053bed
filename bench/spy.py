"""`python -m bench.spy ROW`: which function of our server the time of a row goes to, by py-spy (pip install py-spy).

CPU per answer is measured first, without py-spy, and then shared out among functions by how often each was seen at
work. System calls and all else that is done in C counts as the own time of the Python function that calls it.
"""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

import click

from bench.load import send, send_all
from bench.plan import upstream_running
from bench.process import BenchError, path_of
from bench.rows import ROWS, Row
from bench.run import Machine, changes, started, write_files

_RATE: Final = 400  # samples per second
_THREAD: Final = "(threading.py"  # where all threads but the main one begin, which only wait
_SELECT: Final = "(selectors.py"


class Cost(NamedTuple):
    """What a function costs, in microseconds per answer: itself with what it calls in C, and with all that it calls."""

    function: str
    own: float
    total: float


def costs(stacks: Iterable[str], cpu: float) -> list[Cost]:
    """Shares `cpu` out among the functions of py-spy's raw stacks, the dearest first."""
    own: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for line in stacks:
        stack, _, count = line.rpartition(" ")
        functions = stack.split(";")
        if _THREAD in functions[0] or _SELECT in functions[-1]:
            continue  # it waits, which py-spy takes for work
        own[functions[-1]] += int(count)
        for function in set(functions):
            total[function] += int(count)
    unit = cpu / (own.total() or 1)
    return [Cost(function, seen * unit, total[function] * unit) for function, seen in own.most_common()]


def show(found: list[Cost], cpu: float, least: float) -> str:
    """The costs of at least so many microseconds."""
    lines = [f"{cpu:.2f} µs per answer", "", "   own  total  function"]
    lines += [f"{own:6.2f} {total:6.2f}  {function}" for function, own, total in found if own >= least]
    return "\n".join(lines)


def spy(row: Row, machine: Machine, folder: Path) -> tuple[list[Cost], float]:
    """The costs of a row's queries, and the CPU time of each in microseconds. Raises `BenchError`."""
    files = write_files(row, machine, folder)
    with ExitStack() as stack:
        process, ports, cores, place = stack.enter_context(started(row, row.ours, machine))
        port = ports.encrypted or ports.own
        send_all(files.warming, row.way, port, cores)
        stack.enter_context(changes(place) if row.changing else nullcontext())
        before = process.cpu()
        outcome = send(files.load, row.way, port, cores, machine.seconds)
        cpu = (process.cpu() - before) * 1e6 / outcome.answered
        raw = folder / "stacks"
        words = ["record", "--pid", str(process.process.pid), "--format", "raw", "--output", str(raw)]
        words += ["--function", "--rate", str(_RATE), "--duration", str(int(machine.seconds) + 1)]
        spying = subprocess.Popen([path_of("py-spy"), *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            send(files.latency, row.way, port, cores, machine.seconds)
            _, said = spying.communicate(timeout=60)
        finally:
            spying.kill()
        if spying.returncode:
            raise BenchError(f"py-spy: {said.decode()}")
        return costs(raw.read_text().splitlines(), cpu), cpu


@click.command()
@click.argument("name", metavar="ROW", type=click.Choice([row.name for row in ROWS]))
@click.option("--seconds", type=click.FloatRange(1, 60), default=4, show_default=True, help="How long to look.")
@click.option("--least", type=click.FloatRange(0), default=0.1, show_default=True, help="Microseconds worth a line.")
def main(name: str, seconds: float, least: float) -> None:
    """Show what a query of ROW costs our server, function by function."""
    row = next(row for row in ROWS if row.name == name)
    available = frozenset(os.sched_getaffinity(0))
    with TemporaryDirectory(prefix="clusterdns-bench-") as folder, upstream_running(Path(folder)) as port:
        machine = Machine(available, port, seconds, seconds * 2)
        try:
            found, cpu = spy(row, machine, Path(folder))
        except BenchError as error:
            sys.exit(f"{name}: {error}")
    click.echo(show(found, cpu, least))


if __name__ == "__main__":
    main()
