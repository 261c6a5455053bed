"""The metrics of all workers in one place: the first worker asks the others over channels that the supervisor made.

A worker that does not answer in time is left out of that one reading. Knows metrics, no HTTP.
"""

import asyncio
import socket
from typing import Final

import msgspec

from clusterdns.metrics import Family, Metrics

_PATIENCE: Final = 0.5  # seconds
_ASK: Final = b"?"
_LENGTH: Final = 4  # octets before each answer


class Gatherer:
    """Worker 0's side: reads the metrics of the other workers."""

    def __init__(self, channels: list[socket.socket]) -> None:
        self._channels = channels
        self._lock = asyncio.Lock()

    async def families(self) -> list[list[Family]]:
        """The metrics of each other worker."""
        async with self._lock:
            answers = await asyncio.gather(*map(self._ask, self._channels))
        return [families for families in answers if families is not None]

    async def _ask(self, channel: socket.socket) -> list[Family] | None:
        loop = asyncio.get_running_loop()
        channel.setblocking(False)
        try:
            async with asyncio.timeout(_PATIENCE):
                await loop.sock_sendall(channel, _ASK)
                length = int.from_bytes(await _read(channel, _LENGTH), "big")
                return msgspec.msgpack.decode(await _read(channel, length), type=list[Family])
        except (TimeoutError, OSError, msgspec.DecodeError):
            return None


async def tell(channel: socket.socket, metrics: Metrics) -> None:
    """Another worker's side: answers with its metrics whenever it is asked, until cancelled."""
    loop = asyncio.get_running_loop()
    channel.setblocking(False)
    while await loop.sock_recv(channel, 1) == _ASK:
        answer = msgspec.msgpack.encode(metrics.collect(), enc_hook=str)  # labels may be words of the Corefile
        await loop.sock_sendall(channel, len(answer).to_bytes(_LENGTH, "big") + answer)


async def _read(channel: socket.socket, length: int) -> bytes:
    loop = asyncio.get_running_loop()
    data = b""
    while len(data) < length:
        piece = await loop.sock_recv(channel, length - len(data))
        if not piece:
            raise ConnectionError
        data += piece
    return data
