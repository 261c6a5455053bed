"""HTTP/1.1 on one connection, by h11: requests one after the other (RFC 9112).

Octets in, whole requests out; responses in, octets out. Knows no sockets and no DNS.
"""

import h11

from clusterdns.server.doh import LARGEST_BODY, LARGEST_HEAD, Request, Response


class Http1:
    """What is being said on one connection."""

    def __init__(self) -> None:
        self._talk = h11.Connection(h11.SERVER, max_incomplete_event_size=LARGEST_HEAD)
        self._head: h11.Request | None = None
        self._body = b""
        self._sent = b""
        self._is_last = False
        self._owes = False  # a response
        self.ended = False
        """Will no request be read any more, and is each answered?"""

    def feed(self, data: bytes) -> list[Request]:
        """What has come, empty at the end of it; the requests that are whole now, which is at most one."""
        try:
            self._talk.receive_data(data)
        except h11.RemoteProtocolError as error:
            self._fail(error.error_status_hint)
        return self.go_on()

    def go_on(self) -> list[Request]:
        """The next request after a response, if it is here already."""
        try:
            return self._read()
        except h11.RemoteProtocolError as error:
            self._fail(error.error_status_hint)
            return []

    @property
    def is_full(self) -> bool:
        """Should nothing be read just now? Requests that are sent ahead wait for the response before."""
        return self._owes and len(self._talk.trailing_data[0]) > LARGEST_HEAD

    def respond(self, request: Request, response: Response) -> None:
        """Answers the request that was given last."""
        self._send(h11.Response(status_code=response.status, headers=response.headers))
        self._send(h11.Data(data=response.body))
        self._send(h11.EndOfMessage())
        if self._talk.our_state is h11.DONE and self._talk.their_state is h11.DONE:
            self._talk.start_next_cycle()
        else:
            self._is_last = True
        self._owes = False
        self.ended = self._is_last

    def finish(self) -> None:
        """Reads no more requests."""
        self._is_last = True
        self.ended = not self._owes

    def take(self) -> list[bytes]:
        """What is to be sent."""
        sent, self._sent = self._sent, b""
        return [sent]

    def _read(self) -> list[Request]:
        while not self.ended and not self._owes:
            event = self._talk.next_event()
            match event:
                case h11.Request():
                    self._head, self._body = event, b""
                    if self._talk.they_are_waiting_for_100_continue:
                        self._send(h11.InformationalResponse(status_code=100, headers=[]))
                case h11.Data():
                    self._body = self._body[: LARGEST_BODY + 1] + bytes(event.data)
                    if len(self._body) > LARGEST_BODY:
                        return self._whole(None)
                case h11.EndOfMessage():
                    return self._whole(self._body)
                case h11.ConnectionClosed():
                    self.ended = True
                case _:
                    break
        return []

    def _whole(self, body: bytes | None) -> list[Request]:
        assert self._head is not None
        self._owes = True
        return [Request(0, self._head.method, self._head.target, body)]

    def _send(self, event: h11.Event) -> None:
        self._sent += self._talk.send(event) or b""

    def _fail(self, status: int) -> None:
        """Nothing that comes can be understood any more."""
        self.ended = True
        if self._talk.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            headers = [(b"content-length", b"0"), (b"connection", b"close")]
            self._send(h11.Response(status_code=status, headers=headers))
            self._send(h11.EndOfMessage())
