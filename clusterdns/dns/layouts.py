"""What the data of a record looks like, type by type: whether what stands in a message can be read at all.

The rules are those of CoreDNS's library (miekg/dns), which takes every record of a query to pieces and answers FORMERR
if that fails. It lets data end behind any field, and takes data of types that it does not know as it is. Knows bytes.
"""

from collections.abc import Callable
from typing import Final

from clusterdns.dns import codes
from clusterdns.dns.wire import Unreadable, read_name

_Field = int | Callable[[bytes, int], int]
"""So many octets; or where the field ends that begins at a place of a message, which ends where the data ends."""


def check_rdata(wire: bytes, rtype: int, start: int, end: int) -> None:
    """Raises `Unreadable` if the data from `start` to `end` of a message is not what the type wants."""
    fields = _FIELDS.get(rtype)
    if fields is None or start == end:
        return
    part, at = wire[:end], start
    try:
        for field in fields:
            at = at + field if isinstance(field, int) else field(part, at)
            if at >= end:
                break
    except IndexError:
        raise Unreadable("record data that ends too early") from None
    if at != end:
        raise Unreadable("record data does not have the length that its type wants")


def _name(wire: bytes, at: int) -> int:
    return read_name(wire, at)[1]


def _string(wire: bytes, at: int) -> int:
    return at + 1 + wire[at]


def _rest(wire: bytes, at: int) -> int:
    return max(at, len(wire))


def _sized(size: int, then: int = 0) -> _Field:
    """As many octets as the last field says, an integer of `size` octets, and as many more as `then`."""
    return lambda wire, at: at + int.from_bytes(wire[at - size : at], "big") + then


def _each(field: Callable[[bytes, int], int]) -> _Field:
    """Such fields up to the end."""

    def check(wire: bytes, at: int) -> int:
        while at < len(wire):
            at = field(wire, at)
        return at

    return check


def _gateway(back: int) -> _Field:
    """Of the kind that the octet says which stands so far back (RFC 4025 2.3, RFC 8777 4.2.3)."""

    def check(wire: bytes, at: int) -> int:
        kind = wire[at - back]
        return _name(wire, at) if kind == 3 else at + {1: 4, 2: 16}.get(kind, 0)

    return check


def _host_identity(wire: bytes, at: int) -> int:
    """Tag and key, whose lengths stand before, as does the key's algorithm (RFC 8005 5)."""
    return at + wire[at - 4] + int.from_bytes(wire[at - 2 : at], "big")


def _types(wire: bytes, at: int) -> int:
    """Windows of types, in increasing order and none empty (RFC 4034 4.1.2)."""
    last = -1
    while at < len(wire):
        window, size = wire[at], wire[at + 1]
        if window <= last or not 0 < size <= 32:
            raise Unreadable("a bitmap of types that is out of order")
        last, at = window, at + 2 + size
    return at


def _prefix(wire: bytes, at: int) -> int:
    """An address prefix (RFC 3123 4) without zeros at its end."""
    family, bits, size = int.from_bytes(wire[at : at + 2], "big"), wire[at + 2], wire[at + 3] & 0x7F
    octets, end = {1: 4, 2: 16}.get(family, -1), at + 4 + size
    if bits > 8 * octets or size > octets or (size and not wire[end - 1]):
        raise Unreadable("an address prefix that is none")
    return end


def _parameters(wire: bytes, at: int) -> int:
    """Service parameters in increasing order of their keys (RFC 9460 2.2)."""
    last = -1
    while at < len(wire):
        if at + 4 > len(wire):
            raise Unreadable("a service parameter that ends too early")
        key, size = int.from_bytes(wire[at : at + 2], "big"), int.from_bytes(wire[at + 2 : at + 4], "big")
        value, end = wire[at + 4 : at + 4 + size], at + 4 + size
        is_right = _PARAMETERS.get(key)
        if key <= last or key == _RESERVED_KEY or (is_right is not None and not is_right(value)):
            raise Unreadable(f"a service parameter {key} that is none")
        last, at = key, end
    return at


def _are_strings(value: bytes) -> bool:
    at = 0
    while at < len(value):
        at += 1 + value[at]
    return at == len(value)


def _are_ipv6(value: bytes) -> bool:
    addresses = [value[at : at + 16] for at in range(0, len(value), 16)]
    return len(value) % 16 == 0 and bool(value) and not any(a.startswith(_MAPPED) for a in addresses)


_MAPPED: Final = bytes(10) + b"\xff\xff"  # how IPv4 addresses begin that are written as IPv6
_RESERVED_KEY: Final = 0xFFFF
_PARAMETERS: Final[dict[int, Callable[[bytes], bool]]] = {
    0: lambda value: len(value) % 2 == 0,  # mandatory
    1: _are_strings,  # alpn
    2: lambda value: not value,  # no-default-alpn
    3: lambda value: len(value) == 2,  # port
    4: lambda value: len(value) % 4 == 0 and bool(value),  # ipv4hint
    6: _are_ipv6,
    8: lambda value: not value,  # ohttp
}

_BY_NAME: Final[dict[tuple[_Field, ...], str]] = {
    (): "ANY NXNAME",
    (4,): "A GID UID",
    (16,): "AAAA",
    (6,): "EUI48",
    (8,): "EUI64",
    (_name,): "CNAME DNAME MB MD MF MG MR NS NSAP-PTR PTR",
    (_name, _name): "MINFO RP TALINK",
    (2, _name): "AFSDB KX LP MX RT",
    (2, _name, _name): "PX",
    (2, 4): "L32",
    (2, 8): "L64 NID",
    (2, 2, 2, _name): "SRV",
    (2, 2, _string, _string, _string, _name): "NAPTR",
    (2, _name, _parameters): "HTTPS SVCB",
    (2, 2, _rest): "URI",
    (2, 2, 1, _rest): "CERT",
    (2, 1, 1, _rest): "CDNSKEY CDS DLV DNSKEY DS KEY RKEY TA",
    (1, 1, 1, _rest): "SMIMEA TLSA",
    (1, 1, _rest): "SSHFP",
    (4, 1, 1, _rest): "ZONEMD",
    (1, _string, _rest): "CAA",
    (1, 1, 1, 1, 4, 4, 4): "LOC",
    (1, 1, 1, _gateway(2), _rest): "IPSECKEY",
    (1, 1, _gateway(1)): "AMTRELAY",
    (1, 1, 2, _host_identity, _each(_name)): "HIP",
    (2, 1, 1, 4, 4, 4, 2, _name, _rest): "RRSIG SIG",
    (_name, _types): "NSEC NXT",
    (1, 1, 2, 1, _sized(1, then=1), _sized(1), _types): "NSEC3",
    (1, 1, 2, 1, _sized(1)): "NSEC3PARAM",
    (4, 2, _types): "CSYNC",
    (_name, _name, 4, 4, 4, 4, 4): "SOA",
    (_name, 4, 4, 2, 2, 2, _sized(2, then=2), _sized(2)): "TKEY",
    (_name, 6, 2, 2, _sized(2, then=2), 2, 2, _sized(2)): "TSIG",
    (_string,): "UINFO X25",
    (_string, _string): "HINFO ISDN",
    (_string, _string, _string): "GPOS",
    (_each(_string),): "AVC NINFO RESINFO SPF TXT",
    (_each(_prefix),): "APL",
}
_FIELDS: Final = {codes.TYPES[name]: fields for fields, names in _BY_NAME.items() for name in names.split()}
