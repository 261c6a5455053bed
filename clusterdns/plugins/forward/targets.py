"""Where `forward` sends queries: its TO arguments read, and host names among them resolved.

Takes words and gives targets; files and the network come in as callables. Must not know how an upstream is asked.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from clusterdns.corefile import (
    DEFAULT_PORTS,
    host_ports_or_file,
    is_domain_name,
    join_host_port,
    parse_ip,
    quoted,
    split_host_port,
    split_transport,
)

DNS: Final = "dns"
TLS: Final = "tls"
HTTPS: Final = "https"

Lookup = Callable[[str], Awaitable[list[str]]]
"""The IP addresses of a host name; raises `LookupError` when there are none."""


class MissingFile(Exception):
    """What can only be meant as a file can't be read."""


@dataclass(frozen=True, slots=True)
class Target:
    """An upstream: `tls://9.9.9.9%dns.quad9.net`. `host` is an IP address, or a name if `unresolved`."""

    transport: str
    host: str
    port: int
    server_name: str = ""  # that its certificate must have, if not its address
    unresolved: bool = False

    def __str__(self) -> str:
        return join_host_port(self.host, self.port)


def parse_targets(word: str, read: Callable[[str], str]) -> list[Target]:
    """The targets that a TO argument names; none for a file without name servers.

    `read` returns the text of a file or raises `OSError`. Raises `ValueError` for what is no address, file or host
    name, and for transports other than DNS over UDP and TCP, TLS and HTTPS; `MissingFile` for a file, which may still
    come before the start.
    """
    transport, rest = split_transport(word)
    if transport not in (DNS, TLS, HTTPS):
        raise ValueError(f"'{transport}' is not supported as a destination protocol")
    if transport == HTTPS and "/" in rest:
        raise ValueError(f"{quoted(word)} has a path, which is always /dns-query")
    if not rest:
        raise ValueError(f"{quoted(word)} is not an address")
    try:
        addresses = host_ports_or_file(word, read)
    except ValueError:
        if "/" in rest:
            raise MissingFile(f"file '{rest}' can't be read") from None
        return [_parse_host_name(word)]
    return [_parse(address) for address in addresses]


def _parse(address: str) -> Target:
    transport, rest = split_transport(address)
    host, port = split_host_port(rest)
    ip, _, zone = host.partition("%")
    return Target(transport, str(parse_ip(ip)), _parse_port(port), zone if transport == TLS else "")


def _parse_host_name(word: str) -> Target:
    transport, rest = split_transport(word)
    try:
        host, port = split_host_port(rest)
    except ValueError:
        host, port = rest.strip("[]"), str(DEFAULT_PORTS[transport])
    host, _, zone = host.partition("%")
    # A name that ends in a number can't be a host's (RFC 3696 2): it is a mistyped address.
    if not is_domain_name(host) or _is_address(host) or host.rstrip(".").rpartition(".")[2].isdigit():
        raise ValueError(f"{quoted(word)} is not an IP address, a file or a host name")
    return Target(transport, host, _parse_port(port), zone if transport == TLS else "", unresolved=True)


def _parse_port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise ValueError(f"{quoted(text)} is not a port")
    return int(text)


def _is_address(host: str) -> bool:
    try:
        parse_ip(host)
    except ValueError:
        return False
    return True


async def resolve(targets: Iterable[Target], lookup: Lookup) -> list[Target]:
    """The targets by address, in order; of those with the same address and port only the first.

    Raises `LookupError` for a host name without addresses.
    """
    found: dict[str, Target] = {}
    for target in targets:
        hosts = await lookup(target.host) if target.unresolved else [target.host]
        for host in hosts:
            resolved = replace(target, host=host, unresolved=False)
            found.setdefault(str(resolved), resolved)
    return list(found.values())
