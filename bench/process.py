"""A process of the bench: on its own cores, measured, and gone at the end whatever happens.

CPU time and memory are read from /proc, of the process and of all its descendants. Knows no DNS.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_PATIENCE: Final = 5.0  # seconds that a process may take to end
_PROC: Final = Path("/proc")
_TICK: Final = os.sysconf("SC_CLK_TCK")
Cores = frozenset[int]


class BenchError(Exception):
    """A run that came to nothing, as a sentence."""


class Running:
    """A running process. What it prints is in the file `log`."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self.log = log

    def cpu(self) -> float:
        """Seconds of user and system time so far, of the process and its descendants."""
        return sum(map(_cpu, self._all()))

    def memory(self) -> int:
        """Resident octets of the largest of the process and its descendants."""
        return max(map(_resident, self._all()))

    def keep_to(self, cores: Cores) -> None:
        """Puts all threads on these cores, also those that chose others for themselves, as Knot's do."""
        for thread in (_PROC / str(self.process.pid) / "task").iterdir():
            with contextlib.suppress(ProcessLookupError):
                os.sched_setaffinity(int(thread.name), cores)

    def check(self) -> None:
        """Raises `BenchError` if the process has ended."""
        if self.process.poll() is not None:
            tail = self.log.read_text(errors="replace")[-2000:]
            raise BenchError(f"{self.process.args!r} ended with {self.process.returncode}:\n{tail}")

    def _all(self) -> list[int]:
        parents = {int(each.name): _parent(each) for each in _PROC.iterdir() if each.name.isdigit()}
        found = [self.process.pid]
        for process in found:
            found += [child for child, parent in parents.items() if parent == process]
        return found


@contextmanager
def running(
    command: Sequence[str | Path],
    cores: Cores,
    log: Path,
    env: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Iterator[Running]:
    """Runs a command on some cores. It ends with the block, and also when the bench itself is killed."""
    pinned = ["setpriv", "--pdeathsig", "TERM", "taskset", "-c", ",".join(map(str, sorted(cores))), *map(str, command)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            pinned,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(env or {})},
            cwd=folder,
            start_new_session=True,
        )
    try:
        yield Running(process, log)
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Politely at first; whatever is left of its session is killed."""
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_PATIENCE)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def has(program: str) -> bool:
    """Is the program there? Servers are often where only root looks."""
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") is not None


def path_of(program: str) -> str:
    """Where the program is. Raises `BenchError`."""
    found = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None:
        raise BenchError(f"{program} is missing")
    return found


def free_port() -> int:
    """A port of loopback that is free for UDP and TCP."""
    while True:
        with socket.socket() as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            with contextlib.suppress(OSError):
                udp.bind(tcp.getsockname())
                return int(tcp.getsockname()[1])


def share_cores(available: Cores, servers: int) -> tuple[Cores, Cores]:
    """Cores for so many single-threaded servers, and others for the load; the same where there are too few."""
    cores = sorted(available)
    ours = frozenset(cores[:servers])
    return ours, frozenset(cores[servers:]) or available


def _cpu(process: int) -> float:
    """Seconds; by the nanosecond where the kernel says so."""
    try:
        threads = (_PROC / str(process) / "task").iterdir()
        return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9
    except FileNotFoundError:
        with contextlib.suppress(OSError):
            fields = _fields(_PROC / str(process))
            return (int(fields[11]) + int(fields[12])) / _TICK
    except OSError:
        pass
    return 0.0


def _resident(process: int) -> int:
    with contextlib.suppress(OSError):
        return int((_PROC / str(process) / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0


def _parent(process: Path) -> int:
    with contextlib.suppress(OSError):
        return int(_fields(process)[1])
    return 0


def _fields(process: Path) -> list[str]:
    """The fields of /proc/PID/stat behind the name, which may hold anything."""
    return (process / "stat").read_text().rpartition(")")[2].split()
