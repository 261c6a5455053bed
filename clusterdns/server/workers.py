"""Several processes on the same port: a supervisor that binds and forks, workers that answer.

The supervisor has no event loop and no thread, so it can fork at any time. It binds every socket once, UDP once per
worker (SO_REUSEPORT spreads the clients), hands them out, and starts a worker again that ends by itself. A worker may
say that all have to end. A new Corefile is tried by the first one; once that one serves it, the others are told to.
Knows no DNS.
"""

import contextlib
import os
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from typing import Any, NoReturn

from clusterdns.logs import Log
from clusterdns.plugins.base import StartError
from clusterdns.server.binder import Sockets
from clusterdns.server.gather import channel
from clusterdns.server.share import FIRST, Share, send_sockets
from clusterdns.server.sockets import Endpoint

_CALM_SECONDS = 1.0  # between two starts of the same worker
_STDIN = 0
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1)

Work = Callable[[Share], int]


@dataclass
class _Worker:
    number: int
    process: int
    tie: Connection
    serving: bool = False
    told: Any = None  # the configuration that it was given last
    began: float = field(default_factory=time.monotonic)


class Supervisor:
    """Runs `work(share)` in so many processes. `work` returns the exit status of its process.

    `ready` is told where they answer once all of them do, and may raise `StartError`.
    """

    def __init__(
        self, count: int, sockets: Sockets, work: Work, log: Log, ready: Callable[[Endpoint], None] = lambda _: None
    ) -> None:
        self._count = count
        self._sockets = sockets
        self._work = work
        self._log = log
        self._ready = ready
        self._endpoints: list[Endpoint] = []
        self._channels = [channel() for _ in range(count)]
        self._workers: dict[int, _Worker] = {}
        self._seasoned: set[int] = set()  # workers that have answered once
        self._due: dict[int, float] = {}  # when workers that ended are started again
        self._configuration: Any = None
        self._remembered = b""  # what was counted, as the first worker knows it
        self._status: int | None = None
        self._ends = {signal.SIGTERM, signal.SIGINT}
        if os.isatty(_STDIN):  # later that terminal may be gone
            self._ends.add(signal.SIGHUP)

    def run(self) -> int:
        """Starts the workers and stays until a signal ends them, or one can't start; the exit status of it all."""
        with _signals() as signals:
            self._fork(FIRST)
            while self._status is None or self._is_starting():
                ties = {worker.tie: worker for worker in self._workers.values()}
                for event in wait([signals, *ties], self._pause()):
                    if isinstance(event, Connection):
                        self._hear(ties[event])
                    else:
                        self._react(signals.recv(len(_SIGNALS)))
                self._start_again()
            self._stop()
            signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)  # another one would only make it another status
        return self._status

    def _is_starting(self) -> bool:
        """Are there workers to come? Their sockets may hold queries already, which have to be answered."""
        return FIRST in self._seasoned and not all(worker.serving for worker in self._workers.values())

    def _react(self, signals: bytes) -> None:
        if self._ends.intersection(signals):
            self._status = 0
            self._due.clear()
        elif FIRST in self._workers:
            self._tell(self._workers[FIRST])

    def _tell(self, worker: _Worker) -> None:
        """Tells a worker to serve the Corefile as it is now."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(worker.process, signal.SIGUSR1)

    def _hear(self, worker: _Worker) -> None:
        """Answers what a worker asks, or finds out that it has ended."""
        try:
            verb, *arguments = worker.tie.recv()
            self._answer(worker, verb, arguments)
        except (EOFError, OSError):
            self._bury(worker)
            return
        if verb == "serving":
            self._spread(worker, *arguments)

    def _answer(self, worker: _Worker, verb: str, arguments: list[Any]) -> None:
        match verb:
            case "bind":
                self._bind(worker, *arguments)
            case "keep":
                if worker.number == FIRST:
                    (self._endpoints,) = arguments
                    self._sockets.keep(self._endpoints)
                worker.tie.send(None)
            case "configuration":
                worker.told = self._configuration
                worker.tie.send(self._configuration)
            case "remember":
                (self._remembered,) = arguments
                worker.tie.send(None)
            case "remembered":
                worker.tie.send(self._remembered)
            case "end":
                self._status = 1
                worker.tie.send(None)
            case _:
                worker.tie.send(None)

    def _bind(self, worker: _Worker, endpoint: Endpoint, known: int | None) -> None:
        """Hands out the sockets of an endpoint, unless they are those that the worker knows already.

        Another worker may still be on its way to where the first one was before. It gets there, and is told to leave;
        the sockets are not held for it, since nobody would listen on them then.
        """
        passing = worker.number != FIRST and not self._sockets.holds(endpoint)
        try:
            bound = self._sockets.bind(endpoint)
        except StartError as error:
            worker.tie.send(str(error))
            return
        if bound.identity == known:
            worker.tie.send(None)
            return
        worker.tie.send(bound.endpoint)
        send_sockets(worker.tie, bound, worker.number)
        if passing:
            self._sockets.release(bound.endpoint)

    def _spread(self, worker: _Worker, configuration: object) -> None:
        """Has what the first worker serves served by all."""
        worker.serving = True
        if worker.number not in self._seasoned:
            self._seasoned.add(worker.number)
            if len(self._seasoned) == self._count:
                self._ready(self._endpoints[0])
        if worker.number != FIRST:
            if worker.told is not self._configuration:  # another one came while it started
                self._tell(worker)
            return
        self._configuration = configuration
        for number in range(FIRST + 1, self._count):
            if number in self._workers:
                self._tell(self._workers[number])
            elif number not in self._seasoned:
                self._fork(number)

    def _bury(self, worker: _Worker) -> None:
        """A worker has ended: it is started again, unless it could not start in the first place."""
        del self._workers[worker.number]
        worker.tie.close()
        status = _await(worker.process)
        if self._status is not None:
            return
        killed = status < 0 and worker.number != FIRST
        if worker.number not in self._seasoned and not killed:
            self._status = max(status, 1)
            return
        self._log.error(f"worker {worker.number} ended with {status}; another starts")
        self._due[worker.number] = worker.began + _CALM_SECONDS

    def _pause(self) -> float | None:
        """Seconds until a worker is due to be started again."""
        return max(0.0, min(self._due.values()) - time.monotonic()) if self._due else None

    def _start_again(self) -> None:
        now = time.monotonic()
        for number in [number for number, due in self._due.items() if due <= now]:
            del self._due[number]
            self._fork(number)

    def _fork(self, number: int) -> None:
        ours, theirs = Pipe()
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        process = os.fork()
        if process == 0:
            ours.close()
            self._become(number, theirs)
        theirs.close()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        self._workers[number] = _Worker(number, process, ours)

    def _become(self, number: int, tie: Connection) -> NoReturn:
        """Lives the life of a worker, in its process, with nothing of the supervisor's but its tie."""
        status = 1
        try:
            for worker in self._workers.values():
                worker.tie.close()
            self._sockets.keep(())
            _leave_signals_to_the_supervisor()
            asking = [] if number != FIRST else [asking for asking, _ in self._channels[FIRST + 1 :]]
            status = self._work(Share(number, tie, asking, self._channels[number][1]))
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 1
        except BaseException:  # noqa: BLE001 - nothing may get past, into what the supervisor would do next
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(status)

    def _stop(self) -> None:
        """Asks the workers to drain and end, and waits until they have."""
        self._sockets.keep(())
        for worker in self._workers.values():
            worker.tie.close()
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker.process, signal.SIGTERM)
        for worker in self._workers.values():
            _await(worker.process)


def _await(process: int) -> int:
    """The exit status of a process once it has ended; minus the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


@contextlib.contextmanager
def _signals() -> Iterator[socket.socket]:
    """A socket from which the numbers of signals can be read as they come."""
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    before = {number: signal.signal(number, lambda *_: None) for number in _SIGNALS}
    signal.set_wakeup_fd(theirs.fileno())
    try:
        with ours, theirs:
            yield ours
    finally:
        signal.set_wakeup_fd(-1)
        for number, handler in before.items():
            signal.signal(number, handler)


def _leave_signals_to_the_supervisor() -> None:
    signal.set_wakeup_fd(-1)
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
