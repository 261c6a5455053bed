"""DNS messages of the load, and what the answers have to be. Knows names, types and cookies, no server.

Written by hand, with nothing of the package that is measured, so that it is judged by others' eyes.
"""

import struct
from random import Random
from typing import Final, NamedTuple

A: Final = 1
SRV: Final = 33
AAAA: Final = 28
NOERROR: Final = 0
NXDOMAIN: Final = 3

_RD: Final = 0x0100
_HEADER: Final = struct.Struct("!6H")
_PAIR: Final = struct.Struct("!2H")
_IN: Final = 1
_OPT: Final = 41
_COOKIE: Final = 10
_PAYLOAD: Final = 1232  # octets over UDP (DNS flag day 2020)

_PLAIN: Final = _HEADER.pack(0, _RD, 1, 0, 0, 0)
_EXTENDED: Final = _HEADER.pack(0, _RD, 1, 0, 0, 1)
_COOKIE_OPT: Final = b"\0" + struct.pack("!HHIHHH", _OPT, _PAYLOAD, 0, 12, _COOKIE, 8)


Answers = frozenset[tuple[str, str]]
"""Type and data of records as text, in lower case."""


class Expected(NamedTuple):
    """What is right: the response code, and the records of the answer section; or those of one of the `others`."""

    rcode: int
    answers: Answers = frozenset()
    others: frozenset[Answers] = frozenset()


class Question(NamedTuple):
    """A query as bytes with ID 0, and the answer that it has to get."""

    wire: bytes
    expected: Expected


DENIED: Final = Expected(NXDOMAIN)
EMPTY: Final = Expected(NOERROR)


def name_of(text: str) -> bytes:
    """A name in wire form."""
    labels = text.rstrip(".").encode().split(b".")
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def plain(name: bytes, qtype: int) -> bytes:
    """A query as a stub resolver sends it."""
    return _PLAIN + name + _PAIR.pack(qtype, _IN)


def real(name: bytes, qtype: int, chance: Random) -> bytes:
    """A query as a careful client sends it: random case in the name (0x20), EDNS, a cookie that nobody else has."""
    cookie = chance.getrandbits(64).to_bytes(8, "big")
    return _EXTENDED + random_case(name, chance) + _PAIR.pack(qtype, _IN) + _COOKIE_OPT + cookie


def random_case(name: bytes, chance: Random) -> bytes:
    """The name with some letters in upper case."""
    size = len(name)
    flipped = int.from_bytes(name, "big") ^ (chance.getrandbits(8 * size) & _letters(name))
    return flipped.to_bytes(size, "big")


_masks: dict[bytes, int] = {}


def _letters(name: bytes) -> int:
    """The bit that tells upper from lower case, set for each letter."""
    mask = _masks.get(name)
    if mask is None:
        mask = int.from_bytes(bytes(0x20 if 0x61 <= octet <= 0x7A else 0 for octet in name), "big")
        _masks[name] = mask
    return mask


def question_end(wire: bytes) -> int:
    """Where the question section of a query ends."""
    at = _HEADER.size
    while wire[at]:
        at += 1 + wire[at]
    return at + 1 + _PAIR.size
