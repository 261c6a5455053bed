"""HTTP/3 (RFC 9114), by aioquic: queries in requests, as over HTTPS. Knows the service as bytes to bytes."""

from functools import partial

from aioquic.h3.connection import H3_ALPN, ErrorCode, H3Connection
from aioquic.h3.events import DataReceived, H3Event, HeadersReceived
from aioquic.quic.connection import QuicConnection
from aioquic.quic.events import QuicEvent, StreamReset

from clusterdns.plugins.base import Limits
from clusterdns.server.doh import LARGEST_BODY, Request, Response
from clusterdns.server.http import answer
from clusterdns.server.quic import Most, Peer, QUICListener


class HTTP3Peer(Peer):
    """One client."""

    protocol = H3_ALPN[0]

    def __init__(self, quic: QuicConnection, listener: QUICListener) -> None:
        super().__init__(quic, listener)
        self._talk = H3Connection(quic)
        self._coming: dict[int, tuple[bytes, bytes, bytearray]] = {}  # method, target, body by stream
        self._asked: set[int] = set()  # streams whose request is not answered yet

    @staticmethod
    def most(limits: Limits) -> Most:
        return Most(limits.https3_connections, limits.https3_streams)

    def handle(self, event: QuicEvent) -> None:
        if isinstance(event, StreamReset):
            self._coming.pop(event.stream_id, None)
            self._asked.discard(event.stream_id)
        for each in self._talk.handle_event(event):
            self._hear(each)

    def abort(self) -> None:
        self.close(ErrorCode.H3_EXCESSIVE_LOAD)

    def _hear(self, event: H3Event) -> None:
        match event:
            case HeadersReceived(headers=headers, stream_id=stream, stream_ended=ended):
                if stream in self._coming:
                    self._whole(stream, ended=ended)  # these are trailers
                    return
                fields = dict(headers)
                self._coming[stream] = (fields.get(b":method", b""), fields.get(b":path", b""), bytearray())
                self.stalled.give(self.limits.read)
                self._whole(stream, ended=ended)
            case DataReceived(data=data, stream_id=stream, stream_ended=ended):
                if stream in self._coming:
                    self._coming[stream][2].extend(data)
                    self._whole(stream, ended=ended)

    def _whole(self, stream: int, *, ended: bool) -> None:
        """Answers a request if it is whole, or can't become so."""
        method, target, body = self._coming[stream]
        is_large = len(body) > LARGEST_BODY
        if not ended and not is_large:
            return
        del self._coming[stream]
        if not self._coming:
            self.stalled.cancel()
        self._asked.add(stream)
        self.listener.guests.touch(self)
        request = Request(stream, method, target, None if is_large else bytes(body))
        respond = partial(self._respond, stream)
        answer(request, self.listener.service, self.client, self.listener.local, respond, self.waiting)

    def _respond(self, stream: int, response: Response) -> None:
        service = self.listener.service
        service.world.traffic.count_https3(service.address, response.status)
        if stream not in self._asked:
            return  # the client wants it no more
        self._asked.discard(stream)
        self.reply(stream, len(response.body), partial(self._send, stream, response))

    def _send(self, stream: int, response: Response) -> None:
        self._talk.send_headers(stream, [(b":status", b"%d" % response.status), *response.headers])
        self._talk.send_data(stream, response.body, end_stream=True)
