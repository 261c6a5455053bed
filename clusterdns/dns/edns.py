"""The OPT record (RFC 6891): what a query's says, and how a reply's is made, as CoreDNS does it.

Knows only the record; `query` finds it, `encode` appends it.
"""

import struct
from collections.abc import Callable
from typing import Final

from clusterdns.dns.codes import DO, OPT
from clusterdns.dns.wire import Unreadable, read_name

_LONG_LIVED: Final = 1
_UPDATE_LEASE: Final = 2
NSID: Final = 3
SUBNET: Final = 8
EXPIRE: Final = 9
COOKIE: Final = 10
KEEPALIVE: Final = 11
PADDING: Final = 12
EDE: Final = 15
_REPORT_CHANNEL: Final = 18
_ZONE_VERSION: Final = 19

ECHOED: Final = frozenset({NSID, EXPIRE, COOKIE, KEEPALIVE, PADDING})
"""Options of the client that a reply gives back, unless a plugin adds some; CoreDNS drops the others."""

Option = tuple[int, bytes]


class Opt:
    """An OPT record: `size` is the UDP payload that the sender takes, in octets; `flags` are DO and reserved bits."""

    __slots__ = ("flags", "options", "rcode_high", "size", "version")

    def __init__(
        self, size: int, flags: int = 0, options: tuple[Option, ...] = (), version: int = 0, rcode_high: int = 0
    ) -> None:
        self.size = size
        self.flags = flags
        self.options = options
        self.version = version
        self.rcode_high = rcode_high

    @property
    def do(self) -> bool:
        """DNSSEC OK (RFC 3225)."""
        return bool(self.flags & DO)

    def encode(self) -> bytes:
        """The record as it stands in the additional section."""
        data = b"".join([struct.pack("!HH", code, len(value)) + value for code, value in self.options])
        return struct.pack("!BHHBBHH", 0, OPT, self.size, self.rcode_high, self.version, self.flags, len(data)) + data


def extended_error(code: int, reason: str = "") -> Opt:
    """The OPT record of a reply with an extended error (RFC 8914), as CoreDNS makes it: for 4096 octets, with DO."""
    return Opt(4096, DO, ((EDE, code.to_bytes(2, "big") + reason.encode("utf-8", "surrogateescape")),))


def parse_opt(size: int, ttl: int, rdata: bytes) -> Opt | None:
    """Reads an OPT record from its class, TTL and data; None when an option overruns or is of impossible length.

    Options are kept as CoreDNS, which takes them to pieces, would write them again: a zero keepalive is empty, of a
    client subnet only the bits of its prefix are left.
    """
    options: list[Option] = []
    at = 0
    while at < len(rdata):
        if at + 4 > len(rdata):
            return None
        code, length = struct.unpack_from("!HH", rdata, at)
        at += 4
        value = rdata[at : at + length]
        understood = _READERS.get(code, bytes)(value)
        if len(value) < length or understood is None:
            return None
        options.append((code, understood))
        at += length
    return Opt(size, ttl & 0xFFFF, tuple(options), ttl >> 16 & 0xFF, ttl >> 24)


def _long_lived(value: bytes) -> bytes | None:
    return value[:18] if len(value) >= 18 else None


def _update_lease(value: bytes) -> bytes | None:
    if len(value) not in (4, 8):
        return None
    return value if any(value[4:]) else value[:4]


def _subnet(value: bytes) -> bytes | None:
    """RFC 7871 section 6: family, prefix lengths, then so much of the address as the prefix has."""
    if len(value) < 4:
        return None
    family, source, scope = struct.unpack_from("!HBB", value)
    bits = {0: 0, 1: 32, 2: 128}.get(family)
    if bits is None or source > bits or (family and scope > bits):
        return None
    octets = bits // 8
    address = int.from_bytes(value[4 : 4 + octets].ljust(octets, b"\0"), "big")
    prefix: int = address >> bits - source << bits - source
    return value[:4] + prefix.to_bytes(octets, "big")[: (source + 7) // 8]


def _expire(value: bytes) -> bytes | None:
    return value[:4] if not value or len(value) >= 4 else None


def _keepalive(value: bytes) -> bytes | None:
    if len(value) not in (0, 2):
        return None
    return value if any(value) else b""


def _two_or_more(value: bytes) -> bytes | None:
    return value if len(value) >= 2 else None


def _report_channel(value: bytes) -> bytes | None:
    try:
        return read_name(value, 0)[0]
    except Unreadable:
        return None


_READERS: Final[dict[int, Callable[[bytes], bytes | None]]] = {
    _LONG_LIVED: _long_lived, _UPDATE_LEASE: _update_lease, SUBNET: _subnet, EXPIRE: _expire, KEEPALIVE: _keepalive,
    EDE: _two_or_more, _REPORT_CHANNEL: _report_channel, _ZONE_VERSION: _two_or_more,
}  # fmt: skip
