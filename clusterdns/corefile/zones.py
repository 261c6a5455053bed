"""Names of zones as a Corefile writes them: with scheme and port, or as a network that is a reverse zone.

Knows CoreDNS's normalisation (plugin/normalize.go): lower case, final dot, port and scheme cut off where they are
such, `10.0.0.0/15` split into the zones at the octet boundary (at the nibble for IPv6).
Must not know server blocks, nor how names look on the wire.
"""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from ipaddress import IPv4Network, IPv6Network

from clusterdns.corefile.errors import quoted
from clusterdns.corefile.values import parse_integer, parse_network

TRANSPORTS = ("tls", "dns", "quic", "grpc", "https3", "https", "unix")
_ESCAPED = re.compile(rb"\\(?:[01][0-9]{2}|2[0-4][0-9]|25[0-5]|[^0-9])")


def normalize_name(text: str) -> str:
    """`text` in lower case and with a final dot; it may be no name at all."""
    backslashes = len(text) - 1 - len(text[:-1].rstrip("\\"))
    absolute = text.endswith(".") and backslashes % 2 == 0
    return (text if absolute else text + ".").lower()


def is_domain_name(text: str) -> bool:
    """Whether `text` is a domain name in presentation form: labels of 1 to 63 octets, 255 octets on the wire."""
    try:
        octets = _ESCAPED.sub(b"x", normalize_name(text).encode())
    except UnicodeEncodeError:
        return False
    if not text or b"\\" in octets or not octets.endswith(b".") or len(octets) > 254:
        return False
    return octets == b"." or all(1 <= len(label) <= 63 for label in octets[:-1].split(b"."))


def split_transport(text: str) -> tuple[str, str]:
    """Cuts off a scheme that CoreDNS knows: `tls://a.example` is tls and `a.example`; without one it is dns."""
    scheme, mark, rest = text.partition("://")
    return (scheme, rest) if mark and scheme in TRANSPORTS else ("dns", text)


def split_zones_port(text: str) -> tuple[list[str], int | None]:
    """Cuts `text`, a zone without scheme, into names and port (None if it has none).

    A network gives its reverse zones, of which there may be several. What follows the last colon is a port if it is
    a number, and part of the name if not. Raises `ValueError` if nothing follows it or the rest is no domain name.
    """
    if not text or text.endswith(":"):
        raise ValueError(f"zone {quoted(text)} ends where a name or port should follow")
    zone, port = text, None
    head, colon, tail = text.rpartition(":")
    if colon:
        with suppress(ValueError):
            zone, port = head, parse_integer(tail)
    if not is_domain_name(zone):
        raise ValueError(f"zone {quoted(zone)} is not a domain name")
    try:
        network = parse_network(zone)
    except ValueError:
        return [zone], port
    if zone[0] == ":" or (zone[0] == "0" and ":" in zone):
        raise ValueError(f"zone {quoted(zone)} is not a network that a reverse zone can stand for")
    return reverse_zones(network), port


def reverse_zones(network: IPv4Network | IPv6Network) -> list[str]:
    """The reverse zones that together hold the addresses of `network` and no others."""
    bits_of_label = 8 if network.version == 4 else 4
    labels = -(-network.prefixlen // bits_of_label)
    zones = []
    for part in network.subnets(new_prefix=labels * bits_of_label):
        address = part.network_address.reverse_pointer.split(".")
        zones.append(".".join(address[-labels - 2 :]) + ".")
    return zones


def normalize_zones(text: str) -> list[str]:
    """The zones that an argument names, without scheme and port; none if it is no domain name."""
    try:
        names, _ = split_zones_port(split_transport(text)[1])
    except ValueError:
        return []
    return [normalize_name(name) for name in names]


def zones_or(arguments: Iterable[str], default: Sequence[str]) -> tuple[str, ...]:
    """The zones that `arguments` name, or `default` if there are no arguments.

    As in CoreDNS an argument that is no domain name is left out silently.
    """
    given = list(arguments)
    if not given:
        return tuple(default)
    return tuple(zone for argument in given for zone in normalize_zones(argument))
