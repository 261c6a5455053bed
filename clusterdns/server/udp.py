"""UDP: an own socket, drained in batches whenever it is readable.

A query that was asked before is answered from the packet cache at once; others start the chain in place. Replies leave
from the address that the query came to. Where the system can, many packets are read and sent by one call (`mmsg`),
elsewhere one after the other. Knows the service as bytes to bytes.
"""

import asyncio
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final

from clusterdns.dns.query import UDP, UDP_SIZE, Address
from clusterdns.server import mmsg
from clusterdns.server.batch import REPLY_SIZE, Batch, Origin, Outbox, ancillary_of, client_of
from clusterdns.server.chain import Waiting, run
from clusterdns.server.kept import ID
from clusterdns.server.packetcache import PacketCache
from clusterdns.server.service import Answer, Service
from clusterdns.server.sockets import Ancillary, Peer, plain

BATCH: Final = 64  # packets read before other work of the loop gets its turn
MOST_WAITING: Final = 10_000  # queries that may wait for something at a time; more are dropped, as by a full queue
_BUFFER: Final = 4 << 20  # octets that the kernel may hold for us, so that a burst is not lost
_BATCHES: Final = 16  # that are read before other work of the loop gets its turn, where many packets are one batch
_SEVERAL: Final = 4  # packets in a batch that don't come from a client or two with one question after the other
_STEADY: Final = 5  # batches in a row, after which more packets are sure to come
_GATHERING: Final = 50e-6  # seconds, to which Linux adds as much
_LAST_BATCHES: Final = 100  # that are read at the end, so that what was asked before is answered

_MOST_LOCALS: Final = 1024  # own addresses that are remembered as text

_PKTINFO4: Final = struct.Struct("@I4s4s")  # interface, local address, address in the header
_IP_PKTINFO: Final = getattr(socket, "IP_PKTINFO", 8)
_ANCILLARY: Final = socket.CMSG_SPACE(20)  # struct in6_pktinfo: address and interface


class UDPListener:
    """One UDP socket in the event loop. `service` may be swapped between two packets, by a reload."""

    def __init__(
        self,
        sock: socket.socket,
        service: Service,
        most_waiting: int = MOST_WAITING,
        *,
        in_batches: bool | None = None,
    ) -> None:
        self.sock = sock
        self.service = service
        self.waiting: set[Waiting[Answer]] = set()
        self._most_waiting = most_waiting
        self._loop = asyncio.get_running_loop()
        host = sock.getsockname()[0]
        self._local = plain(sock.getsockname())
        self._is_v4 = sock.family == socket.AF_INET
        self._version = 6 if ":" in host else 4
        wild = host in ("0.0.0.0", "::")
        self._drain = self._drain_wild if wild else self._drain_one
        self._outbox: Outbox | None = None
        self._prepare(wild)
        if mmsg.AVAILABLE if in_batches is None else in_batches:
            self._batch = Batch(sock, with_control=wild)
            self._outbox = Outbox(sock, with_control=wild)
            self._round = 0  # of reading and answering a batch, so that a late reply is not taken for one of it
            self._locals: dict[bytes, Address] = {}  # by the control message that tells where a packet was sent to
            self._drain = self._drain_batches
            self._serve_batch = self._serve_wild_batch if wild else self._serve_narrow_batch
        self._loop.add_reader(sock.fileno(), service.world.departure.after, self._read)

    def _prepare(self, wild: bool) -> None:
        self.sock.setblocking(False)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        if wild:
            # The kernel tells where each packet was sent to, so that the reply can leave from there.
            if self.sock.family == socket.AF_INET6:
                self.sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
            else:
                self.sock.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)

    def _read(self) -> None:
        self._drain()
        self.service.world.log.flush()

    def _drain_one(self) -> bool:
        """A batch of a socket that has one address. True when nothing is left to read.

        No more is read of a packet than CoreDNS reads; a longer query is cut off, which makes it FORMERR.
        """
        receive, send, service = self.sock.recvfrom, self.sock.sendto, self.service
        kept, now = service.kept[UDP, self._version], service.clock()
        for _ in range(BATCH):
            try:
                wire, client = receive(UDP_SIZE)
            except (BlockingIOError, InterruptedError):
                return True
            except OSError:
                continue  # an ICMP error of an earlier reply
            known = kept.get(wire, now) or kept.told(wire, plain(client), now)
            if known is None:
                self._serve(wire, plain(client), self._local, partial(self._send, client))
                continue
            try:  # noqa: SIM105 - suppress() takes a tenth of the time that a kept reply takes
                send(known, client)
            except OSError:
                pass
        return False

    def _drain_wild(self) -> bool:
        """A batch of a socket that has all addresses of the machine. True when nothing is left to read."""
        receive, service = self.sock.recvmsg, self.service
        kept4, kept6, now = service.kept[UDP, 4], service.kept[UDP, 6], service.clock()
        for _ in range(BATCH):
            try:
                wire, ancillary, _, client = receive(UDP_SIZE, _ANCILLARY)
            except (BlockingIOError, InterruptedError):
                return True
            except OSError:
                continue
            kept = kept4 if "." in client[0] else kept6
            known = kept.get(wire, now) or kept.told(wire, plain(client), now)
            reply_from = _reply_from(ancillary)
            if known is None:
                local = (_address_in(reply_from) or self._local[0], self._local[1])
                self._serve(wire, plain(client), local, partial(self._send_from, client, reply_from))
            else:
                self._send_from(client, reply_from, known)
        return False

    def _drain_batches(self) -> bool:
        """Batches, as many packets each as there are. True when nothing is left to read.

        Where packets come about as fast as they are answered, each batch finds some but not many, and costs nearly as
        much as a full one. So when there are none for once, more are left to gather.
        """
        in_a_row = 0  # batches of several packets
        for _ in range(_BATCHES):
            count = self._batch.receive()
            if count:
                self._serve_batch(count)
                in_a_row += count >= _SEVERAL
            elif in_a_row >= _STEADY:
                time.sleep(_GATHERING)
                in_a_row = 0
            else:
                return True
        return False

    def _serve_narrow_batch(self, _: int) -> None:
        """Answers the packets of a socket that has one address."""
        batch, service = self._batch, self.service
        kept, now = service.kept[UDP, self._version], service.clock()
        kept.refresh()
        for slot in batch.put_known(kept.known, now):
            wire = batch.packet(slot)
            tail = kept.seek(wire, now) or self._told(kept, slot, wire, now)
            if tail is not None:
                batch.put(slot, tail)
            else:
                self._serve_from_batch(slot, wire)
        self._send_batch()

    def _serve_wild_batch(self, count: int) -> None:
        """Answers so many packets of a socket that has all addresses of the machine."""
        batch, service = self._batch, self.service
        now = service.clock()
        for slot in range(count):
            wire = batch.packet(slot)
            kept = service.kept[UDP, 4 if batch.is_v4(slot) else 6]
            kept.refresh()
            tail = kept.tail(wire, now) or self._told(kept, slot, wire, now)
            if tail is not None:
                batch.put(slot, tail)
            else:
                self._serve_from_batch(slot, wire)
        self._send_batch()

    def _told(self, kept: PacketCache, slot: int, wire: bytes, now: float) -> bytes | None:
        """The reply without ID to a packet of the batch, if it is one that somebody is told of."""
        reply = kept.told(wire, self._batch.client(slot), now) if kept.has_told else None
        return None if reply is None else reply[ID:]

    def _serve_from_batch(self, slot: int, wire: bytes) -> None:
        origin = self._batch.origin(slot)
        address, control = origin
        local = self._local_of(control) if control else self._local
        answer = self.service.answer(wire, UDP, client_of(address, self._is_v4), local)
        run(answer, partial(self._answer, self._round, slot, origin), self.waiting, self._most_waiting)

    def _local_of(self, control: bytes) -> Address:
        """Where a packet was sent to, by its control message."""
        local = self._locals.get(control)
        if local is None:
            if len(self._locals) >= _MOST_LOCALS:
                self._locals.clear()
            host = _address_in([ancillary_of(control)]) or self._local[0]
            local = self._locals[control] = (host, self._local[1])
        return local

    def _answer(self, round_: int, slot: int, origin: Origin, answer: Answer) -> None:
        """A reply of the chain: with the others if their batch is still here, else with others that come late."""
        if not isinstance(answer, bytes):
            return
        if round_ == self._round and len(answer) <= REPLY_SIZE:
            self._batch.put(slot, answer[ID:])
        elif self._outbox is not None and self._outbox.add(origin, answer):
            self.service.world.departure.add(self._send_late)

    def _send_late(self) -> None:
        if self._outbox is not None:
            self._outbox.send()
        self.service.world.log.flush()

    def _send_batch(self) -> None:
        self._batch.send()
        self._round += 1

    def _serve(self, wire: bytes, client: Address, local: Address, send: Callable[[Answer], None]) -> None:
        run(self.service.answer(wire, UDP, client, local), send, self.waiting, self._most_waiting)

    def _send(self, client: Peer, answer: Answer) -> None:
        if isinstance(answer, bytes):
            with suppress(OSError):  # the client is out of reach, or the reply too large for the way to it
                self.sock.sendto(answer, client)

    def _send_from(self, client: Peer, reply_from: list[Ancillary], answer: Answer) -> None:
        if isinstance(answer, bytes):
            try:  # noqa: SIM105 - as above
                self.sock.sendmsg([answer], reply_from, 0, client)
            except OSError:
                pass

    def under_way(self) -> set[asyncio.Future[None]]:
        """The ends of queries that wait for something."""
        return {waiting.ended() for waiting in self.waiting}

    async def drain(self, seconds: float) -> None:
        """Answers what was asked so far and takes no more; queries that wait have so many seconds to end."""
        self._loop.remove_reader(self.sock.fileno())
        for _ in range(_LAST_BATCHES):
            if self._drain():
                break
        if ends := self.under_way():
            await asyncio.wait(ends, timeout=seconds)
        for waiting in list(self.waiting):
            waiting.cancel()
        if self._outbox is not None:
            self._outbox.send()


def _reply_from(ancillary: list[Ancillary]) -> list[Ancillary]:
    """What to send a reply with so that it leaves from where the query came to."""
    for level, kind, data in ancillary:
        if level == socket.IPPROTO_IPV6 and kind == socket.IPV6_PKTINFO:
            # Link-local replies need the interface; for others the routing table chooses.
            return [(level, kind, data if data.startswith(b"\xfe\x80") else data[:16] + b"\0\0\0\0")]
        if level == socket.IPPROTO_IP and kind == _IP_PKTINFO:
            _, address, _ = _PKTINFO4.unpack(data[: _PKTINFO4.size])
            return [(level, kind, _PKTINFO4.pack(0, address, b"\0\0\0\0"))]
    return []


def _address_in(reply_from: list[Ancillary]) -> str:
    """The address that the query came to, as text."""
    for level, _, data in reply_from:
        if level == socket.IPPROTO_IPV6:
            return plain((socket.inet_ntop(socket.AF_INET6, data[:16]), 0))[0]
        return socket.inet_ntop(socket.AF_INET, data[4:8])
    return ""
