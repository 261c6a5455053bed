"""A running server, asked over the network, beside what the manifests would give.

Knows how to put both together; the network itself is a callable. What differs is judged in `reasons.differences`.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from clusterdns.dns import codes
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
    _serials: dict[bytes, int | None] = field(default_factory=dict)

    async def ask(self, name: bytes, qtype: int) -> Asked:
        """The server's answer; with what the manifests would give, if the name is one of the cluster."""
        reply = await asyncio.to_thread(self.exchange, name, qtype)
        remote = Remote(self.name, written=self.written)
        table = self.sites.table_for(name.lower())
        zone = table.zone_of(name.lower()) if table is not None else None
        if zone is not None:
            expected = await self.sites.ask(name, qtype)
            remote = replace(remote, expected=expected, serial=await self._serial(zone.name))
        if isinstance(reply, str):
            return Asked(name, qtype, None, silence=reply, remote=remote)
        return Asked(name, qtype, reply, remote=remote)

    async def _serial(self, zone: bytes) -> int | None:
        """The serial of the server's SOA record, asked for once."""
        if zone not in self._serials:
            reply = await asyncio.to_thread(self.exchange, zone, codes.SOA)
            records = [] if isinstance(reply, str) else [each for each in reply.answer if each.rtype == codes.SOA]
            self._serials[zone] = int.from_bytes(records[0].rdata[-20:-16], "big") if records else None
        return self._serials[zone]
