"""Names as they stand in a message: labels, and pointers to where the rest stands (RFC 1035 4.1.4).

Every message comes from strangers, so each step is checked and the work for a name is bounded. Knows only bytes.
"""

from collections.abc import Iterator
from typing import Final

from clusterdns.dns.names import MAX_LENGTH
from clusterdns.dns.record import FIXED

QUESTION_POINTER: Final = b"\xc0\x0c"
"""A pointer to the name in the question, which stands behind the header."""
_MAX_POINTERS: Final = 126  # as many as a name of 255 octets could need


class Unreadable(Exception):
    """A message contradicts itself."""


class Overrun(Unreadable):
    """A message ends too early."""


def read_name(wire: bytes, start: int) -> tuple[bytes, int]:
    """The spelled name that begins at `start`, uncompressed, and where in the message it ends.

    Raises `Unreadable` for labels of unknown kind, too many pointers and more than 255 octets, `Overrun` when the
    message ends within the name.
    """
    at = start
    try:
        while octet := wire[at]:
            if octet > 63:
                return _follow(wire, start)
            at += 1 + octet
    except IndexError:
        raise Overrun("the message ends within a name") from None
    at += 1
    if at - start > MAX_LENGTH:
        raise Unreadable("a name of more than 255 octets")
    return wire[start:at], at


def _follow(wire: bytes, at: int) -> tuple[bytes, int]:
    """A name with pointers in it."""
    labels, length, pointers, end = [], 1, 0, 0
    try:
        while octet := wire[at]:
            if octet >= 192:
                pointers += 1
                if pointers > _MAX_POINTERS:
                    raise Unreadable("a name with too many pointers")
                end = end or at + 2
                at = (octet & 0x3F) << 8 | wire[at + 1]
                continue
            if octet > 63:
                raise Unreadable("a label of unknown kind")
            labels.append(wire[at : at + 1 + octet])
            at += 1 + octet
            length += 1 + octet
            if length > MAX_LENGTH:
                raise Unreadable("a name of more than 255 octets")
    except IndexError:
        raise Overrun("the message ends within a name") from None
    return b"".join([*labels, b"\0"]), end or at + 1


def read_records(wire: bytes, at: int, count: int) -> Iterator[tuple[int, int, int]]:
    """Type, TTL (seconds; OPT has something else there) and end of `count` records, the first of which begins at `at`.

    Raises `Unreadable` or `Overrun` as `read_name` does.
    """
    for _ in range(count):
        _, at = read_name(wire, at)
        if at + FIXED.size > len(wire):
            raise Overrun("the message ends within a record")
        rtype, _, ttl, length = FIXED.unpack_from(wire, at)
        at += FIXED.size + length
        yield rtype, ttl, at
