"""The metrics of all workers in one place: the first worker asks the others.

Each question carries the socket that its answer goes to, so that nothing is left over when a worker dies or takes too
long. Such a worker counts as it was last read, also when another is in its place: a counter that went down would look
like a server that has begun anew. Knows metrics, no HTTP.
"""

import asyncio
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

import msgspec

from clusterdns.metrics import Family, Metrics, merge

_PATIENCE: Final = 2.0  # seconds
_QUESTION: Final = b"?"
_PIECE: Final = 1 << 16  # octets


class _Account(msgspec.Struct, array_like=True):
    """What a worker has counted; `began` tells it from those that were in its place before."""

    began: float
    families: list[Family]


class _Ledger(msgspec.Struct, array_like=True):
    """What is known of the workers of each number: how they were last read, and all that ended before them."""

    last: dict[int, _Account] = {}
    ended: list[Family] = []


class Gathering:
    """Adds up what all workers count: that of this one, the first, and that of those at the ends of `channels`.

    `began` is when this one did, by a clock that all of them share. What it knows of workers that may end is given to
    `remember`, for a later first worker, which gets it as `remembered`.
    """

    def __init__(
        self, channels: Sequence[socket.socket], began: float, remembered: bytes, remember: Callable[[bytes], None]
    ) -> None:
        self._channels = channels
        self._began = began
        self._remember = remember
        self._ledger = msgspec.msgpack.decode(remembered, type=_Ledger) if remembered else _Ledger()

    async def collect(self, own: list[Family]) -> list[Family]:
        """The metrics of all workers; `own` are those of this one."""
        answers = await asyncio.gather(*map(_ask, self._channels))
        accounts = [_Account(self._began, own), *answers]
        for number, account in enumerate(accounts):
            if account is not None:
                self._enter(number, account)
        self._remember(_encode(self._ledger))
        last = sorted(self._ledger.last.items())
        current = (known.families if accounts[number] else _lasting(known.families) for number, known in last)
        return merge([*current, self._ledger.ended])

    def _enter(self, number: int, account: _Account) -> None:
        before = self._ledger.last.get(number, account)
        if before.began < account.began:
            self._ledger.ended = merge([self._ledger.ended, _lasting(before.families)])
        if before.began <= account.began:  # otherwise another reading was faster
            self._ledger.last[number] = account


def _lasting(families: list[Family]) -> list[Family]:
    """Those that count what has happened; a gauge says how things are with a worker that lives."""
    return [family for family in families if family.kind != "gauge"]


def _encode(value: object) -> bytes:
    return msgspec.msgpack.encode(value, enc_hook=str)  # labels may be words of the Corefile


def channel() -> tuple[socket.socket, socket.socket]:
    """A channel for questions: the end to ask at, and the end to be asked at."""
    asking, asked = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    asking.setblocking(False)
    asked.setblocking(False)
    return asking, asked


async def tell(asked: socket.socket, metrics: Metrics, began: float) -> None:
    """Answers with its metrics, and when it `began`, whenever it is asked, until cancelled."""
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(asked.fileno(), readable.set)
    try:
        while await readable.wait():
            readable.clear()
            for answer_to in _questions(asked):
                answer = _encode(_Account(began, metrics.collect()))
                with answer_to, suppress(OSError):  # who asked may not wait any more
                    await loop.sock_sendall(answer_to, answer)
    finally:
        loop.remove_reader(asked.fileno())


async def _ask(asking: socket.socket) -> _Account | None:
    ours, theirs = socket.socketpair()
    with ours:
        ours.setblocking(False)
        try:
            with theirs:
                socket.send_fds(asking, [_QUESTION], [theirs.fileno()])
            async with asyncio.timeout(_PATIENCE):
                return msgspec.msgpack.decode(await _read_all(ours), type=_Account)
        except (OSError, msgspec.DecodeError):  # a time-out is an OSError
            return None


def _questions(asked: socket.socket) -> list[socket.socket]:
    """Where to answer the questions that have come."""
    found: list[socket.socket] = []
    with suppress(BlockingIOError):
        while True:
            _, files, _, _ = socket.recv_fds(asked, len(_QUESTION), 1)
            for file in files:
                found.append(socket.socket(fileno=file))
                found[-1].setblocking(False)
    return found


async def _read_all(sock: socket.socket) -> bytes:
    loop = asyncio.get_running_loop()
    data = b""
    while piece := await loop.sock_recv(sock, _PIECE):
        data += piece
    return data
