"""DNS over QUIC (RFC 9250): a query and its reply are a stream.

Error codes and what ends a connection are CoreDNS's. Knows messages behind their length, and the service as bytes to
bytes.
"""

from typing import Final

from aioquic.quic.connection import QuicConnection
from aioquic.quic.events import QuicEvent, StreamDataReceived, StreamReset

from clusterdns.dns.query import TCP, Malformed, parse_query
from clusterdns.plugins.base import Limits
from clusterdns.server.chain import run
from clusterdns.server.quic import Most, Peer, QUICListener
from clusterdns.server.service import Answer

NO_ERROR: Final = 0
INTERNAL_ERROR: Final = 1
PROTOCOL_ERROR: Final = 2
EXCESSIVE_LOAD: Final = 4

_KEEPALIVE: Final = 11  # edns-tcp-keepalive (RFC 7828), which has no place here
_NO_ID: Final = b"\0\0"  # of every message (RFC 9250 4.2.1)
_BIDIRECTIONAL: Final = 0  # the last two bits of streams that a client opens for both to speak


class DOQPeer(Peer):
    """One client."""

    protocol = "doq"

    def __init__(self, quic: QuicConnection, listener: QUICListener) -> None:
        super().__init__(quic, listener)
        self._coming: dict[int, bytearray] = {}  # streams whose message is not whole
        self._whole: set[int] = set()  # streams with a whole message, on which nothing may follow but their end
        self._asked: set[int] = set()  # streams whose query is not answered yet

    @staticmethod
    def most(limits: Limits) -> Most:
        return Most(limits.quic_connections, limits.quic_streams)

    def handle(self, event: QuicEvent) -> None:
        match event:
            case StreamDataReceived(stream_id=stream, data=data, end_stream=ended):
                if stream & 3 != _BIDIRECTIONAL:
                    self._end(PROTOCOL_ERROR)
                else:
                    self._hear(stream, data, ended=ended)
            case StreamReset(stream_id=stream):
                self._coming.pop(stream, None)
                self._whole.discard(stream)
                self._asked.discard(stream)

    def stall(self) -> None:
        self._end(PROTOCOL_ERROR)

    def abort(self) -> None:
        self.close(EXCESSIVE_LOAD)

    def _hear(self, stream: int, data: bytes, *, ended: bool) -> None:
        """Takes what has come of a message. More than one, or less than one, ends the connection (RFC 9250 4.3.3)."""
        if stream in self._whole:
            if data:
                self._end(PROTOCOL_ERROR)
            elif ended:
                self._whole.discard(stream)
            return
        buffer = self._coming.setdefault(stream, bytearray())
        buffer += data
        end = 2 + int.from_bytes(buffer[:2], "big") if len(buffer) >= 2 else None
        if end == 2 or (end is not None and len(buffer) > end) or (ended and len(buffer) != end):
            self._end(PROTOCOL_ERROR)
        elif len(buffer) == end:
            del self._coming[stream]
            if not self._coming:
                self.stalled.cancel()
            if not ended:
                self._whole.add(stream)
            self._serve(stream, bytes(buffer[2:]))
        else:
            self.stalled.give(self.limits.read)

    def _serve(self, stream: int, message: bytes) -> None:
        service = self.listener.service
        known = service.known(message, TCP, self.client)
        if message[:2] != _NO_ID or (known is None and not _is_allowed(message)):
            self._end(PROTOCOL_ERROR)
            return
        self.listener.guests.touch(self)
        self._asked.add(stream)
        if known is not None:
            self._answer(stream, known)
        elif self._is_overworked():
            self.refuse(stream, EXCESSIVE_LOAD)
        else:
            answer = service.answer(message, TCP, self.client, self.listener.local)
            run(answer, lambda reply: self._answer(stream, reply), self.waiting, self.limits.quic_workers)

    def _is_overworked(self) -> bool:
        return sum(len(peer.waiting) for peer in self.listener.guests) >= self.limits.quic_workers

    def _answer(self, stream: int, reply: Answer) -> None:
        """Zones are for TCP and TLS; here they would take as much memory as a client asks for."""
        self._count(NO_ERROR)
        if stream not in self._asked:
            return  # the client wants it no more
        self._asked.discard(stream)
        if isinstance(reply, bytes):
            message = len(reply).to_bytes(2, "big") + reply
            self.reply(stream, len(message), lambda: self._quic.send_stream_data(stream, message, end_stream=True))
        else:
            self.refuse(stream, INTERNAL_ERROR)

    def _end(self, code: int) -> None:
        """Ends the connection."""
        self._asked.clear()
        self.close(code)
        self._count(code)

    def _count(self, code: int) -> None:
        service = self.listener.service
        service.world.traffic.count_quic(service.address, code)


def _is_allowed(message: bytes) -> bool:
    """May this message come by QUIC? Only queries that don't speak of keeping TCP alive (RFC 9250 5.5.2)."""
    try:
        query = parse_query(message)
    except Malformed:
        return False
    return query.opt is None or all(code != _KEEPALIVE for code, _ in query.opt.options)
