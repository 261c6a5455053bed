"""Addresses of upstreams that a Corefile gives by host name: found once, at the start.

Asks the given resolvers, or the system's. Must not know upstreams.
"""

import asyncio
import socket
import struct
from collections.abc import Sequence
from ipaddress import ip_address
from random import Random
from typing import Final

from clusterdns.departure import Departure
from clusterdns.dns import codes
from clusterdns.dns.exchange import NotAsked, parse_reply
from clusterdns.dns.names import BadName, encode_name
from clusterdns.dns.query import HEADER
from clusterdns.dns.wire import Unreadable
from clusterdns.plugins.forward.connection import Failure, Patience, Remote
from clusterdns.plugins.forward.pool import Keep
from clusterdns.plugins.forward.ports import Ports

_SECONDS: Final = 2.0
_KEEP: Final = Keep(lambda: 0.0, 0.0, 0.0, 0)  # nothing is asked twice


async def look_up(host: str, resolvers: Sequence[tuple[str, int]], chance: Random) -> list[str]:
    """The IP addresses of a host name, by the first resolver that knows some. Raises `LookupError`."""
    if not resolvers:
        return await _ask_system(host)
    reason = ""
    for resolver in resolvers:
        found: list[str] = []
        try:
            for qtype in (codes.A, codes.AAAA):
                found += await _ask(host, qtype, Remote(*resolver), chance)
        except (Failure, NotAsked, Unreadable, BadName) as error:
            reason = str(error)
        if found:
            return found
    raise LookupError(f"no addresses found for '{host}'" + (f": {reason}" if reason else ""))


async def _ask(host: str, qtype: int, resolver: Remote, chance: Random) -> list[str]:
    question = encode_name(host) + struct.pack("!HH", qtype, codes.IN)
    ports = Ports(resolver, Patience(_SECONDS), chance, _KEEP, Departure())
    try:
        wire = await ports.ask(HEADER.pack(0, codes.RD, 1, 0, 0, 0)[2:] + question)
    finally:
        ports.stop()
    answer = parse_reply(wire, question).answer
    return [str(ip_address(record.rdata)) for record in answer if record.rtype == qtype and record.rdata]


async def _ask_system(host: str) -> list[str]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as error:
        raise LookupError(f"failed to resolve '{host}': {getattr(error, 'strerror', None) or error}") from None
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
