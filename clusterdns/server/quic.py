"""QUIC: connections by aioquic on a UDP socket, for DNS over QUIC and for HTTP/3.

What one client may hold is bounded: streams, octets, time; and so are connections and all queries that wait. Knows the
service as bytes to bytes, and of what is said in a stream nothing.
"""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from ssl import SSLContext
from typing import Any, ClassVar, Final, NamedTuple

from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.asyncio.server import QuicServer
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from aioquic.quic.events import ConnectionTerminated, HandshakeCompleted, QuicEvent
from aioquic.quic.packet import QuicErrorCode

from clusterdns.credentials import Files
from clusterdns.plugins.base import Limits
from clusterdns.server.chain import Waiting
from clusterdns.server.deadline import Deadline
from clusterdns.server.guests import Guests
from clusterdns.server.service import Answer, Service
from clusterdns.server.sockets import plain

_STREAM_OCTETS: Final = 1 << 17  # that a client may send on a stream before it is read: a message, or a request
_CONNECTION_OCTETS: Final = 1 << 20
_MOST_HANDSHAKES: Final = 256  # under way

MOST_UNTAKEN: Final = 1 << 20
"""Octets of replies that a client has not taken yet."""


class Most(NamedTuple):
    """What there may be at a time: connections, and streams that the client of one opens. 0 is no limit of ours."""

    connections: int
    streams: int


class Peer(QuicConnectionProtocol):
    """One client. Subclasses know what is said in its streams, in `handle`, and who they are to each other (ALPN)."""

    protocol: ClassVar[str]

    def __init__(self, quic: QuicConnection, listener: "QUICListener") -> None:
        super().__init__(quic)
        self.listener = listener
        self.limits = listener.service.limits
        self.waiting: set[Waiting[Answer]] = set()
        self.client = ("", 0)
        self.stalled = Deadline(self.stall)
        self._shaking = Deadline(self.close)
        self._untaken: dict[int, int] = {}  # octets of replies by stream
        self._untaken_for_long = Deadline(self._missed)
        self._is_last = False  # what was asked, since nothing more will be read
        listener.newcomers.add(self, _MOST_HANDSHAKES)
        self._shaking.give(self.limits.read)

    @staticmethod
    def most(limits: Limits) -> Most:
        """What there may be of such clients."""
        raise NotImplementedError

    def handle(self, event: QuicEvent) -> None:
        """What a client has done."""
        raise NotImplementedError

    def stall(self) -> None:
        """A client has begun to ask and does not go on."""
        self.abort()

    def datagram_received(self, data: bytes | str, addr: Any) -> None:
        self.client = plain(addr)
        super().datagram_received(data, addr)
        if self._untaken:
            self._take_stock()
        self.listener.service.world.log.flush()

    def quic_event_received(self, event: QuicEvent) -> None:
        match event:
            case HandshakeCompleted():
                self._shaking.cancel()
                self.listener.newcomers.remove(self)
                self.listener.guests.add(self, self.most(self.limits).connections)
            case ConnectionTerminated():
                self._ended()
            case _ if not self._is_last:
                self.handle(event)

    def reply(self, stream: int, octets: int, send: Callable[[], None]) -> None:
        """Has a reply of so many octets sent by `send`, unless the client has stopped the stream meanwhile."""
        with suppress(RuntimeError, ValueError):
            send()
            if not self._untaken:
                self._untaken_for_long.give(self.limits.write)
            self._untaken[stream] = octets
        self.transmit()
        if sum(self._untaken.values()) > MOST_UNTAKEN:
            self.abort()
        self._close_if_done()

    def refuse(self, stream: int, code: int) -> None:
        """Leaves what was asked in a stream unanswered."""
        with suppress(RuntimeError, ValueError):  # as above
            self._quic.stop_stream(stream, code)
            self._quic.reset_stream(stream, code)
        self.transmit()
        self._close_if_done()

    def under_way(self) -> set[asyncio.Future[None]]:
        """The ends of queries that wait for something."""
        return {waiting.ended() for waiting in self.waiting}

    def close(self, error_code: int = QuicErrorCode.NO_ERROR, reason_phrase: str = "") -> None:
        self._is_last = True
        super().close(error_code, reason_phrase)

    def abort(self) -> None:
        """Ends the connection at once."""
        self.close()

    def finish(self) -> None:
        """Takes no more queries; ends once the replies to those under way are taken."""
        self._is_last = True
        self._close_if_done()

    def _close_if_done(self) -> None:
        if self._is_last and not self.waiting and not self._untaken:
            self.close()

    def _take_stock(self) -> None:
        """Forgets the replies that the client has taken, which aioquic tells nobody."""
        streams = self._quic._streams
        taken = [number for number in self._untaken if number not in streams or streams[number].sender.is_finished]
        for number in taken:
            del self._untaken[number]
        if taken:
            self._untaken_for_long.give(self.limits.write)
            self._close_if_done()

    def _missed(self) -> None:
        if self._untaken:
            self.abort()

    def _ended(self) -> None:
        for deadline in (self.stalled, self._shaking, self._untaken_for_long):
            deadline.cancel()
        self.listener.newcomers.remove(self)
        self.listener.guests.remove(self)
        for waiting in list(self.waiting):
            waiting.cancel()


class QUICListener:
    """A UDP socket in the event loop. `service` may be swapped, by a reload. `peer` is who the clients are.

    Who has not ended the handshake is a newcomer, and may have a made-up address, so that newcomers only push out each
    other.
    """

    def __init__(self, sock: socket.socket, service: Service, peer: type[Peer]) -> None:
        self.service = service
        self.guests: Guests[Peer] = Guests()
        self.newcomers: Guests[Peer] = Guests()
        self.local = plain(sock.getsockname())
        self._sock = sock
        self._peer = peer
        self._secrets: dict[Path, TextIOWrapper] = {}
        self._configuration = QuicConfiguration(
            is_client=False,
            alpn_protocols=[peer.protocol],
            max_data=_CONNECTION_OCTETS,
            max_stream_data=_STREAM_OCTETS,
        )
        self._known: SSLContext | None = None
        self._is_closed = False
        self._update()
        self._server = QuicServer(configuration=self._configuration, create_protocol=self._connect)

    async def start(self) -> None:
        """Takes connections."""
        loop = asyncio.get_running_loop()
        self._sock.setblocking(False)
        await loop.create_datagram_endpoint(lambda: self._server, sock=self._sock.dup())

    def under_way(self) -> set[asyncio.Future[None]]:
        """The ends of queries, of whichever connection, that wait for something."""
        return {end for peer in self.guests for end in peer.under_way()}

    async def drain(self, seconds: float) -> None:
        """Takes no more connections and queries; those under way have so many seconds to end."""
        self._is_closed = True
        await self.guests.leave(seconds)
        self._server.close()
        for secrets in self._secrets.values():
            secrets.close()

    def _connect(self, quic: QuicConnection, **_: Any) -> Peer:
        self._update()
        streams = self._peer.most(self.service.limits).streams
        if streams:  # aioquic has no setting for it
            quic._local_max_streams_bidi.value = quic._local_max_streams_bidi.sent = streams
        peer = self._peer(quic, self)
        if self._is_closed:
            asyncio.get_running_loop().call_soon(peer.close)
        return peer

    def _update(self) -> None:
        """What counts for connections from now on: limits, and the certificate as it is on disk."""
        self._configuration.idle_timeout = self.service.limits.idle
        credentials = self.service.credentials
        assert credentials is not None
        context = credentials.context()  # another one only if the files are good
        if context is not self._known:
            with suppress(OSError, ValueError):  # they have changed again
                self._load(credentials.files)
                self._known = context

    def _load(self, files: Files) -> None:
        fresh = QuicConfiguration(is_client=False)
        fresh.load_cert_chain(files.certificate, files.key)
        self._configuration.certificate = fresh.certificate
        self._configuration.certificate_chain = fresh.certificate_chain
        self._configuration.private_key = fresh.private_key
        if files.keylog is not None and files.keylog not in self._secrets:
            self._secrets[files.keylog] = files.keylog.open("a")
        self._configuration.secrets_log_file = self._secrets[files.keylog] if files.keylog is not None else None


async def listen(sock: socket.socket, service: Service, peer: type[Peer]) -> QUICListener:
    """A transport over QUIC on a socket."""
    listener = QUICListener(sock, service, peer)
    await listener.start()
    return listener
