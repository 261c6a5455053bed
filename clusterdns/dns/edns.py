"""The OPT record (RFC 6891): what a query's says, and how a reply's is made, as CoreDNS does it.

Knows only the record; `message` finds it, `encode` appends it.
"""

import struct
from typing import Final

from clusterdns.dns.codes import DO, OPT

NSID: Final = 3
SUBNET: Final = 8
EXPIRE: Final = 9
COOKIE: Final = 10
KEEPALIVE: Final = 11
PADDING: Final = 12
EDE: Final = 15
_UPDATE_LEASE: Final = 2
_LONG_LIVED: Final = 1
_REPORT_CHANNEL: Final = 18
_ZONE_VERSION: Final = 19
_SHORTEST: Final = {_LONG_LIVED: 18, EDE: 2, _ZONE_VERSION: 2, _REPORT_CHANNEL: 1}
_LENGTHS: Final = {_UPDATE_LEASE: (4, 8), KEEPALIVE: (0, 2)}

ECHOED: Final = frozenset({NSID, EXPIRE, COOKIE, KEEPALIVE, PADDING})
"""Options that a reply gives back as they were sent; CoreDNS drops the others."""

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


def parse_opt(size: int, ttl: int, rdata: bytes) -> Opt | None:
    """Reads an OPT record from its class, TTL and data; None when an option overruns or is of impossible length."""
    options: list[Option] = []
    at = 0
    while at < len(rdata):
        if at + 4 > len(rdata):
            return None
        code, length = struct.unpack_from("!HH", rdata, at)
        at += 4
        value = rdata[at : at + length]
        if len(value) < length or not _possible(code, value):
            return None
        options.append((code, value))
        at += length
    return Opt(size, ttl & 0xFFFF, tuple(options), ttl >> 16 & 0xFF, ttl >> 24)


def _possible(code: int, value: bytes) -> bool:
    """Would the option be understood by the reader of CoreDNS? It calls a query FORMERR otherwise."""
    if code == SUBNET:
        return _possible_subnet(value)
    if code == EXPIRE:
        return not value or len(value) >= 4
    if code in _LENGTHS:
        return len(value) in _LENGTHS[code]
    return len(value) >= _SHORTEST.get(code, 0)


def _possible_subnet(value: bytes) -> bool:
    """RFC 7871 section 6: family, prefix lengths, then no more of the address than the family has."""
    if len(value) < 4:
        return False
    family, source, scope = struct.unpack_from("!HBB", value)
    bits = {0: 0, 1: 32, 2: 128}.get(family)
    return bits is not None and source <= bits and (family == 0 or scope <= bits)
