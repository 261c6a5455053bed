"""QUIC: connections by aioquic on a UDP socket, for DNS over QUIC and for HTTP/3.

What one client may hold is bounded: streams, octets, time; and so are connections and all queries that wait. Knows the
service as bytes to bytes, and of what is said in a stream nothing.
"""

import asyncio
import contextlib
import socket
from collections.abc import Callable
from io import TextIOWrapper
from typing import Any, Final

from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.asyncio.server import QuicServer
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from aioquic.quic.events import ConnectionTerminated, QuicEvent

from clusterdns.credentials import Credentials
from clusterdns.server.chain import Waiting
from clusterdns.server.deadline import Deadline
from clusterdns.server.guests import Guests
from clusterdns.server.service import Answer, Service
from clusterdns.server.sockets import plain

_STREAM_OCTETS: Final = 1 << 17  # that a client may send on a stream before it is read: a message, or a request
_CONNECTION_OCTETS: Final = 1 << 20


class Peer(QuicConnectionProtocol):
    """One client. Subclasses know what is said in its streams, in `handle`."""

    def __init__(self, quic: QuicConnection, listener: "QUICListener", **_: Any) -> None:
        super().__init__(quic)
        self.listener = listener
        self.limits = listener.service.limits
        self.waiting: set[Waiting[Answer]] = set()
        self.stalled = Deadline(self.stall)
        self.client = ("", 0)
        listener.guests.add(self, listener.most_connections)

    def handle(self, event: QuicEvent) -> None:
        """What a client has done."""
        raise NotImplementedError

    def stall(self) -> None:
        """A client has begun to ask and does not go on."""
        self.abort()

    def datagram_received(self, data: bytes | str, addr: Any) -> None:
        self.client = plain(addr)
        super().datagram_received(data, addr)
        self.listener.service.world.log.flush()

    def quic_event_received(self, event: QuicEvent) -> None:
        if isinstance(event, ConnectionTerminated):
            self.stalled.cancel()
            self.listener.guests.remove(self)
            for waiting in list(self.waiting):
                waiting.cancel()
        else:
            self.handle(event)

    def under_way(self) -> set[asyncio.Future[None]]:
        """The ends of queries that wait for something."""
        return {waiting.ended() for waiting in self.waiting}

    def abort(self) -> None:
        """Ends the connection at once."""
        self.close()

    def finish(self) -> None:
        """Ends once what is under way is answered."""
        ends = self.under_way()
        for end in ends:
            end.add_done_callback(lambda _: None if self.waiting else self.close())
        if not ends:
            self.close()


class QUICListener:
    """A UDP socket in the event loop. `service` may be swapped, by a reload.

    `make` makes the peer for each connection, `protocol` is what they speak (ALPN).
    """

    def __init__(
        self,
        sock: socket.socket,
        service: Service,
        protocol: str,
        make: Callable[..., Peer],
        most_connections: Callable[[Service], int],
    ) -> None:
        self.service = service
        self.guests: Guests[Peer] = Guests()
        self.local = plain(sock.getsockname())
        self._sock = sock
        self._make = make
        self._most_connections = most_connections
        self._secrets: TextIOWrapper | None = None
        self._configuration = QuicConfiguration(
            is_client=False,
            alpn_protocols=[protocol],
            max_data=_CONNECTION_OCTETS,
            max_stream_data=_STREAM_OCTETS,
        )
        self._known: tuple[Credentials, Any] | None = None
        self._update()
        self._server = QuicServer(configuration=self._configuration, create_protocol=self._connect)

    @property
    def most_connections(self) -> int:
        """At a time; 0 is no limit."""
        return self._most_connections(self.service)

    async def start(self) -> None:
        """Takes connections."""
        loop = asyncio.get_running_loop()
        self._sock.setblocking(False)
        await loop.create_datagram_endpoint(lambda: self._server, sock=self._sock.dup())

    def under_way(self) -> set[asyncio.Future[None]]:
        """The ends of queries, of whichever connection, that wait for something."""
        return {end for peer in self.guests for end in peer.under_way()}

    async def drain(self, seconds: float) -> None:
        """Takes no more queries; those under way have so many seconds to end."""
        await self.guests.leave(seconds)
        self._server.close()
        if self._secrets is not None:
            self._secrets.close()

    def _connect(self, quic: QuicConnection, **_: Any) -> Peer:
        self._update()
        return self._make(quic, self)

    def _update(self) -> None:
        """What counts for connections from now on: limits, and the certificate as it is on disk."""
        self._configuration.idle_timeout = self.service.limits.idle
        credentials = self.service.credentials
        assert credentials is not None
        known = credentials, credentials.stamp
        if known != self._known:
            self._known = known
            with contextlib.suppress(ValueError):
                credentials.context()  # tells what is wrong, if so, and then the last good files stay
                self._load(credentials)

    def _load(self, credentials: Credentials) -> None:
        files = credentials.files
        fresh = QuicConfiguration(is_client=False)
        fresh.load_cert_chain(files.certificate, files.key)
        self._configuration.certificate = fresh.certificate
        self._configuration.certificate_chain = fresh.certificate_chain
        self._configuration.private_key = fresh.private_key
        if files.keylog is not None and self._secrets is None:
            self._configuration.secrets_log_file = self._secrets = files.keylog.open("a")
