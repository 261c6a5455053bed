"""TCP: messages behind their length (RFC 1035 4.2.2), pipelined, answered as soon as each is ready (RFC 7766 6.2.1.1).

Time limits as in CoreDNS: the first message has to be there whole within the read time-out, every later one within the
idle time-out after the last was answered. What one client may hold is bounded: queries that wait, octets not yet read,
replies it does not take. When too many are connected, who has asked nothing for longest makes room. Knows the service
as bytes to bytes.
"""

import asyncio
import resource
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from clusterdns.dns.query import TCP
from clusterdns.dns.reply import Dropped
from clusterdns.server.chain import Waiting, run
from clusterdns.server.service import Answer, Service
from clusterdns.server.sockets import BACKLOG, plain

BATCH: Final = 64  # messages of a connection that are served before others get their turn
MOST_WAITING: Final = 100  # queries of one connection that may wait for something before no more are read
_LAST_TURNS: Final = 10  # of the loop, in which connections and queries that the kernel holds are still taken


@dataclass(frozen=True)
class Timeouts:
    """Seconds that a client has: for its first message, for later ones, and for taking what it asked for."""

    read: float = 3.0
    idle: float = 10.0
    write: float = 5.0


class Connection(asyncio.Protocol):
    """One TCP connection."""

    def __init__(self, listener: "StreamListener") -> None:
        self._listener = listener
        self._timeouts = listener.timeouts
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray()
        self._waiting: set[Waiting[Answer]] = set()
        self._transfers: set[asyncio.Task[None]] = set()
        self._room = asyncio.Event()  # is there room for more replies?
        self._room.set()
        self._next_batch: asyncio.Handle | None = None
        self._ready: list[bytes] | None = None  # replies of the batch that is being served
        self._ended = False
        self._deadline = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._client = plain(transport.get_extra_info("peername") or ("", 0))
        self._local = plain(transport.get_extra_info("sockname") or ("", 0))
        self._version = 6 if ":" in self._client[0] else 4
        self._listener.add(self)
        self._give(self._timeouts.read)

    def connection_lost(self, _: Exception | None) -> None:
        self._listener.remove(self)
        for handle in (self._timer, self._next_batch):
            if handle is not None:
                handle.cancel()
        for waiting in list(self._waiting):
            waiting.cancel()
        for transfer in self._transfers:
            transfer.cancel()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._next_batch is None:
            self._serve_batch()

    def eof_received(self) -> bool:
        self.finish()
        return True  # what was asked is still answered (RFC 7766 6.2.3)

    def pause_writing(self) -> None:
        self._room.clear()
        self._give(self._timeouts.write)

    def resume_writing(self) -> None:
        self._room.set()
        self._give(self._timeouts.idle)
        self._go_on()

    def under_way(self) -> set[asyncio.Future[None]]:
        """The ends of what is not answered yet."""
        return {waiting.ended() for waiting in self._waiting} | self._transfers

    def abort(self) -> None:
        """Ends the connection at once."""
        self._transport.abort()

    def finish(self) -> None:
        """Reads no more; ends once everything asked is answered."""
        self._ended = True
        self._close_if_done()

    @property
    def _busy(self) -> int:
        """Queries that are not answered yet."""
        return len(self._waiting) + len(self._transfers)

    def _is_full(self) -> bool:
        return self._busy >= MOST_WAITING or not self._room.is_set() or self._transport.is_closing()

    def _serve_batch(self) -> None:
        """Serves whole messages in the buffer, as many as may be now, and writes what is ready at once."""
        self._next_batch = None
        messages, used = self._whole_messages()
        if messages:
            self._listener.touch(self)
            self._give(self._timeouts.idle)
            service = self._listener.service
            kept, now = service.kept[TCP, self._version], service.clock()
            self._ready = []
            for wire in messages:
                known = kept.get(wire, now) or (kept.told(wire, self._client, now) if kept.has_told else None)
                if known is not None:
                    self._ready.append(known)
                else:
                    self._serve(wire)
            self._write_ready()
            service.world.log.flush()
        del self._buffer[:used]
        if len(messages) == BATCH:
            self._next_batch = self._loop.call_soon(self._serve_batch)
        if self._next_batch is not None or self._is_full():
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()
        self._close_if_done()

    def _whole_messages(self) -> tuple[list[bytes], int]:
        """The messages in the buffer that may be served now, and how many octets they take there."""
        messages: list[bytes] = []
        if self._is_full():
            return messages, 0
        data, at = bytes(self._buffer), 0
        most = min(BATCH, MOST_WAITING - self._busy)
        while len(messages) < most:
            end = at + 2 + (data[at] << 8 | data[at + 1]) if len(data) >= at + 2 else len(data) + 1
            if end > len(data):
                break
            messages.append(data[at + 2 : end])
            at = end
        return messages, at

    def _serve(self, wire: bytes) -> None:
        answer = self._listener.service.answer(wire, TCP, self._client, self._local)
        run(answer, self._answer, self._waiting, MOST_WAITING)

    def _write_ready(self) -> None:
        ready, self._ready = self._ready, None
        if ready and not self._transport.is_closing():
            self._transport.write(b"".join([len(message).to_bytes(2, "big") + message for message in ready]))

    def _answer(self, answer: Answer) -> None:
        self._write(answer)
        if self._ready is None:  # it had to be waited for
            self._served()

    def _served(self) -> None:
        if not self._busy and self._room.is_set():
            self._give(self._timeouts.idle)
        self._go_on()

    def _go_on(self) -> None:
        if self._next_batch is None and not self._transport.is_closing():
            self._serve_batch()

    def _write(self, answer: Answer) -> None:
        if self._transport.is_closing():
            return
        if isinstance(answer, bytes):
            if self._ready is not None:
                self._ready.append(answer)
            else:
                self._transport.write(len(answer).to_bytes(2, "big") + answer)
        elif answer is not None:
            task = self._loop.create_task(self._write_all(answer))
            self._transfers.add(task)
            task.add_done_callback(self._transferred)

    async def _write_all(self, messages: Iterator[bytes]) -> None:
        """The messages of a zone transfer, made only as fast as the client takes them."""
        try:
            for message in messages:
                self._write(message)
                await asyncio.sleep(0)
                await self._room.wait()
        except Dropped:
            self.abort()

    def _transferred(self, task: asyncio.Task[None]) -> None:
        self._transfers.discard(task)
        self._served()

    def _close_if_done(self) -> None:
        if self._ended and not self._busy and self._next_batch is None and self._room.is_set():
            self._transport.close()

    def _give(self, seconds: float) -> None:
        """From now on the client has so many seconds."""
        self._deadline = self._loop.time() + seconds
        if self._timer is None or self._timer.when() > self._deadline:
            self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(self._deadline, self._expired)

    def _expired(self) -> None:
        if self._busy and self._room.is_set():
            self._deadline = self._loop.time() + self._timeouts.idle  # it waits for us, not we for it
        if self._loop.time() < self._deadline:
            self._set_timer()
        else:
            self._transport.abort()


class StreamListener:
    """A listening TCP socket in the event loop. `service` may be swapped, by a reload."""

    def __init__(self, service: Service, timeouts: Timeouts, most: int | None = None) -> None:
        self.service = service
        self.timeouts = timeouts
        self._most = _half_of_all_files() if most is None else most
        self._connections: dict[Connection, None] = {}  # who has asked nothing for longest comes first
        self._all_gone = asyncio.Event()
        self._server: asyncio.Server | None = None

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._connections)

    def under_way(self) -> set[asyncio.Future[None]]:
        """The ends of queries, of whichever connection, that wait for something, and of zone transfers."""
        return {end for connection in self._connections for end in connection.under_way()}

    async def start(self, sock: socket.socket) -> None:
        """Takes connections from a bound socket."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self), sock=sock, backlog=BACKLOG)

    def add(self, connection: Connection) -> None:
        """A client has connected."""
        if len(self._connections) >= self._most:
            quietest = next(iter(self._connections))
            del self._connections[quietest]
            quietest.abort()
        self._connections[connection] = None

    def touch(self, connection: Connection) -> None:
        """A client has asked something."""
        if connection in self._connections:
            del self._connections[connection]
            self._connections[connection] = None

    def remove(self, connection: Connection) -> None:
        """A connection has ended."""
        self._connections.pop(connection, None)
        if not self._connections:
            self._all_gone.set()

    async def drain(self, seconds: float) -> None:
        """Answers what was asked so far and takes no more; queries that wait have so many seconds to end."""
        for _ in range(_LAST_TURNS):
            await asyncio.sleep(0)
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            connection.finish()
        self._all_gone.clear()
        if self._connections:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._all_gone.wait(), seconds)
        for connection in list(self._connections):
            connection.abort()


def _half_of_all_files() -> int:
    """Connections that a listener may have: half of the files that the process may open."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2
