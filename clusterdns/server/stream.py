"""TCP: messages behind their length (RFC 1035 4.2.2), pipelined, answered as soon as each is ready (RFC 7766 6.2.1.1).

By TLS (RFC 7858) where there is a certificate. Time limits as in CoreDNS: the first message has to be there whole
within the read time-out, every later one within the idle time-out after the last was answered. What one client may hold
is bounded: queries that wait, octets not yet read, replies it does not take. When too many are connected, who has asked
nothing for longest makes room. Knows the service as bytes to bytes.
"""

import asyncio
import resource
import socket
from collections.abc import Iterator
from ssl import SSLContext
from typing import Final

from clusterdns.dns.query import TCP
from clusterdns.dns.reply import Dropped
from clusterdns.server.accept import Acceptor
from clusterdns.server.chain import Waiting, run
from clusterdns.server.deadline import Deadline
from clusterdns.server.guests import Guests
from clusterdns.server.service import Answer, Service
from clusterdns.server.sockets import plain

BATCH: Final = 64  # messages of a connection that are served before others get their turn
MOST_WAITING: Final = 100  # queries of one connection that may wait for something before no more are read
_PROTOCOL: Final = "dot"  # ALPN (RFC 7858 3.1, registered later)
_LAST_TURNS: Final = 10  # of the loop, in which connections and queries that the kernel holds are still taken


class Connection(asyncio.Protocol):
    """One TCP connection."""

    def __init__(self, listener: "StreamListener") -> None:
        self._listener = listener
        self._limits = listener.service.limits
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray()
        self._waiting: set[Waiting[Answer]] = set()
        self._transfers: set[asyncio.Task[None]] = set()
        self._room = asyncio.Event()  # is there room for more replies?
        self._room.set()
        self._next_batch: asyncio.Handle | None = None
        self._ready: list[bytes] | None = None  # replies of the batch that is being served
        self._asked = 0  # how many messages so far
        self._ended = False
        self._deadline = Deadline(self._missed)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._client = plain(transport.get_extra_info("peername") or ("", 0))
        self._local = plain(transport.get_extra_info("sockname") or ("", 0))
        self._is_tls = transport.get_extra_info("ssl_object") is not None
        self._version = 6 if ":" in self._client[0] else 4
        self._listener.guests.add(self, self._listener.most)
        self._deadline.give(self._limits.read)

    def connection_lost(self, _: Exception | None) -> None:
        self._listener.guests.remove(self)
        self._deadline.cancel()
        if self._next_batch is not None:
            self._next_batch.cancel()
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
        # What was asked is still answered (RFC 7766 6.2.3), but TLS is over for both sides at once in asyncio.
        return not self._is_tls

    def pause_writing(self) -> None:
        self._room.clear()
        self._deadline.give(self._limits.write)

    def resume_writing(self) -> None:
        self._room.set()
        self._deadline.give(self._limits.idle)
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
            self._asked += len(messages)
            self._listener.guests.touch(self)
            self._deadline.give(self._limits.idle)
            service = self._listener.service
            kept, now = service.kept[TCP, self._version], service.clock()
            self._ready = []
            for wire in messages:
                known = kept.get(wire, now) or kept.told(wire, self._client, now)
                if known is not None:
                    self._ready.append(known)
                else:
                    self._serve(wire)
            self._write_ready()
            service.world.log.flush()
        del self._buffer[:used]
        self._ended = self._ended or not self._left()
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
        most = min(BATCH, MOST_WAITING - self._busy, self._left())
        while len(messages) < most:
            end = at + 2 + (data[at] << 8 | data[at + 1]) if len(data) >= at + 2 else len(data) + 1
            if end > len(data):
                break
            messages.append(data[at + 2 : end])
            at = end
        return messages, at

    def _left(self) -> int:
        """How many more messages the client may send."""
        most = self._limits.tcp_queries
        return most - self._asked if most else BATCH

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
            self._deadline.give(self._limits.idle)
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

    def _missed(self) -> None:
        if self._busy and self._room.is_set():
            self._deadline.give(self._limits.idle)  # it waits for us, not we for it
        else:
            self._transport.abort()


class StreamListener:
    """A listening TCP socket in the event loop. `service` may be swapped, by a reload."""

    def __init__(self, sock: socket.socket, service: Service, most: int | None = None) -> None:
        self.service = service
        self.most = _half_of_all_files() if most is None else most
        self.guests: Guests[Connection] = Guests()
        self._acceptor = Acceptor(sock, lambda: Connection(self), self._context, lambda: self.service.limits.read)

    def under_way(self) -> set[asyncio.Future[None]]:
        """The ends of queries, of whichever connection, that wait for something, and of zone transfers."""
        return {end for connection in self.guests for end in connection.under_way()}

    async def drain(self, seconds: float) -> None:
        """Answers what was asked so far and takes no more; queries that wait have so many seconds to end."""
        for _ in range(_LAST_TURNS):
            await asyncio.sleep(0)
        self._acceptor.close()
        await self.guests.leave(seconds)

    def _context(self) -> SSLContext | None:
        credentials = self.service.credentials
        return None if credentials is None else credentials.context(_PROTOCOL)


def _half_of_all_files() -> int:
    """Connections that a listener may have: half of the files that the process may open."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2
