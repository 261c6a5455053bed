"""Domain names as wire bytes.

A *name* is the uncompressed wire form with A to Z in lower case: the key of everything here. A *spelled* name is the
same bytes in the case that somebody wrote. A `str` is called text. Knows nothing of messages.
"""

import ipaddress
from collections.abc import Iterator
from typing import Final

Name = bytes
IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

ROOT: Final[Name] = b"\0"
MAX_LENGTH: Final = 255  # octets of a name in wire form (RFC 1035 2.3.4)
MAX_LABEL: Final = 63
IN_ADDR: Final[Name] = b"\x07in-addr\x04arpa\0"
IP6: Final[Name] = b"\x03ip6\x04arpa\0"

_PLAIN: Final = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"  # octets of most names
_SPECIAL: Final = frozenset(b".\"\\;@()' ")  # octets that presentation form escapes with a backslash


class BadName(ValueError):
    """Text that is no domain name; the message says why."""


def encode_name(text: str) -> bytes:
    r"""Presentation form to wire form, the case kept.

    A missing final dot is added. `\.` and `\DDD` are understood (RFC 1035 5.1). Raises `BadName` for an empty
    label, a label over 63 octets or a name over 255.
    """
    if text in (".", ""):
        return ROOT
    if "\\" not in text:
        labels = text.removesuffix(".").encode("utf-8", "surrogateescape").split(b".")
    else:
        labels = _unescape(text)
    wire = bytearray()
    for label in labels:
        if not label:
            raise BadName(f"'{text}' has an empty label")
        if len(label) > MAX_LABEL:
            raise BadName(f"'{text}' has a label of {len(label)} octets (63 is the most)")
        wire.append(len(label))
        wire += label
    wire.append(0)
    if len(wire) > MAX_LENGTH:
        raise BadName(f"'{text}' is {len(wire)} octets long (255 is the most)")
    return bytes(wire)


def parse_name(text: str) -> Name:
    """Presentation form to a name (lower case). Raises `BadName` as `encode_name` does."""
    return encode_name(text).lower()


def _unescape(text: str) -> list[bytes]:
    labels, label, octets = [], bytearray(), iter(text.encode("utf-8", "surrogateescape"))
    for octet in octets:
        if octet == 0x2E:
            labels.append(bytes(label))
            label.clear()
        elif octet == 0x5C:
            label.append(_escaped(text, octets))
        else:
            label.append(octet)
    if label:
        labels.append(bytes(label))
    return labels


def _escaped(text: str, octets: Iterator[int]) -> int:
    """The octet that stands behind a backslash: itself, or three digits."""
    first = next(octets, None)
    if first is None:
        raise BadName(f"'{text}' ends in a backslash")
    if not 0x30 <= first <= 0x39:
        return first
    digits = bytes([first, next(octets, 0), next(octets, 0)])
    if not digits.isdigit() or int(digits) > 255:
        raise BadName(f"'{text}' has a bad escape (\\DDD is three digits up to 255)")
    return int(digits)


def name_text(wire: bytes) -> str:
    """Wire form to presentation form with a final dot; the case is kept."""
    parts = labels(wire)
    text = b".".join([*parts, b""])
    if len(text.translate(None, _PLAIN)) == len(parts) > 0:  # nothing but the dots between labels is left
        return text.decode("ascii")
    return "".join(label_text(label) + "." for label in parts) or "."


def label_text(label: bytes) -> str:
    """One label in presentation form."""
    if label.isalnum() or not (_SPECIAL.intersection(label) or min(label) < 0x21 or max(label) > 0x7E):
        return label.decode("ascii")
    return "".join(
        f"\\{chr(octet)}" if octet in _SPECIAL else chr(octet) if 0x20 <= octet <= 0x7E else f"\\{octet:03d}"
        for octet in label
    )


def labels(wire: bytes) -> list[bytes]:
    """The labels from left to right, without the root's."""
    out, at = [], 0
    while length := wire[at]:
        out.append(wire[at + 1 : at + 1 + length])
        at += 1 + length
    return out


def count_labels(wire: bytes) -> int:
    """How many labels there are, the root's not counted (RFC 4034 3.1.3)."""
    count = at = 0
    while length := wire[at]:
        at += 1 + length
        count += 1
    return count


def from_labels(parts: list[bytes], zone: Name = ROOT) -> bytes:
    """Labels from left to right, in front of `zone`."""
    return b"".join([bytes([len(part)]) + part for part in parts]) + zone


def parent(wire: bytes) -> bytes:
    """The name without its leftmost label; the root is its own parent."""
    return wire[1 + wire[0] :] if wire[0] else wire


def suffixes(wire: bytes) -> Iterator[bytes]:
    """The name itself, then each of its parents, the root last."""
    at = 0
    while length := wire[at]:
        yield wire[at:]
        at += 1 + length
    yield ROOT


def is_subdomain(name: bytes, zone: Name) -> bool:
    """Is `name` the zone's apex or below it (RFC 8499, "subdomain")? Both in lower case."""
    return zone == ROOT or offset_of(name, zone) is not None


def offset_of(name: bytes, zone: Name) -> int | None:
    """Where in `name` the zone begins, None if it is not below it. Ends only on a label's border.

    `name` may be octets that are no name at all.
    """
    if not name.endswith(zone):
        return None
    border, at = len(name) - len(zone), 0
    while at < border:
        length = name[at]
        if length > MAX_LABEL:
            return None
        at += 1 + length
    return at if at == border else None


def longest_match(name: bytes, zones: tuple[Name, ...]) -> Name | None:
    """The longest of the zones that `name` is in, None if it is in none."""
    if not name.endswith(zones):
        return None
    best: Name | None = None
    for zone in zones:
        if name.endswith(zone) and (best is None or len(zone) > len(best)) and is_subdomain(name, zone):
            best = zone
    return best


def reverse_name(address: IPAddress | str) -> Name:
    """The name under in-addr.arpa or ip6.arpa whose PTR tells of the address (RFC 1035 3.5, RFC 3596 2.5)."""
    return parse_name(ipaddress.ip_address(address).reverse_pointer)


def address_of(name: Name) -> IPAddress | None:
    """The address that a reverse name stands for, None when it is no whole one."""
    if (at := offset_of(name, IN_ADDR)) is not None:
        return _address_v4(labels(name[:at] + ROOT))
    if (at := offset_of(name, IP6)) is not None:
        return _address_v6(labels(name[:at] + ROOT))
    return None


def _address_v4(parts: list[bytes]) -> IPAddress | None:
    if len(parts) != 4:
        return None
    try:
        return ipaddress.IPv4Address(b".".join(reversed(parts)).decode("ascii"))
    except ValueError:
        return None


def _address_v6(parts: list[bytes]) -> IPAddress | None:
    if len(parts) != 32 or any(len(part) != 1 for part in parts):
        return None
    try:
        return ipaddress.IPv6Address(int(b"".join(reversed(parts)), 16))
    except ValueError:
        return None
