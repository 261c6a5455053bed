"""`clusterdns serve` as a process of its own: started on free ports, waited for, asked, stopped as an operator does."""

import errno
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dns.message
from asking import ask

ROOT = Path(__file__).resolve().parent.parent
CLUSTERDNS = (sys.executable, "-P", "-m", "clusterdns")  # -P: the installed package, not what the folder holds
PATIENCE = 20.0  # seconds that a busy machine may take


class Server:
    """A running server: its port, its log, and questions to it."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path, host: str) -> None:
        self.process = process
        self.port = port
        self.host = host
        self._log = log

    def ask(self, name: str, rdtype: str = "A", **how: Any) -> dns.message.Message:
        """The reply, by default of the server's first port over UDP; keywords as for `asking.ask`."""
        return ask(name, rdtype, **{"port": self.port, "host": self.host, **how})

    def log(self) -> str:
        """What it printed so far, standard output and standard error."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def stop(self, by: signal.Signals = signal.SIGTERM) -> int:
        """Its exit status after a polite request to stop."""
        if self.process.poll() is None:
            self.process.send_signal(by)
        return self.process.wait(PATIENCE)


@contextmanager
def serving(
    *arguments: str | Path,
    log: Path,
    port: int = 0,
    host: str = "127.0.0.1",
    stdin: Path | None = None,
    cwd: Path = ROOT,
    **env: str,
) -> Iterator[Server]:
    """`clusterdns serve ARGUMENTS` from its first answer on. Its end has to be clean, without a traceback.

    It is asked on `port`, or on the one that it says it has.
    """
    ready = log.with_name(f"{log.name}.ready")
    with log.open("wb") as output, (stdin or Path(os.devnull)).open("rb") as given:
        process = subprocess.Popen(
            [*CLUSTERDNS, "serve", "--ready-file", ready, *map(str, arguments)],
            cwd=cwd,
            env={**os.environ, **env},
            stdin=given,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    server = Server(process, port, log, host)
    try:
        wait_until(lambda: ready.exists() or process.poll() is not None, "no answer")
        assert process.poll() is None, f"clusterdns ended with {process.returncode}:\n{server.log()}"
        server.port = port or json.loads(ready.read_text())["port"]
        yield server
        assert server.stop() == 0, server.log()
        assert "Traceback" not in server.log()
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    """A port free on loopback for UDP and TCP, IPv4 and IPv6, below those that the system gives to clients."""
    while True:
        port = random.randrange(10_000, 32_000)
        if all(_is_free(family, kind, port) for family in _LOOPBACK for kind in _KINDS):
            return port


def dead_end() -> str:
    """An upstream at which nobody listens, so that what is forwarded fails at once."""
    return f"127.0.0.1:{free_port()}"


_LOOPBACK = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}
_KINDS = (socket.SOCK_DGRAM, socket.SOCK_STREAM)


def _is_free(family: socket.AddressFamily, kind: socket.SocketKind, port: int) -> bool:
    with socket.socket(family, kind) as probe:
        try:
            probe.bind((_LOOPBACK[family], port))
        except OSError as error:
            return error.errno != errno.EADDRINUSE  # a machine without IPv6 has no port of it to take
    return True


def wait_until(condition: Callable[[], object], otherwise: str, patience: float = PATIENCE) -> None:
    """Returns as soon as the condition holds; fails with a sentence if that takes longer than `patience` seconds."""
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end, f"{otherwise} within {patience} seconds"
        time.sleep(0.01)
