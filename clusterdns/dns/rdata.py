"""Domain names inside record data: where they stand, for compression, for rewriting, and to read them from a message.

RFC 1035 lets names in the types it defines be compressed; in later types they stand whole (RFC 3597 section 4), yet
other names may point at them. Knows only wire form.
"""

from collections.abc import Callable
from typing import Final

from clusterdns.dns import codes
from clusterdns.dns.wire import Unreadable, read_name

# type -> (octets before the first name, how many names follow each other)
_COMPRESSIBLE: Final = {
    codes.NS: (0, 1), 3: (0, 1), 4: (0, 1), codes.CNAME: (0, 1), codes.SOA: (0, 2), 7: (0, 1), 8: (0, 1), 9: (0, 1),
    codes.PTR: (0, 1), 14: (0, 2), codes.MX: (2, 1),
}  # fmt: skip
_WHOLE: Final = {
    17: (0, 2), 18: (2, 1), 21: (2, 1), 23: (0, 1), 26: (2, 2), codes.SRV: (6, 1), 36: (2, 1), codes.DNAME: (0, 1),
    codes.RRSIG: (18, 1), codes.NSEC: (0, 1), 58: (0, 2), codes.SVCB: (2, 1), codes.HTTPS: (2, 1), 107: (2, 1),
}  # fmt: skip

# What follows the names: nothing, but for these types; None is any number of octets.
_TRAILING: Final = {codes.SOA: 20, codes.RRSIG: None, codes.NSEC: None, codes.SVCB: None, codes.HTTPS: None}

ADDRESS_SIZES: Final = {codes.A: 4, codes.AAAA: 16}
"""Octets of the data of the types that hold an address."""

HAS_NAMES: Final = frozenset((*_COMPRESSIBLE, *_WHOLE, codes.NAPTR))
"""Types whose data holds names."""


def names_in(rtype: int, rdata: bytes) -> tuple[list[tuple[int, int]], bool]:
    """The spans of the names in uncompressed `rdata`, and whether they may be compressed."""
    if rtype in _COMPRESSIBLE:
        return _spans(rdata, *_COMPRESSIBLE[rtype]), True
    if rtype in _WHOLE:
        return _spans(rdata, *_WHOLE[rtype]), False
    if rtype == codes.NAPTR:
        return _spans(rdata, _after_strings(rdata, 4, 3), 1), False
    return [], False


def expand_names(rtype: int, wire: bytes, start: int, end: int) -> bytes:
    """The data between two places of a message, of a type in `HAS_NAMES`, with its names uncompressed.

    Raises `Unreadable` when the names don't fit the data's length.
    """
    first, count = _COMPRESSIBLE.get(rtype) or _WHOLE.get(rtype) or (_after_strings(wire, start + 4, 3) - start, 1)
    at = start + first
    parts = [wire[start:at]]
    for _ in range(count):
        if at >= end:
            raise Unreadable("record data ends before its names")
        name, at = read_name(wire, at)
        parts.append(name)
    trailing = _TRAILING.get(rtype, 0)
    if at > end or trailing not in (None, end - at):
        raise Unreadable("record data does not have the length that its type wants")
    parts.append(wire[at:end])
    return b"".join(parts)


def replace_names(rtype: int, rdata: bytes, replace: Callable[[bytes], bytes]) -> bytes:
    """The data with every name in it replaced by what `replace` makes of it."""
    out, at = [], 0
    for start, end in names_in(rtype, rdata)[0]:
        out += [rdata[at:start], replace(rdata[start:end])]
        at = end
    return b"".join([*out, rdata[at:]])


def _spans(rdata: bytes, start: int, count: int) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for _ in range(count):
        end = start
        while end < len(rdata) and rdata[end]:
            end += 1 + rdata[end]
        end += 1
        if end > len(rdata):
            return spans
        spans.append((start, end))
        start = end
    return spans


def _after_strings(rdata: bytes, at: int, count: int) -> int:
    for _ in range(count):
        if at < len(rdata):
            at += 1 + rdata[at]
    return at
