"""Many packets per system call: recvmmsg and sendmmsg of Linux, by ctypes.

A batch has fixed places for packets, for who sent them and where to, and for replies. The kernel reads and fills them
in place, so that a packet costs Python one slice to read and one to answer. Knows no DNS. Where the system has no such
calls, `AVAILABLE` is false and the rest is not to be used.
"""

import ctypes
import errno
import select
import socket
import struct
import sys
from collections.abc import Iterator
from typing import Final

from clusterdns.dns.query import UDP_SIZE
from clusterdns.server.kept import ID, LARGEST, Kept
from clusterdns.server.sockets import Ancillary, Peer

SLOTS: Final = 64
"""Packets per system call."""
REPLY_SIZE: Final = LARGEST
"""Octets of the largest reply that a batch takes; larger ones, which are never kept, go by themselves."""
_ADDRESS_SIZE: Final = 28  # octets of a struct sockaddr_in6
_V4_SIZE: Final = 16  # octets of a struct sockaddr_in
_CONTROL_SIZE: Final = 64
_CONTROL_HEADER: Final = struct.Struct("@Qii")  # struct cmsghdr: length with itself, level, type
_NO_INTERFACE: Final = bytes(4)
_LINK_LOCAL: Final = b"\xfe\x80"
_MAPPED: Final = bytes(10) + b"\xff\xff"  # what IPv4 addresses of IPv6 sockets begin with
_PATIENCE: Final = 0.05  # seconds that a full queue of the socket is waited for
_WORDS: Final = 16  # 32-bit words of a header
_LONGS: Final = 8  # 64-bit words of a header
_CONTROL_LENGTH: Final = 5  # which of those it is
_STARTS: Final = tuple(range(0, SLOTS * UDP_SIZE, UDP_SIZE))  # of packets in their room
_SLOTS: Final = tuple(range(SLOTS))
_REPLY_STARTS: Final = tuple(range(0, SLOTS * REPLY_SIZE, REPLY_SIZE))
_REPLY_LENGTHS: Final = tuple(range(3, SLOTS * 4, 4))  # the 64-bit words that tell how long the replies are, without ID
_LENGTHS: Final = tuple(range(14, SLOTS * _WORDS, _WORDS))  # the words that tell how long the packets are


class _Vector(ctypes.Structure):
    """struct iovec"""

    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


class _Message(ctypes.Structure):
    """struct msghdr"""

    _fields_ = (
        ("name", ctypes.c_void_p),
        ("name_length", ctypes.c_uint32),
        ("vectors", ctypes.c_void_p),
        ("vector_count", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_length", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    )


class _Header(ctypes.Structure):
    """struct mmsghdr"""

    _fields_ = (("message", _Message), ("length", ctypes.c_uint32))


def _load() -> ctypes.CDLL | None:
    """The C library, where it has the calls and lays out its structures as above: 64-bit Linux."""
    if not sys.platform.startswith("linux") or ctypes.sizeof(_Header) != 4 * _WORDS:
        return None
    library = ctypes.CDLL(None, use_errno=True)
    for call in ("recvmmsg", "sendmmsg"):
        if not hasattr(library, call):
            return None
    library.recvmmsg.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int, ctypes.c_void_p)
    library.sendmmsg.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int)
    return library


_LIBRARY: Final = _load()
AVAILABLE: Final = _LIBRARY is not None


class Batch:
    """Room for `SLOTS` packets and as many replies on one UDP socket.

    `receive` fills slots from 0 on; `put` lines up a reply to the packet in a slot, `send` sends all that are in line.
    `with_control` makes each packet bring where it was sent to, and each reply leave from there.

    A reply is sent from two places: its ID from where the packet stands, which has the same, and the rest.
    """

    def __init__(self, sock: socket.socket, *, with_control: bool) -> None:
        assert _LIBRARY is not None
        self._receive_many, self._send_many = _LIBRARY.recvmmsg, _LIBRARY.sendmmsg
        self._fd = sock.fileno()
        self._with_control = with_control
        self._address_size = _V4_SIZE if sock.family == socket.AF_INET else _ADDRESS_SIZE
        self._packets, self._replies = bytearray(SLOTS * UDP_SIZE), bytearray(SLOTS * REPLY_SIZE)
        self._addresses, self._controls = bytearray(SLOTS * _ADDRESS_SIZE), bytearray(SLOTS * _CONTROL_SIZE)
        # Vectors are held here, since headers point at them by address only.
        self._received, self._in_vectors = self._headers([(self._packets, UDP_SIZE, UDP_SIZE)])
        self._sent, self._out_vectors = self._headers([(self._packets, UDP_SIZE, ID), (self._replies, REPLY_SIZE, 0)])
        self._at_received, self._at_sent = ctypes.addressof(self._received), ctypes.addressof(self._sent)
        # The same memory as numbers, which Python reads and writes faster than fields of structures.
        self._in_words = memoryview(self._received).cast("B").cast("I")
        self._in_longs = memoryview(self._received).cast("B").cast("Q")
        self._out_longs = memoryview(self._sent).cast("B").cast("Q")
        self._out_lengths = memoryview(self._out_vectors).cast("B").cast("Q")
        self._octets = b""  # the packets that were received last, each at its slot's place
        self._ends: list[int] = []  # where they end
        self._unanswered: set[int] = set()  # slots without a reply in line

    def receive(self) -> int:
        """Reads the packets that are there, at most `SLOTS`; gives how many there were."""
        if self._with_control:
            for slot in _SLOTS:  # the kernel has written how much it used
                self._in_longs[slot * _LONGS + _CONTROL_LENGTH] = _CONTROL_SIZE
        count: int = max(0, self._receive_many(self._fd, self._at_received, SLOTS, socket.MSG_DONTWAIT, None))
        words = self._in_words
        self._octets = bytes(memoryview(self._packets)[: count * UDP_SIZE])
        self._ends = [start + words[length] for start, length in zip(_STARTS[:count], _LENGTHS, strict=False)]
        self._unanswered = set(_SLOTS[:count])
        return count

    def packet(self, slot: int) -> bytes:
        """The packet in a slot."""
        return self._octets[_STARTS[slot] : self._ends[slot]]

    def sender(self, slot: int) -> Peer:
        """Who sent the packet in a slot, as `socket` has it."""
        raw = self._addresses[slot * _ADDRESS_SIZE : (slot + 1) * _ADDRESS_SIZE]
        port = int.from_bytes(raw[2:4], "big")
        if self._address_size == _V4_SIZE:
            return socket.inet_ntoa(raw[4:8]), port
        scope = int.from_bytes(raw[24:28], sys.byteorder)
        return socket.inet_ntop(socket.AF_INET6, raw[8:24]), port, int.from_bytes(raw[4:8], "big"), scope

    def is_v4(self, slot: int) -> bool:
        """Is it an IPv4 client, maybe of an IPv6 socket?"""
        start = slot * _ADDRESS_SIZE + 8
        return self._address_size == _V4_SIZE or self._addresses[start : start + 12] == _MAPPED

    def control(self, slot: int) -> list[Ancillary]:
        """The control message of the packet in a slot, which tells where it was sent to; none without control."""
        used = self._in_longs[slot * _LONGS + _CONTROL_LENGTH] if self._with_control else 0
        if used <= _CONTROL_HEADER.size:
            return []
        start = slot * _CONTROL_SIZE
        length, level, kind = _CONTROL_HEADER.unpack_from(self._controls, start)
        return [(level, kind, bytes(self._controls[start + _CONTROL_HEADER.size : start + length]))]

    def put(self, slot: int, tail: bytes) -> None:
        """Lines up the reply to the packet in a slot: all but its ID, at most `REPLY_SIZE` octets."""
        start, length = _REPLY_STARTS[slot], len(tail)
        self._replies[start : start + length] = tail
        self._out_lengths[_REPLY_LENGTHS[slot]] = length
        self._unanswered.discard(slot)
        if self._with_control:
            self._forget_interface(slot * _CONTROL_SIZE)
            self._out_longs[slot * _LONGS + _CONTROL_LENGTH] = self._in_longs[slot * _LONGS + _CONTROL_LENGTH]

    def put_known(self, known: dict[bytes, Kept], now: float) -> list[int]:
        """Lines up the replies to packets that are answered by what is known; gives the slots of the others.

        Only for a batch without control. The same as `put` for each, with nothing done twice.
        """
        octets, replies, lengths = self._octets, self._replies, self._out_lengths
        others = []
        for slot, start, end, into, at in zip(_SLOTS, _STARTS, self._ends, _REPLY_STARTS, _REPLY_LENGTHS, strict=False):
            kept = known.get(octets[start + ID : end])
            if kept is None or kept.good_until <= now:
                others.append(slot)
                continue
            kept.uses += 1
            length = kept.length
            replies[into : into + length] = kept.tail
            lengths[at] = length
        self._unanswered = set(others)
        return others

    def _forget_interface(self, start: int) -> None:
        """Lets the routing table choose where a reply leaves; only link-local addresses need the interface."""
        data = start + _CONTROL_HEADER.size
        if self._address_size == _V4_SIZE:
            self._controls[data : data + 4] = _NO_INTERFACE
        elif self._controls[data : data + 2] != _LINK_LOCAL:
            self._controls[data + 16 : data + 20] = _NO_INTERFACE

    def send(self) -> None:
        """Sends the replies in line, each to where its packet came from."""
        count = len(self._ends)
        if not self._unanswered:
            self._send(0, count)
        else:
            for first, last in _runs([slot for slot in range(count) if slot not in self._unanswered]):
                self._send(first, last)

    def _send(self, slot: int, end: int) -> None:
        """Sends from one slot up to another. What the kernel refuses is given up; a full queue is waited for."""
        while slot < end:
            done = self._send_many(self._fd, self._at_sent + slot * 4 * _WORDS, end - slot, socket.MSG_DONTWAIT)
            if done < 0 and ctypes.get_errno() in (errno.EAGAIN, errno.ENOBUFS):
                if not select.select([], [self._fd], [], _PATIENCE)[1]:
                    return
                continue
            slot += max(done, 1)  # of a call that sent none, the first one is at fault

    def _headers(
        self, parts: list[tuple[bytearray, int, int]]
    ) -> "tuple[ctypes.Array[_Header], ctypes.Array[_Vector]]":
        """Headers of messages that consist of parts: slots of so many octets in a buffer, of which so many are used."""
        count = len(parts)
        vectors, headers = (_Vector * (SLOTS * count))(), (_Header * SLOTS)()
        at_addresses, at_controls = _address_of(self._addresses), _address_of(self._controls)
        for slot in _SLOTS:
            for number, (data, size, used) in enumerate(parts):
                vectors[slot * count + number] = _Vector(_address_of(data) + slot * size, used)
            message = headers[slot].message
            message.name = at_addresses + slot * _ADDRESS_SIZE
            message.name_length = self._address_size
            message.vectors = ctypes.addressof(vectors) + slot * count * ctypes.sizeof(_Vector)
            message.vector_count = count
            if self._with_control:
                message.control = at_controls + slot * _CONTROL_SIZE
                message.control_length = _CONTROL_SIZE
        return headers, vectors


def _runs(slots: list[int]) -> Iterator[tuple[int, int]]:
    """Neighbouring slots together: the first of them, and the one behind the last."""
    begin = 0
    for index, slot in enumerate(slots):
        if index + 1 == len(slots) or slots[index + 1] != slot + 1:
            yield slots[begin], slot + 1
            begin = index + 1


def _address_of(data: bytearray) -> int:
    return ctypes.addressof((ctypes.c_char * len(data)).from_buffer(data))
