"""Addresses as texts, packed, and as reverse names, the way Go's net package reads and writes them.

Knows no object and no record.
"""

from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final

from clusterdns.dns.names import IN_ADDR, IP6, ROOT, Name, address_of, from_labels, labels, offset_of

_NIBBLES: Final = 32


def pack_address(text: str) -> bytes | None:
    """The 4 or 16 octets of an IP address, None for any other text. An IPv4 address mapped into IPv6 is IPv4."""
    try:
        if ":" not in text:
            return IPv4Address(text).packed
        address = IPv6Address(text)
    except AddressValueError:
        return None
    if address.scope_id is not None:
        return None
    return address.ipv4_mapped.packed if address.ipv4_mapped else address.packed


def dashed(address: str) -> str:
    """An address as a label of a Pod's name has it: with dashes instead of dots and colons."""
    return address.replace(".", "-").replace(":", "-")


def reversed_address(name: Name) -> str | None:
    """The address, in its shortest text, of a name below in-addr.arpa or ip6.arpa; None if it is no whole one.

    Like CoreDNS, reads only the 32 labels next to ip6.arpa when there are up to three more.
    """
    if offset_of(name, IN_ADDR) is not None:
        address = address_of(name)
        return None if address is None else str(address)
    at = offset_of(name, IP6)
    if at is None:
        return None
    nibbles = labels(name[:at] + ROOT)
    if not _NIBBLES <= len(nibbles) < _NIBBLES + 4:
        return None
    address = address_of(from_labels(nibbles[-_NIBBLES:], IP6))
    if not isinstance(address, IPv6Address):
        return None
    return str(address.ipv4_mapped or address)
