"""A running server, asked over the network, beside what the manifests would give.

Knows how to put both together; the network itself is a callable. What differs is judged in `reasons.differences`.
"""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from clusterdns.dns import codes
from clusterdns.dns.names import from_labels
from clusterdns.dns.record import Record
from clusterdns.dns.reply import Reply
from clusterdns.explain.serving import Asked, Remote, Sites

Exchange = Callable[[bytes, int], Reply | str]
"""Asks a server for a name and a type: its reply, or a sentence on why there is none. Blocks meanwhile."""


@dataclass
class RemoteServer:
    """The server called `name`. `written` is the newest of the manifests' files, and its time."""

    name: str
    exchange: Exchange
    sites: Sites
    written: tuple[str, float] | None = None
    _states: dict[bytes, tuple[int, int] | None] = field(default_factory=dict)

    async def ask(self, name: bytes, qtype: int) -> Asked:
        """The server's answer; with what the manifests would give, if the name is one of the cluster."""
        reply = await asyncio.to_thread(self.exchange, name, qtype)
        remote = Remote(self.name, written=self.written)
        if isinstance(reply, str):
            return Asked(name, qtype, None, silence=reply, remote=remote)
        table = self.sites.table_for(name.lower())
        zone = table.zone_of(name.lower()) if table is not None else None
        if zone is not None:
            expected = await self.sites.ask(name, qtype)
            serial, ttl = await self._state(zone.name) or (None, None)
            remote = replace(remote, expected=expected, serial=serial, fresh_ttl=ttl)
        return Asked(name, qtype, reply, remote=remote)

    async def _state(self, zone: bytes) -> tuple[int, int] | None:
        """Serial and TTL of the SOA record by which the server denies a name that nobody has asked before."""
        if zone not in self._states:
            name = from_labels([b"explain-" + secrets.token_hex(8).encode()], zone)
            reply = await asyncio.to_thread(self.exchange, name, codes.A)
            records = [] if isinstance(reply, str) else [each for each in reply.authority if each.rtype == codes.SOA]
            self._states[zone] = (_serial(records[0]), records[0].ttl) if records else None
        return self._states[zone]


def _serial(soa: Record) -> int:
    return int.from_bytes(soa.rdata[-20:-16], "big")
