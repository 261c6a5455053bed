"""Packets received together, and replies sent together.

A batch has fixed places for packets, for who sent them and where to, and for replies: each packet costs Python one
slice to read and one to answer. An outbox has the replies that come later. Knows replies without their ID, and
addresses; whether the system can do this at all is `mmsg.AVAILABLE`.
"""

import socket
import struct
import sys
from array import array
from collections.abc import Iterable
from contextlib import suppress
from itertools import accumulate, islice
from typing import Final

from clusterdns.dns.query import UDP_SIZE, Address
from clusterdns.server.kept import ID, LARGEST, Kept
from clusterdns.server.mmsg import (
    ADDRESS_SIZE,
    CONTROL_LENGTH,
    CONTROL_SIZE,
    DATA_LENGTH,
    LONGS,
    SLOTS,
    WORDS,
    Headers,
)
from clusterdns.server.sockets import Peer, plain

REPLY_SIZE: Final = LARGEST
"""Octets of the largest reply that is sent with others; larger ones, which are never kept, go by themselves."""
_CONTROL_HEADER: Final = struct.Struct("@Qii")  # struct cmsghdr: length with itself, level, type
_NO_INTERFACE: Final = bytes(4)
_LINK_LOCAL: Final = b"\xfe\x80"
_MAPPED: Final = bytes(10) + b"\xff\xff"  # what IPv4 addresses of IPv6 sockets begin with
_STARTS: Final = tuple(range(0, SLOTS * UDP_SIZE, UDP_SIZE))  # of packets in their room
_BODIES: Final = tuple(start + ID for start in _STARTS)  # what follows their ID
_SLOTS: Final = tuple(range(SLOTS))
_REPLY_ROOM: Final = REPLY_SIZE + 128  # octets; with a power of two all replies would compete for a few cache lines
_REPLY_STARTS: Final = tuple(range(0, SLOTS * _REPLY_ROOM, _REPLY_ROOM))
_NONE: Final = bytes(SLOTS)
_ALL: Final = b"\1" * SLOTS
_WHOLE: Final = memoryview(array("Q", [CONTROL_SIZE] * SLOTS))


Origin = tuple[bytearray, bytes]
"""Where a packet came from, and where it was sent to (b"" on a socket of one address), as the kernel has them: what a
reply needs.
"""


class Batch:
    """Room for `SLOTS` packets and as many replies on one UDP socket.

    `receive` fills slots from 0 on; `put` lines up a reply to the packet in a slot, `send` sends all that are in line.
    `with_control` makes each packet bring where it was sent to, and each reply leave from there.

    A reply is sent from two places: its ID from where the packet stands, which has the same, and the rest.
    """

    def __init__(self, sock: socket.socket, *, with_control: bool) -> None:
        self._with_control = with_control
        self._is_v4 = sock.family == socket.AF_INET
        self._packets, self._replies = bytearray(SLOTS * UDP_SIZE), bytearray(SLOTS * _REPLY_ROOM)
        self._addresses, self._controls = bytearray(SLOTS * ADDRESS_SIZE), bytearray(SLOTS * CONTROL_SIZE)
        controls = self._controls if with_control else None
        self._in = Headers(sock, [(self._packets, UDP_SIZE, UDP_SIZE)], self._addresses, controls)
        replies = [(self._packets, UDP_SIZE, ID), (self._replies, _REPLY_ROOM, 0)]
        self._out = Headers(sock, replies, self._addresses, controls)
        self._room = memoryview(self._packets)
        # Numbers that the kernel writes and reads, of all slots: one step in Python for a whole batch.
        self._lengths, self._reply_lengths = self._in.words[DATA_LENGTH::WORDS], self._out.lengths[3::4]
        self._control_lengths = self._in.longs[CONTROL_LENGTH::LONGS]
        self._reply_control_lengths = self._out.longs[CONTROL_LENGTH::LONGS]
        self._octets = b""  # the packets that were received last, each at its slot's place
        self._sizes: list[int] = []  # of these
        self._answered = bytearray(SLOTS)  # 1 for slots with a reply in line

    def receive(self) -> int:
        """Reads the packets that are there, at most `SLOTS`; gives how many there were."""
        if self._with_control:
            self._control_lengths[:] = _WHOLE  # the kernel has written how much it used
        self._answered[:] = _NONE
        count = self._in.receive()
        self._octets = self._room[: count * UDP_SIZE].tobytes()
        self._sizes = self._lengths[:count].tolist()
        return count

    def packet(self, slot: int) -> bytes:
        """The packet in a slot."""
        start = _STARTS[slot]
        return self._octets[start : start + self._sizes[slot]]

    def origin(self, slot: int) -> Origin:
        """Where the packet in a slot came from, and where to."""
        start = slot * ADDRESS_SIZE
        address = self._addresses[start : start + ADDRESS_SIZE]
        if not self._with_control:
            return address, b""
        start = slot * CONTROL_SIZE
        self._forget_interface(start)
        return address, bytes(self._controls[start : start + self._control_lengths[slot]])

    def client(self, slot: int) -> Address:
        """Who sent the packet in a slot."""
        start = slot * ADDRESS_SIZE
        return client_of(self._addresses[start : start + ADDRESS_SIZE], self._is_v4)

    def is_v4(self, slot: int) -> bool:
        """Is it an IPv4 client, maybe of an IPv6 socket?"""
        start = slot * ADDRESS_SIZE + 8
        return self._is_v4 or self._addresses[start : start + 12] == _MAPPED

    def put(self, slot: int, tail: bytes) -> None:
        """Lines up the reply to the packet in a slot: all but its ID, at most `REPLY_SIZE` octets."""
        start, length = _REPLY_STARTS[slot], len(tail)
        self._replies[start : start + length] = tail
        self._reply_lengths[slot] = length
        self._answered[slot] = 1
        if self._with_control:
            self._forget_interface(slot * CONTROL_SIZE)
            self._reply_control_lengths[slot] = self._control_lengths[slot]

    def put_known(self, known: dict[bytes, Kept], now: float) -> list[int]:
        """Lines up the replies to packets that are answered by what is known; gives the slots of the others.

        Only for a batch without control. The same as `put` for each, with nothing done twice.
        """
        octets, replies, find = self._octets, self._replies, known.get
        lengths = self._reply_lengths
        others = []
        for slot, start, size, into in zip(_SLOTS, _BODIES, self._sizes, _REPLY_STARTS, strict=False):
            kept = find(octets[start : start + size - ID])
            if kept is None or kept.good_until <= now:
                others.append(slot)
                continue
            kept.uses += 1
            length = kept.length
            replies[into : into + length] = kept.tail
            lengths[slot] = length
        self._answered[:] = _ALL
        for slot in others:
            self._answered[slot] = 0
        return others

    def send(self) -> None:
        """Sends the replies in line, each to where its packet came from."""
        answered, end = self._answered, len(self._sizes)
        first = 0
        while first < end:
            last = answered.find(0, first, end)
            if last < 0:
                last = end
            if first < last:
                self._out.send(first, last)
            first = last + 1

    def _forget_interface(self, start: int) -> None:
        """Lets the routing table choose where a reply leaves; only link-local addresses need the interface."""
        data = start + _CONTROL_HEADER.size
        if self._is_v4:
            self._controls[data : data + 4] = _NO_INTERFACE
        elif self._controls[data : data + 2] != _LINK_LOCAL:
            self._controls[data + 16 : data + 20] = _NO_INTERFACE


class Outbox:
    """Replies that came when their batch was gone, on their way together."""

    def __init__(self, sock: socket.socket, *, with_control: bool) -> None:
        self._sock = sock
        self._with_control = with_control
        self._addresses, self._controls = bytearray(SLOTS * ADDRESS_SIZE), bytearray(SLOTS * CONTROL_SIZE)
        self._messages = bytearray(SLOTS * REPLY_SIZE)
        controls = self._controls if with_control else None
        self._out = Headers(sock, [(self._messages, REPLY_SIZE, 0)], self._addresses, controls)
        self._begin = self._out.lengths[0]  # where the messages are in memory
        self._waiting: list[tuple[Origin, bytes]] = []

    def add(self, origin: Origin, message: bytes) -> bool:
        """Lines up the reply to a packet; says whether it is the first one in line, so that `send` is due.

        A reply that is too large to stand in line is sent at once.
        """
        if len(message) > REPLY_SIZE:
            self._send_large(origin, message)
            return False
        waiting = self._waiting
        waiting.append((origin, message))
        if len(waiting) == SLOTS:
            self.send()
        return len(waiting) == 1

    def send(self) -> None:
        """Sends what is in line."""
        waiting, self._waiting = self._waiting, []
        out, count = self._out, len(waiting)
        messages = [message for _, message in waiting]
        lengths = array("Q", map(len, messages))
        _write(self._messages, messages)  # each behind the one before
        out.lengths[: 2 * count : 2] = array("Q", islice(accumulate(lengths, initial=self._begin), count))
        out.lengths[1 : 2 * count : 2] = lengths
        _write(self._addresses, [address for (address, _), _ in waiting])
        if self._with_control:
            controls = [control for (_, control), _ in waiting]
            _write(self._controls, [control.ljust(CONTROL_SIZE, b"\0") for control in controls])
            out.longs[CONTROL_LENGTH : count * LONGS : LONGS] = array("Q", map(len, controls))
        out.send(0, count)

    def _send_large(self, origin: Origin, message: bytes) -> None:
        address, control = origin
        ancillary = [ancillary_of(control)] if control else []
        with suppress(OSError):  # the client is out of reach, or the reply too large for the way to it
            self._sock.sendmsg([message], ancillary, 0, _peer(address, self._sock.family))


def _write(room: bytearray, pieces: Iterable[bytes | bytearray]) -> None:
    written = b"".join(pieces)
    room[: len(written)] = written


def ancillary_of(control: bytes) -> tuple[int, int, bytes]:
    """A control message as the socket module has it."""
    length, level, kind = _CONTROL_HEADER.unpack_from(control)
    return level, kind, control[_CONTROL_HEADER.size : length]


def client_of(raw: bytearray, is_v4: bool) -> Address:
    """The client whose address the kernel has so."""
    port = raw[2] << 8 | raw[3]
    if is_v4:
        return socket.inet_ntoa(raw[4:8]), port
    return plain((socket.inet_ntop(socket.AF_INET6, raw[8:24]), port))


def _peer(raw: bytearray, family: int) -> Peer:
    port = int.from_bytes(raw[2:4], "big")
    if family == socket.AF_INET:
        return socket.inet_ntoa(raw[4:8]), port
    scope = int.from_bytes(raw[24:28], sys.byteorder)
    return socket.inet_ntop(socket.AF_INET6, raw[8:24]), port, int.from_bytes(raw[4:8], "big"), scope
