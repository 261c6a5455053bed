"""HTTP/2 on one connection, by h2: requests side by side (RFC 9113).

Octets in, whole requests out; responses in, octets out, no more than the client's windows take. A client that opens
requests only to cancel them is shown the door. Knows no sockets and no DNS.
"""

from contextlib import suppress
from typing import Final

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    RemoteSettingsChanged,
    RequestReceived,
    StreamEnded,
    StreamReset,
    WindowUpdated,
)
from h2.exceptions import ProtocolError, StreamClosedError
from h2.settings import SettingCodes, Settings

from clusterdns.server.doh import LARGEST_BODY, LARGEST_HEAD, Request, Response

# No header is looked at but method and path, and ours are right: to check all of them takes a third of the time.
_CONFIGURATION: Final = H2Configuration(
    client_side=False,
    header_encoding=None,
    validate_inbound_headers=False,
    normalize_inbound_headers=False,
    validate_outbound_headers=False,
    normalize_outbound_headers=False,
)

MOST_STREAMS: Final = 100
"""Requests under way at a time."""

_MOST_CANCELLED: Final = 100  # more than are answered


class Http2:
    """What is being said on one connection."""

    def __init__(self) -> None:
        self._talk = H2Connection(_CONFIGURATION)
        settings = {
            SettingCodes.MAX_CONCURRENT_STREAMS: MOST_STREAMS,
            SettingCodes.MAX_HEADER_LIST_SIZE: LARGEST_HEAD,
            SettingCodes.ENABLE_CONNECT_PROTOCOL: 0,
        }
        self._talk.decoder.max_header_list_size = LARGEST_HEAD  # what the settings say is only a request
        self._talk.local_settings = Settings(client=False, initial_values=settings)
        self._talk.initiate_connection()
        self._coming: dict[int, tuple[bytes, bytes, bytearray]] = {}  # method, target, body by stream
        self._open: set[int] = set()  # streams whose requests are not answered yet
        self._unsent: dict[int, bytes] = {}  # what is left of bodies that the client's windows did not take
        self._ready: list[bytes] = []
        self._cancelled = 0
        self._is_last = False
        self.ended = False
        """Will no request be read any more, and is each answered?"""

    def feed(self, data: bytes) -> list[Request]:
        """What has come, empty at the end of it; the requests that are whole now."""
        if not data:
            self.ended = True
        if self.ended:
            return []
        try:
            events = self._talk.receive_data(data)
            return [request for event in events for request in self._take(event)]
        except ProtocolError:
            self.ended = True  # h2 has said so to the client
            return []

    def go_on(self) -> list[Request]:
        """Requests that were held back: none."""
        return []

    @property
    def is_full(self) -> bool:
        """Should nothing be read just now? Requests and bodies have bounds of their own."""
        return False

    def respond(self, request: Request, response: Response) -> None:
        """Answers a request, unless the client has cancelled it."""
        if request.stream not in self._open or self.ended:
            return
        self._open.discard(request.stream)
        self._cancelled = max(0, self._cancelled - 1)
        headers = [(b":status", b"%d" % response.status), *response.headers]
        self._talk.send_headers(request.stream, headers, end_stream=not response.body)
        self._unsent[request.stream] = response.body
        self._send(request.stream)
        self._ready.append(self._talk.data_to_send())

    def finish(self) -> None:
        """Takes no more requests; ends once what was asked is answered.

        GOAWAY comes behind the last response: some clients, httpx among them, read nothing that follows it.
        """
        self._is_last = True
        self._end_if_done()

    def take(self) -> list[bytes]:
        """What is to be sent: each response by itself, since some clients read no more than one from a TLS record."""
        ready, self._ready = [*self._ready, self._talk.data_to_send()], []
        return ready

    def _take(self, event: Event) -> list[Request]:
        match event:
            case RequestReceived(stream_id=stream) if self._is_last:
                self._talk.reset_stream(stream, ErrorCodes.REFUSED_STREAM)
            case RequestReceived(stream_id=stream, headers=headers):
                fields = dict(headers)
                self._coming[stream] = (fields.get(b":method", b""), fields.get(b":path", b""), bytearray())
                self._open.add(stream)
            case DataReceived(stream_id=stream, data=data, flow_controlled_length=length):
                self._talk.acknowledge_received_data(length, stream)
                if stream in self._coming:
                    return self._add(stream, data)
            case StreamEnded(stream_id=stream):
                if stream in self._coming:
                    method, target, body = self._coming.pop(stream)
                    return [Request(stream, method, target, bytes(body))]
            case StreamReset(stream_id=stream):
                self._forget(stream)
            case WindowUpdated() | RemoteSettingsChanged():
                for stream in list(self._unsent):
                    with suppress(StreamClosedError):  # which is one of the next events
                        self._send(stream)
            case ConnectionTerminated():
                self.ended = True  # from here on h2 sends nothing
        return []

    def _add(self, stream: int, data: bytes) -> list[Request]:
        method, target, body = self._coming[stream]
        body += data
        if len(body) <= LARGEST_BODY:
            return []
        del self._coming[stream]
        return [Request(stream, method, target, None)]

    def _forget(self, stream: int) -> None:
        self._coming.pop(stream, None)
        self._unsent.pop(stream, None)
        if stream in self._open:
            self._open.discard(stream)
            self._cancelled += 1
            if self._cancelled > _MOST_CANCELLED:
                self._talk.close_connection(ErrorCodes.ENHANCE_YOUR_CALM)
                self.ended = True

    def _send(self, stream: int) -> None:
        """Sends of a body what the client's windows take."""
        body = self._unsent[stream]
        while body:
            size = min(len(body), self._talk.local_flow_control_window(stream), self._talk.max_outbound_frame_size)
            if size <= 0:
                self._unsent[stream] = body
                return
            self._talk.send_data(stream, body[:size], end_stream=size == len(body))
            body = body[size:]
        del self._unsent[stream]
        self._end_if_done()

    def _end_if_done(self) -> None:
        if self._is_last and not self._open and not self._unsent and not self.ended:
            self._talk.close_connection()
            self.ended = True
