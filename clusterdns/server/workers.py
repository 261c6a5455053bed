"""Several processes on the same sockets: a supervisor that binds and starts, workers that answer.

The supervisor has no event loop and no thread, so it can fork at any time; it binds every socket once, UDP once per
worker (SO_REUSEPORT spreads the clients), and starts a worker again that ends by itself. A reload is a new generation
of workers on the same sockets: the old one ends once the new one answers, so that no query is lost. The first worker
shows the pages and adds the metrics of all. Knows no DNS.
"""

import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from clusterdns.logs import Log
from clusterdns.plugins.base import StartError
from clusterdns.server.server import Endpoint
from clusterdns.server.sockets import Bound, bind, bind_page

START_SECONDS = 60.0  # that a worker may take until it answers
_CALM_SECONDS = 1.0  # a worker that ends sooner is started again only after so long


class Wanted(NamedTuple):
    """Where a Corefile wants to listen: for queries, and with pages (`HOST:PORT`)."""

    endpoints: list[Endpoint]
    pages: list[str]


@dataclass
class Share:
    """What one worker is given: its number, its sockets, and channels to the other workers.

    `ready` is written to once the worker answers. Worker 0 has an end of every channel, the others one each.
    """

    number: int
    sockets: Mapping[Endpoint, Bound]
    ready: int
    channels: list[socket.socket] = field(default_factory=list)
    pages: Mapping[str, socket.socket] = field(default_factory=dict)


@dataclass
class _Generation:
    workers: dict[int, int]  # process by number of the worker
    channels: list[tuple[socket.socket, socket.socket]]

    def close(self) -> None:
        for pair in self.channels:
            for end in pair:
                end.close()


class Supervisor:
    """Runs `work(share)` in so many processes. `work` returns the exit status of its process."""

    def __init__(
        self,
        count: int,
        work: Callable[[Share], int],
        wanted: Callable[[], Wanted],
        log: Log,
    ) -> None:
        self._count = count
        self._work = work
        self._wanted = wanted
        self._log = log
        self._bound: dict[Endpoint, Bound] = {}
        self._pages: dict[str, socket.socket] = {}
        self._generation: _Generation | None = None

    def run(self) -> int:
        """Starts the workers and stays until a signal ends them; the exit status for the process.

        Raises `StartError` when an address can't be had.
        """
        wanted = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGCHLD}
        signal.pthread_sigmask(signal.SIG_BLOCK, wanted)
        self._bind()
        self._generation, status = self._start()
        if self._generation is None:
            return status
        while True:
            match signal.sigwait(wanted):
                case signal.SIGCHLD:
                    self._replace_ended()
                case signal.SIGUSR1:
                    self._reload()
                case signal.SIGHUP if not sys.stdin.isatty():
                    self._reload()
                case _:
                    self._stop(self._generation)
                    return 0

    def _bind(self) -> None:
        """Binds what the Corefile wants and is not bound yet, and closes what it wants no more."""
        endpoints, pages = self._wanted()
        for host, port in endpoints:
            if (host, port) not in self._bound:
                self._bound[host, port] = bind(host, port, self._count)
        for page in pages:
            if page not in self._pages:
                self._pages[page] = bind_page(page)
        for endpoint in self._bound.keys() - set(endpoints):
            self._bound.pop(endpoint).close()
        for page in self._pages.keys() - set(pages):
            self._pages.pop(page).close()

    def _start(self) -> tuple[_Generation | None, int]:
        """A generation of workers, started one after the other; None and a status if one can't start."""
        pairs = [socket.socketpair() for _ in range(self._count - 1)]
        generation = _Generation({}, pairs)
        for number in range(self._count):
            generation.workers[number], ready = self._fork(number, generation)
            if not ready:
                status = _exit_status(generation.workers.pop(number))
                self._stop(generation)
                return None, status or 1
        return generation, 0

    def _fork(self, number: int, generation: _Generation) -> tuple[int, bool]:
        """Forks a worker; its process, and whether it came to answer."""
        reading, writing = os.pipe()
        process = os.fork()
        if process == 0:
            os.close(reading)
            status = 1
            try:
                signal.pthread_sigmask(signal.SIG_SETMASK, set())
                status = self._work(self._share(number, generation, writing))
            finally:
                sys.stdout.flush()
                os._exit(status)
        os.close(writing)
        try:
            return process, os.read(reading, 1) == b"1"
        finally:
            os.close(reading)

    def _share(self, number: int, generation: _Generation, ready: int) -> Share:
        sockets = {
            endpoint: Bound(bound.host, bound.port, bound.tcp, [bound.udp[number]])
            for endpoint, bound in self._bound.items()
        }
        channels = [ours for ours, _ in generation.channels] if number == 0 else [generation.channels[number - 1][1]]
        return Share(number, sockets, ready, channels, self._pages)

    def _replace_ended(self) -> None:
        """Starts workers again that ended by themselves."""
        assert self._generation is not None
        numbers = {process: number for number, process in self._generation.workers.items()}
        while True:
            with contextlib.suppress(ChildProcessError):
                process, status = os.waitpid(-1, os.WNOHANG)
                if process in numbers:
                    self._log.error(
                        f"worker {numbers[process]} ended with {os.waitstatus_to_exitcode(status)}; another starts"
                    )
                    time.sleep(_CALM_SECONDS)
                    self._generation.workers[numbers[process]], _ = self._fork(numbers[process], self._generation)
                if process:
                    continue
            return

    def _reload(self) -> None:
        """Another generation on the same sockets; the old one goes on if the new one can't start."""
        self._log.info("Reloading")
        try:
            self._bind()
        except StartError as error:
            self._log.error(f"not reloaded: {error}")
            return
        new, _ = self._start()
        if new is None:
            self._log.error("not reloaded: the workers go on with what they have")
            return
        old, self._generation = self._generation, new
        if old is not None:
            self._stop(old)
        self._log.info("Reloading complete")

    def _stop(self, generation: _Generation) -> None:
        """Asks workers to drain and end, and waits until they have."""
        for process in generation.workers.values():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGTERM)
        for process in generation.workers.values():
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process, 0)
        generation.close()


def _exit_status(process: int) -> int:
    with contextlib.suppress(ChildProcessError):
        return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    return 1
