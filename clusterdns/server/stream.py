"""TCP: messages behind their length (RFC 1035 4.2.2), pipelined, answered as soon as each is ready (RFC 7766 6.2.1.1).

Time limits as CoreDNS: the first message has to come whole within the read time-out, every later one within the idle
time-out. A client that does not read is not read from, and given up after the write time-out. Knows the service as
bytes to bytes.
"""

import asyncio
import socket
from dataclasses import dataclass
from typing import Final

from clusterdns.dns.query import TCP, Address
from clusterdns.server.chain import run
from clusterdns.server.service import Answer, Service

MOST_WAITING: Final = 1_000  # queries of one connection that may wait for something before no more are read


@dataclass(frozen=True)
class Timeouts:
    """Seconds that a client has: for its first message, for later ones, and for taking what it asked for."""

    read: float = 3.0
    idle: float = 10.0
    write: float = 5.0


class Connection(asyncio.Protocol):
    """One TCP connection."""

    def __init__(self, listener: "StreamListener", timeouts: Timeouts) -> None:
        self._listener = listener
        self._timeouts = timeouts
        self._buffer = bytearray()
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._stuck = False
        self._ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._client = _address(transport.get_extra_info("peername"))
        self._local = _address(transport.get_extra_info("sockname"))
        self._listener.connections.add(self)
        self._wait(self._timeouts.read)

    def connection_lost(self, _: Exception | None) -> None:
        self._listener.connections.discard(self)
        self._wait(None)
        for task in self._tasks:
            task.cancel()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._read_messages()

    def eof_received(self) -> bool:
        self._ended = True
        self._close_if_done()
        return True

    def pause_writing(self) -> None:
        self._stuck = True
        self._transport.pause_reading()
        self._wait(self._timeouts.write)

    def resume_writing(self) -> None:
        self._stuck = False
        self._transport.resume_reading()
        self._wait(self._timeouts.idle)
        self._read_messages()

    def abort(self) -> None:
        """Ends the connection at once."""
        self._transport.abort()

    def finish(self) -> None:
        """Reads no more; ends once everything asked is answered."""
        self._ended = True
        self._close_if_done()

    def _read_messages(self) -> None:
        """Serves every whole message in the buffer."""
        buffer, at = self._buffer, 0
        while not self._stuck and len(self._tasks) < MOST_WAITING and len(buffer) >= at + 2:
            end = at + 2 + (buffer[at] << 8 | buffer[at + 1])
            if len(buffer) < end:
                break
            wire = bytes(buffer[at + 2 : end])
            at = end
            self._wait(self._timeouts.idle)
            self._serve(wire)
        del buffer[:at]

    def _serve(self, wire: bytes) -> None:
        service = self._listener.service
        known = service.kept[TCP].get(wire, service.clock())
        if known is not None:
            self._write(known)
        else:
            task = run(service.answer(wire, TCP, self._client, self._local), self._write, self._tasks)
            if task is not None:
                task.add_done_callback(self._served)

    def _served(self, _: asyncio.Task[None]) -> None:
        self._read_messages()
        self._close_if_done()

    def _write(self, answer: Answer) -> None:
        if self._transport.is_closing() or answer is None:
            return
        messages = answer if isinstance(answer, list) else [answer]
        self._transport.writelines(
            [part for message in messages for part in (len(message).to_bytes(2, "big"), message)]
        )

    def _close_if_done(self) -> None:
        if self._ended and not self._tasks:
            self._transport.close()

    def _wait(self, seconds: float | None) -> None:
        """From now on the client has so many seconds, or for ever."""
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        self._timer = None if seconds is None else loop.call_later(seconds, self._expired)

    def _expired(self) -> None:
        if self._tasks and not self._stuck:
            self._wait(self._timeouts.idle)  # it waits for us, not we for it
        else:
            self._transport.abort()


class StreamListener:
    """A listening TCP socket in the event loop. `service` may be swapped, by a reload."""

    def __init__(self, service: Service, timeouts: Timeouts) -> None:
        self.service = service
        self.timeouts = timeouts
        self.connections: set[Connection] = set()
        self._server: asyncio.Server | None = None

    async def start(self, sock: socket.socket) -> None:
        """Takes connections from a bound socket."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self, self.timeouts), sock=sock, backlog=1024)

    async def drain(self, seconds: float) -> None:
        """Takes no more connections and lets queries that wait have so many seconds to end."""
        if self._server is not None:
            self._server.close()
        for connection in list(self.connections):
            connection.finish()
        deadline = asyncio.get_running_loop().time() + seconds
        while self.connections and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.01)
        for connection in list(self.connections):
            connection.abort()


def _address(peer: tuple[str, int, int, int] | Address | None) -> Address:
    host, port = (peer or ("", 0))[:2]
    return host.removeprefix("::ffff:") if "." in host else host, port
