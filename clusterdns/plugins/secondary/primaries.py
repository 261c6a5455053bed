"""Those who have a zone: asked for its serial, and for the zone itself.

By dnspython, in a thread of its own, since a large zone takes it seconds. Knows one question at a time, and nothing of
when to ask.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from ipaddress import ip_address
from typing import Any, Final, NamedTuple, TypeVar

import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.tsig
import dns.xfr
import dns.zone

from clusterdns.corefile import join_host_port
from clusterdns.dns.names import Name, name_text
from clusterdns.dns.record import Record
from clusterdns.logs import Log
from clusterdns.records.zones.zone import Zone

T = TypeVar("T")

ALGORITHMS: Final = ("hmac-sha1", "hmac-sha224", "hmac-sha256", "hmac-sha384", "hmac-sha512")

MOST_AT_ONCE: Final = 16
"""Zones that primaries are asked for at a time, since a catalog may list thousands."""

_SECONDS: Final = 5.0  # for each message of a primary
_PLUGIN: Final = "secondary"


class NotTransferred(Exception):
    """No primary has given what it was asked for."""


class Transferred(NamedTuple):
    """A zone as dnspython follows it, and as it is served."""

    followed: dns.zone.Zone
    zone: Zone


class Primaries:
    """Where zones come from: addresses, tried in their order."""

    def __init__(self, log: Log) -> None:
        self.addresses: list[tuple[str, int]] = []
        self._log = log
        self._key: dns.tsig.Key | None = None
        self._few = asyncio.Semaphore(MOST_AT_ONCE)

    def sign(self, name: Name, secret: bytes, algorithm: str) -> None:
        """From now on all that is asked is signed."""
        self._key = dns.tsig.Key(dns.name.from_wire(name, 0)[0], secret, algorithm)

    def include(self, client: str) -> bool:
        """Is this the address of one of them?"""
        return any(ip_address(host) == ip_address(client) for host, _ in self.addresses)

    async def serial(self, origin: Name) -> int:
        """The serial of a zone, of the first primary that tells it. Raises `NotTransferred`."""

        def ask(host: str, port: int) -> int:
            question = self._signed(dns.message.make_query(dns.name.from_wire(origin, 0)[0], dns.rdatatype.SOA))
            reply = dns.query.tcp(question, host, _SECONDS, port)  # TCP is harder to spoof
            if reply.rcode() != dns.rcode.NOERROR:
                raise NotTransferred(f"rcode was {dns.rcode.to_text(reply.rcode())}")
            for rrset in reply.answer:
                if rrset.rdtype == dns.rdatatype.SOA:
                    return int(rrset[0].serial)
            raise NotTransferred("there is no SOA in the reply")

        return await self._first(origin, "Failed to ask", ask)

    async def transfer(self, origin: Name, known: dns.zone.Zone | None) -> Transferred:
        """The whole zone; of `known`, which is an earlier state of it, only the changes are asked for.

        Raises `NotTransferred`; `known` may be spoiled then.
        """

        def transfer(host: str, port: int) -> Transferred:
            zone = known if known is not None else dns.zone.Zone(dns.name.from_wire(origin, 0)[0], relativize=False)
            question, _ = dns.xfr.make_query(zone)
            dns.query.inbound_xfr(host, zone, self._signed(question), port=port, timeout=_SECONDS)
            return Transferred(zone, Zone(origin, records_of(zone)))

        return await self._first(origin, "Failed to transfer", transfer)

    def _signed(self, question: dns.message.QueryMessage) -> dns.message.QueryMessage:
        if self._key is not None:
            question.use_tsig(self._key)
        return question

    async def _first(self, origin: Name, failed: str, ask: Callable[[str, int], T]) -> T:
        """What the first primary says that says anything; each failure is logged."""
        problem = ""
        for host, port in self.addresses:
            try:
                async with self._few:
                    return await _in_thread(partial(ask, host, port))
            except Exception as error:  # noqa: BLE001 - dnspython fails in many ways at what is no zone
                problem = f"{failed} `{name_text(origin)}' from {join_host_port(host, port)}: {_reason(error)}"
                self._log.error(problem, _PLUGIN)
        raise NotTransferred(problem)


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__


def records_of(zone: dns.zone.Zone) -> Iterator[Record]:
    """All records of a zone as they stand in a message."""
    for name, node in zone.nodes.items():
        owner = name.to_wire() or b""
        for rdataset in node:
            for rdata in rdataset:
                yield Record(owner, rdataset.rdtype, rdataset.ttl, rdata.to_wire() or b"", rdataset.rdclass)


def _in_thread(work: Callable[[], T]) -> Awaitable[T]:
    """The result of what is done in a thread, which nobody waits for when the process ends."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(settler: Callable[[Any], None], value: Any) -> None:
        if not future.done():
            settler(value)

    def run() -> None:
        try:
            done: tuple[Callable[[Any], None], Any] = future.set_result, work()
        except Exception as error:  # noqa: BLE001 - it belongs to who awaits it
            done = future.set_exception, error
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, *done)

    threading.Thread(target=run, daemon=True, name="transfer").start()
    return future
