"""What the keys of a server block mean: transport, zone, port; and which zones can't be served side by side.

Knows CoreDNS's reading (core/dnsserver: register.go, address.go). Must not know sockets: the addresses that a block
is bound to come in as text.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from clusterdns.corefile.errors import CorefileError, Place, quoted
from clusterdns.corefile.lexer import Token
from clusterdns.corefile.zones import normalize_name, split_transport, split_zones_port

DEFAULT_PORTS: Mapping[str, int] = MappingProxyType(
    {"dns": 53, "tls": 853, "quic": 853, "https": 443, "https3": 443, "grpc": 443, "unix": 0}
)


@dataclass(frozen=True, slots=True)
class ZoneKey:
    """One zone that a server block answers for.

    `zone` is presentation text, lower-case, with final dot; `port` is None if the key names none.
    """

    transport: str
    zone: str
    port: int | None
    place: Place = field(compare=False)

    def listen_port(self, dns_port: int = 53) -> int:
        """The port to listen on; `dns_port` is what plain DNS has when the key names none."""
        if self.port is not None:
            return self.port
        return dns_port if self.transport == "dns" else DEFAULT_PORTS[self.transport]


def parse_key(key: Token) -> list[ZoneKey]:
    """Reads one key of a server block, such as `example.org`, `dns://.:5353` or `10.0.0.0/15`.

    Several zones come out of a network off the octet boundary. Raises `CorefileError` if the key is no zone.
    """
    transport, rest = split_transport(key)
    try:
        names, port = split_zones_port(rest)
    except ValueError as error:
        raise CorefileError(key.place, str(error)) from None
    if port is not None and not 0 <= port <= 65535:
        raise CorefileError(key.place, f"port {port} of zone {quoted(key)} is not between 0 and 65535")
    return [ZoneKey(transport, normalize_name(name), port, key.place) for name in names]


class Claim(NamedTuple):
    """That a zone is to be served at an address; `address` is empty where the block has no `bind`.

    `filtered`: a `view` decides which queries the block takes, so that others may serve the same zone.
    """

    key: ZoneKey
    address: str = ""
    filtered: bool = False


def find_overlaps(claims: Iterable[Claim], dns_port: int = 53) -> list[CorefileError]:
    """An error for each claim that an earlier one excludes: the same, or the same but for the address
    where one of the two is unbound (CoreDNS's zoneOverlap).
    """
    problems = []
    taken: dict[tuple[str, str, int], dict[str, ZoneKey]] = {}
    for key, address, filtered in claims:
        port = key.listen_port(dns_port)
        others = taken.setdefault((key.transport, key.zone, port), {})
        text = f"{key.transport}://{key.zone}:{port}"
        at = f" on {address}" if address else ""
        if address in others:
            if not filtered:
                where = others[address].place
                problems.append(CorefileError(key.place, f"{text}{at} is already served by the block at {where}"))
        elif others and (not address or "" in others):
            other = next(iter(others.values())).place
            problems.append(CorefileError(key.place, f"{text}{at} overlaps with the block at {other}: bind both"))
        elif not filtered:
            others[address] = key
    return problems
