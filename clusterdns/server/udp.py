"""UDP: an own socket, drained in batches whenever it is readable.

A query that was asked before is answered from the packet cache at once; others start the chain in place. Replies leave
from the address that the query came to. Knows the service as bytes to bytes.
"""

import asyncio
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final

from clusterdns.dns.query import UDP, Address
from clusterdns.server.chain import run
from clusterdns.server.service import Answer, Service

BATCH: Final = 64  # packets read before other work of the loop gets its turn
MOST_WAITING: Final = 10_000  # queries that may wait for something at a time; more are dropped, as by a full queue
_BUFFER: Final = 4 << 20  # octets that the kernel may hold for us, so that a burst is not lost
_LARGEST: Final = 65_535

_PKTINFO4: Final = struct.Struct("@I4s4s")
_PKTINFO6: Final = struct.Struct("@16sI")
_IP_PKTINFO: Final = getattr(socket, "IP_PKTINFO", 8)


class UDPListener:
    """One UDP socket in the event loop. `service` may be swapped between two packets, by a reload."""

    def __init__(self, sock: socket.socket, service: Service) -> None:
        self.sock = sock
        self.service = service
        self.tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()
        host = sock.getsockname()[0]
        self._wild = host in ("0.0.0.0", "::")
        self._local: Address = sock.getsockname()[:2]
        self._prepare()
        self._loop.add_reader(sock.fileno(), self._drain_wild if self._wild else self._drain)

    def _prepare(self) -> None:
        self.sock.setblocking(False)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        if self._wild:
            # The kernel tells where each packet was sent to, so that the reply can leave from there.
            if self.sock.family == socket.AF_INET6:
                self.sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
            else:
                self.sock.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)

    def _drain(self) -> None:
        receive, send, service = self.sock.recvfrom, self.sock.sendto, self.service
        now = service.clock()
        for _ in range(BATCH):
            try:
                wire, client = receive(_LARGEST)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                continue  # an ICMP error of an earlier reply
            known = service.kept[UDP].get(wire, now)
            if known is not None:
                with suppress(OSError):
                    send(known, client)
                continue
            self._serve(wire, client, self._local, partial(self._send, client))

    def _drain_wild(self) -> None:
        service = self.service
        now = service.clock()
        for _ in range(BATCH):
            try:
                wire, ancillary, _, client = self.sock.recvmsg(_LARGEST, 128)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                continue
            reply_from, host = _arrival(ancillary)
            send = partial(self._send_from, client, reply_from)
            known = service.kept[UDP].get(wire, now)
            if known is not None:
                send(known)
            else:
                self._serve(wire, _plain(client), (host or self._local[0], self._local[1]), send)

    def _serve(self, wire: bytes, client: Address, local: Address, send: Callable[[Answer], None]) -> None:
        if len(self.tasks) < MOST_WAITING:
            run(self.service.answer(wire, UDP, client, local), send, self.tasks)

    def _send(self, client: Address, answer: Answer) -> None:
        for message in _messages(answer):
            try:
                self.sock.sendto(message, client)
            except OSError:
                return  # the client is out of reach, or the reply too large for the way to it

    def _send_from(self, client: Address, reply_from: list[tuple[int, int, bytes]], answer: Answer) -> None:
        for message in _messages(answer):
            try:
                self.sock.sendmsg([message], reply_from, 0, client)
            except OSError:
                return

    async def drain(self, seconds: float) -> None:
        """Takes no more packets and lets queries that wait have so many seconds to end."""
        self._loop.remove_reader(self.sock.fileno())
        if self.tasks:
            await asyncio.wait(self.tasks, timeout=seconds)
        for task in self.tasks:
            task.cancel()

    def close(self) -> None:
        """Closes the socket."""
        self._loop.remove_reader(self.sock.fileno())
        self.sock.close()


def _messages(answer: Answer) -> list[bytes]:
    if answer is None:
        return []
    return answer if isinstance(answer, list) else [answer]


def _plain(client: tuple[str, int, int, int] | Address) -> Address:
    """IPv4 clients of an IPv6 socket by their IPv4 address."""
    return client[0].removeprefix("::ffff:") if "." in client[0] else client[0], client[1]


def _arrival(ancillary: list[tuple[int, int, bytes]]) -> tuple[list[tuple[int, int, bytes]], str]:
    """What to send a reply with so that it leaves from where the query came to, and that address as text."""
    for level, kind, data in ancillary:
        if level == socket.IPPROTO_IPV6 and kind == socket.IPV6_PKTINFO:
            address, _ = _PKTINFO6.unpack(data[: _PKTINFO6.size])
            host = socket.inet_ntop(socket.AF_INET6, address)
            # Link-local replies need the interface; for others the routing table chooses.
            info = data if address[:2] == b"\xfe\x80" else _PKTINFO6.pack(address, 0)
            return [(level, kind, info)], host.removeprefix("::ffff:") if "." in host else host
        if level == socket.IPPROTO_IP and kind == _IP_PKTINFO:
            _, _, address = _PKTINFO4.unpack(data[: _PKTINFO4.size])
            info = _PKTINFO4.pack(0, address, b"\0\0\0\0")
            return [(level, kind, info)], socket.inet_ntop(socket.AF_INET, address)
    return [], ""
