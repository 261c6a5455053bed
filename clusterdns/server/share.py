"""A worker's tie to its supervisor: where its sockets come from, which Corefile all workers serve, when all shall end.

The worker asks and the supervisor answers, one word at a time. When the tie breaks, one of the two is gone. Knows no
DNS.
"""

import socket
from collections.abc import Collection, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from clusterdns.plugins.base import StartError
from clusterdns.server.sockets import BY_STREAM, Bound, Endpoint

FIRST = 0
"""The number of the worker that reads the Corefile, shows the pages, and speaks for all."""

_CARRIER = b"."  # sockets travel with at least one octet


class Share:
    """What one worker has in common with the others. It is a `Binder`.

    `asking` are the channels on which the first worker asks the others for their metrics, `asked` is where another
    worker is asked.
    """

    def __init__(self, number: int, tie: Connection, asking: Sequence[socket.socket], asked: socket.socket) -> None:
        self.is_first = number == FIRST
        self.asking = asking
        self.asked = asked
        self._tie = tie
        self._held: dict[Endpoint, Bound] = {}

    def fileno(self) -> int:
        """A file that is readable, for who waits for no answer, only when the supervisor is gone."""
        return self._tie.fileno()

    def bind(self, endpoint: Endpoint) -> Bound:
        """The sockets of an endpoint that are for this worker. Raises `StartError`."""
        held = self._held.get(endpoint)
        found = self._ask("bind", endpoint, held and held.identity)
        if isinstance(found, str):
            raise StartError(found)
        if found is not None:
            held = self._held[endpoint] = receive_sockets(self._tie, found)
        assert held is not None
        return held

    def keep(self, endpoints: Collection[Endpoint]) -> None:
        """Closes all other sockets. What the first worker has no use for, workers to come don't get either."""
        for asked, bound in list(self._held.items()):
            if bound.endpoint not in endpoints:
                self._held.pop(asked).close()
        self._ask("keep", list(endpoints))

    def configuration(self) -> Any:
        """What the first worker serves; None if it serves nothing yet."""
        return self._ask("configuration")

    def serving(self, configuration: object) -> None:
        """Tells that this worker answers. What the first one serves, the others are then told to serve too."""
        self._ask("serving", configuration if self.is_first else None)

    def remember(self, counts: bytes) -> None:
        """Has the supervisor keep what the first worker knows of all that was counted, in case it ends."""
        with suppress(StartError):  # without a supervisor nobody comes later
            self._ask("remember", counts)

    def remembered(self) -> bytes:
        """What the first worker before this one had kept, nothing if this is the first of all."""
        counts: bytes = self._ask("remembered")
        return counts

    def end(self) -> None:
        """Ends all workers, and the supervisor with a failure."""
        self._ask("end")

    def _ask(self, verb: str, *arguments: object) -> Any:
        try:
            self._tie.send((verb, *arguments))
            return self._tie.recv()
        except (EOFError, OSError):
            raise StartError("the supervisor of this worker is gone") from None


def send_sockets(tie: Connection, bound: Bound, number: int) -> None:
    """The supervisor's side of `Share.bind`, after the answer: what is for the worker of this number."""
    sockets = [*([] if bound.tcp is None else [bound.tcp]), *bound.udp[number : number + 1]]
    with socket.fromfd(tie.fileno(), socket.AF_UNIX, socket.SOCK_STREAM) as stream:
        socket.send_fds(stream, [_CARRIER], [sock.fileno() for sock in sockets])


def receive_sockets(tie: Connection, endpoint: Endpoint) -> Bound:
    """What `send_sockets` sends."""
    with socket.fromfd(tie.fileno(), socket.AF_UNIX, socket.SOCK_STREAM) as stream:
        _, files, _, _ = socket.recv_fds(stream, len(_CARRIER), 2)
    sockets = [socket.socket(fileno=file) for file in files]
    tcp = sockets.pop(0) if endpoint.transport in BY_STREAM else None
    return Bound(endpoint, tcp, sockets)
