"""The metrics of all workers in one place: the first worker asks the others.

Each question carries the socket that its answer goes to, so that nothing is left over when a worker dies or takes too
long; that worker is left out of the one reading. Knows metrics, no HTTP.
"""

import asyncio
import socket
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import msgspec

from clusterdns.metrics import Family, Metrics

_PATIENCE: Final = 2.0  # seconds
_QUESTION: Final = b"?"
_PIECE: Final = 1 << 16  # octets


def channel() -> tuple[socket.socket, socket.socket]:
    """A channel for questions: the end to ask at, and the end to be asked at."""
    asking, asked = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    asking.setblocking(False)
    asked.setblocking(False)
    return asking, asked


async def gather(channels: Sequence[socket.socket]) -> list[list[Family]]:
    """The metrics of each worker at the other end of a channel."""
    answers = await asyncio.gather(*map(_ask, channels))
    return [families for families in answers if families is not None]


async def tell(asked: socket.socket, metrics: Metrics) -> None:
    """Answers with its metrics whenever it is asked, until cancelled."""
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(asked.fileno(), readable.set)
    try:
        while await readable.wait():
            readable.clear()
            for answer_to in _questions(asked):
                answer = msgspec.msgpack.encode(metrics.collect(), enc_hook=str)  # labels may be words of the Corefile
                with answer_to, suppress(OSError):  # who asked may not wait any more
                    await loop.sock_sendall(answer_to, answer)
    finally:
        loop.remove_reader(asked.fileno())


async def _ask(asking: socket.socket) -> list[Family] | None:
    ours, theirs = socket.socketpair()
    with ours:
        ours.setblocking(False)
        try:
            with theirs:
                socket.send_fds(asking, [_QUESTION], [theirs.fileno()])
            async with asyncio.timeout(_PATIENCE):
                return msgspec.msgpack.decode(await _read_all(ours), type=list[Family])
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
