"""What listens on the sockets of an endpoint, by its transport. Knows each transport by one function."""

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Protocol

from clusterdns.server.service import Service
from clusterdns.server.sockets import Bound
from clusterdns.server.stream import StreamListener
from clusterdns.server.udp import UDPListener


class Listener(Protocol):
    """Takes queries from a socket and has them answered by a service, which may be swapped between two queries."""

    service: Service

    def under_way(self) -> set[asyncio.Future[None]]:
        """The ends of queries that wait for something."""

    async def drain(self, seconds: float) -> None:
        """Answers what was asked so far and takes no more; queries that wait have so many seconds to end."""


@dataclass
class Listeners:
    """All that listen on one endpoint."""

    bound: Bound
    listeners: list[Listener]

    def swap(self, service: Service) -> None:
        """Has queries answered by another service from now on."""
        for listener in self.listeners:
            listener.service = service

    def under_way(self) -> set[asyncio.Future[None]]:
        """The ends of queries that wait for something."""
        return {end for listener in self.listeners for end in listener.under_way()}

    async def leave(self, seconds: float) -> None:
        """Leaves the address to whatever else of ours listens there, be it wider or narrower; answers what has come."""
        for udp in self.bound.udp:
            with contextlib.suppress(OSError):
                udp.connect(udp.getsockname())  # from now on it hears nobody but itself, yet what it has can be read
        await self.drain(seconds)

    async def drain(self, seconds: float) -> None:
        """Takes no more queries, and gives those under way so many seconds."""
        await asyncio.gather(*(listener.drain(seconds) for listener in self.listeners))
        self.bound.close()


async def listen(bound: Bound, service: Service) -> Listeners:
    """Has a service answer on bound sockets."""
    found: list[Listener] = []
    match bound.endpoint.transport, bound.tcp, bound.udp:
        case "dns", tcp, [udp]:
            assert tcp is not None
            found = [UDPListener(udp, service), StreamListener(tcp, service)]
        case "tls", tcp, _:
            assert tcp is not None
            found = [StreamListener(tcp, service)]
        case "https", tcp, _:
            from clusterdns.server.http import HTTPListener  # few need what it imports, here and below

            assert tcp is not None
            found = [HTTPListener(tcp, service)]
        case "quic", _, [udp]:
            from clusterdns.server import quic
            from clusterdns.server.doq import DOQPeer

            found = [await quic.listen(udp, service, DOQPeer)]
        case "https3", _, [udp]:
            from clusterdns.server import quic
            from clusterdns.server.http3 import HTTP3Peer

            found = [await quic.listen(udp, service, HTTP3Peer)]
    return Listeners(bound, found)
