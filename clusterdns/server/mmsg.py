"""Many packets per system call: recvmmsg and sendmmsg of Linux, by ctypes.

The kernel wants arrays of headers that point at addresses, control messages and data; `Headers` lays them out once, for
slots that are used again and again. Knows memory and sockets, no DNS. Where the system has no such calls, `AVAILABLE`
is false and the rest is not to be used.
"""

import ctypes
import errno
import select
import socket
import sys
from typing import Final

SLOTS: Final = 64
"""Packets per system call."""
ADDRESS_SIZE: Final = 28
"""Octets of a struct sockaddr_in6."""
V4_SIZE: Final = 16
"""Octets of a struct sockaddr_in."""
CONTROL_SIZE: Final = 64
"""Octets that a packet's control messages may take."""
WORDS: Final = 16
"""32-bit words of a header."""
LONGS: Final = 8
"""64-bit words of a header."""
CONTROL_LENGTH: Final = 5
"""Which 64-bit word of a header says how long its control messages are."""
DATA_LENGTH: Final = 14
"""Which 32-bit word of a header says how long the packet is that was received."""
_AT_ONCE: Final = int(socket.MSG_DONTWAIT)
_PATIENCE: Final = 50  # milliseconds that a full queue of the socket is waited for

Part = tuple[bytearray, int, int]
"""A part of messages: slots of so many octets in a buffer, of which so many are used."""


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
    if not sys.platform.startswith("linux") or ctypes.sizeof(_Header) != 4 * WORDS:
        return None
    library = ctypes.CDLL(None, use_errno=True)
    for call in ("recvmmsg", "sendmmsg"):
        if not hasattr(library, call):
            return None
    return library


_LIBRARY: Final = _load()
AVAILABLE: Final = _LIBRARY is not None


class Headers:
    """Headers of `SLOTS` messages on one UDP socket, each with an address, parts of data and, if wanted, control.

    `words`, `longs` and `lengths` are the headers as numbers of 32 and 64 bits, and the vectors of the parts as numbers
    of 64 bits: address and length by turns. Python reads and writes them faster than fields of structures.
    """

    def __init__(
        self, sock: socket.socket, parts: list[Part], addresses: bytearray, controls: bytearray | None = None
    ) -> None:
        assert _LIBRARY is not None
        self._receive_many, self._send_many = _LIBRARY.recvmmsg, _LIBRARY.sendmmsg
        self._fd = sock.fileno()
        count = len(parts)
        # Vectors and buffers are held here, since headers point at them by address only.
        self._held = [addresses, controls, *parts]
        self._vectors, self._headers = (_Vector * (SLOTS * count))(), (_Header * SLOTS)()
        for slot in range(SLOTS):
            for number, (data, size, used) in enumerate(parts):
                self._vectors[slot * count + number] = _Vector(_address_of(data) + slot * size, used)
            message = self._headers[slot].message
            message.name = _address_of(addresses) + slot * ADDRESS_SIZE
            message.name_length = V4_SIZE if sock.family == socket.AF_INET else ADDRESS_SIZE
            message.vectors = ctypes.addressof(self._vectors) + slot * count * ctypes.sizeof(_Vector)
            message.vector_count = count
            if controls is not None:
                message.control = _address_of(controls) + slot * CONTROL_SIZE
                message.control_length = CONTROL_SIZE
        begin = ctypes.addressof(self._headers)
        # Of arguments that are of ctypes' own types, or small numbers, it need not be told what they are: half of the
        # time that a call takes without the kernel.
        self._places = [ctypes.c_void_p(begin + slot * ctypes.sizeof(_Header)) for slot in range(SLOTS)]
        self._first = self._places[0]
        self.words = memoryview(self._headers).cast("B").cast("I")
        self.longs = memoryview(self._headers).cast("B").cast("Q")
        self.lengths = memoryview(self._vectors).cast("B").cast("Q")

    def receive(self) -> int:
        """Reads packets into slots from 0 on; gives how many there were."""
        count: int = self._receive_many(self._fd, self._first, SLOTS, _AT_ONCE, None)
        return max(0, count)

    def send(self, slot: int, end: int) -> None:
        """Sends from one slot up to another. What the kernel refuses is given up; a full queue is waited for."""
        while slot < end:
            done = self._send_many(self._fd, self._places[slot], end - slot, _AT_ONCE)
            if done < 0 and ctypes.get_errno() in (errno.EAGAIN, errno.ENOBUFS):
                queue = select.poll()
                queue.register(self._fd, select.POLLOUT)
                if not queue.poll(_PATIENCE):
                    return
                continue
            slot += max(done, 1)  # of a call that sent none, the first one is at fault


def _address_of(data: bytearray) -> int:
    return ctypes.addressof((ctypes.c_char * len(data)).from_buffer(data))
