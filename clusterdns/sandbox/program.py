"""The program from the server's side: a process that first binds sockets inside, then runs, and then has ended.

Knows processes and signals. What it binds is the server's to say.
"""

import asyncio
import os
import signal
import threading
from collections.abc import Collection, Sequence
from contextlib import suppress
from multiprocessing import Pipe
from typing import Any, Final

from clusterdns.plugins.base import StartError
from clusterdns.sandbox.child import Plan, become
from clusterdns.sandbox.kernel import Forbidden
from clusterdns.server.share import receive_sockets
from clusterdns.server.sockets import Bound, Endpoint

_PASSED_ON: Final = frozenset(
    {signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2}
)
_BY_A_PROCESS: Final = 0  # the greatest code of a signal that a process has sent; the kernel's own are greater


class Program:
    """A program that waits inside to be started. It is the server's `Binder`.

    To be made while this process has one thread. Raises `Forbidden` where it can't go inside.
    """

    def __init__(self, command: Sequence[str], plan: Plan) -> None:
        self._tie, theirs = Pipe()
        parent = os.getpid()
        self._process = os.fork()
        if not self._process:
            self._tie.close()
            become(command, plan, theirs, parent)
        theirs.close()
        try:
            said = self._tie.recv()
        except EOFError:
            said = "the program's process ended before it began"
        if said is not None:
            self._wait()
            raise Forbidden(said)
        self._handle = os.pidfd_open(self._process)
        signal.pthread_sigmask(signal.SIG_BLOCK, _PASSED_ON)  # of this thread, and of all that it will start

    def bind(self, endpoint: Endpoint) -> Bound:
        """See `Binder`."""
        found: Any = self._ask("bind", endpoint)
        if isinstance(found, str):
            raise StartError(found)
        return receive_sockets(self._tie, found)

    def keep(self, endpoints: Collection[Endpoint]) -> None:
        """See `Binder`: what the server has is its own, and the program never sees any."""

    def _ask(self, *words: object) -> Any:
        try:
            self._tie.send(words)
            return self._tie.recv()
        except (EOFError, OSError):
            raise StartError("the program's process is gone") from None

    async def run(self) -> int:
        """Starts the program and waits for its end; its exit status, 128 + N if signal N ended it.

        Signals that a process sends to this one are passed on. Those of a terminal reach the program by themselves.
        """
        threading.Thread(target=self._pass_on, daemon=True).start()
        ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(self._handle, ended.set)
        with suppress(OSError):  # it is gone already: killed
            self._tie.send(("go",))
        self._tie.close()
        await ended.wait()
        asyncio.get_running_loop().remove_reader(self._handle)
        code = self._wait()
        return code if code >= 0 else 128 - code

    def give_up(self) -> None:
        """Has the program never start."""
        self._tie.close()
        self._wait()

    def _wait(self) -> int:
        _, status = os.waitpid(self._process, 0)
        return os.waitstatus_to_exitcode(status)

    def _pass_on(self) -> None:
        with suppress(ProcessLookupError):
            while True:
                came = signal.sigwaitinfo(_PASSED_ON)
                if came.si_code <= _BY_A_PROCESS:
                    signal.pidfd_send_signal(self._handle, came.si_signo)
