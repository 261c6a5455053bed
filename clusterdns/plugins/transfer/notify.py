"""NOTIFY (RFC 1996): tells secondaries that a zone has changed, so that they come for it at once.

Each is told over UDP, three times at most, while the server goes on answering. Knows no zones and no rules.
"""

import asyncio
from collections.abc import Iterable
from typing import Final, NamedTuple

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rdatatype

from clusterdns.corefile import join_host_port
from clusterdns.dns import codes
from clusterdns.dns.names import IPAddress, Name, name_text
from clusterdns.logs import Log

_TRIES: Final = 3
_SECONDS: Final = 2.0  # that a secondary has to acknowledge


class Secondary(NamedTuple):
    """Where a secondary listens."""

    address: IPAddress
    port: int

    def __str__(self) -> str:
        return join_host_port(str(self.address), self.port)


class Notifier:
    """Sends NOTIFY and waits for what comes back."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._tasks: set[asyncio.Task[None]] = set()

    def tell(self, zone: Name, secondaries: Iterable[Secondary], source: IPAddress | None) -> None:
        """Tells secondaries of a changed zone, from the address `source`. Needs a running loop if there are any."""
        for secondary in secondaries:
            task = asyncio.get_running_loop().create_task(self._tell(zone, secondary, source))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Gives up what is not yet acknowledged."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _tell(self, zone: Name, secondary: Secondary, source: IPAddress | None) -> None:
        problem = ""
        for _ in range(_TRIES):
            try:
                rcode = await _exchange(zone, secondary, source)
            except (OSError, dns.exception.DNSException) as error:
                problem = str(error) or type(error).__name__
                continue
            if rcode == codes.NOERROR:
                self._log.debug(f"Sent notify for zone {name_text(zone)} to {secondary}", "transfer")
                return
            problem = f"rcode was {codes.rcode_text(rcode)}"
        self._log.warning(f"Notify for zone {name_text(zone)} was not accepted by {secondary}: {problem}", "transfer")


async def _exchange(zone: Name, secondary: Secondary, source: IPAddress | None) -> int:
    """Sends one NOTIFY; the response code that comes back. Raises `OSError` and dnspython's exceptions."""
    message = dns.message.make_query(dns.name.from_wire(zone, 0)[0], dns.rdatatype.SOA, flags=dns.flags.AA)
    message.set_opcode(dns.opcode.NOTIFY)
    reply = await dns.asyncquery.udp(
        message,
        str(secondary.address),
        port=secondary.port,
        source=str(source) if source is not None else None,
        timeout=_SECONDS,
        ignore_unexpected=True,
        ignore_errors=True,
    )
    return reply.rcode()
