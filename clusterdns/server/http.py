"""HTTPS: queries in requests of HTTP/1.1 and HTTP/2 (RFC 8484), answered as soon as each is ready.

Without a certificate it is plain HTTP/1.1, for use behind a proxy that speaks TLS (as CoreDNS). What one client may
hold is bounded as with TCP: requests under way, octets not yet read, replies it does not take, and time. Knows the
service as bytes to bytes.
"""

import asyncio
import socket
from collections.abc import Callable
from functools import partial
from ssl import SSLContext
from typing import Final

from clusterdns.dns.query import TCP, Address
from clusterdns.server import doh
from clusterdns.server.accept import Acceptor
from clusterdns.server.chain import Waiting, run
from clusterdns.server.deadline import Deadline
from clusterdns.server.doh import Request, Response
from clusterdns.server.guests import Guests
from clusterdns.server.http1 import Http1
from clusterdns.server.http2 import Http2
from clusterdns.server.service import Answer, Service
from clusterdns.server.sockets import plain

_H2: Final = "h2"
_PROTOCOLS: Final = (_H2, "http/1.1")
MOST_WAITING: Final = 1024
"""Queries of one connection that may wait for something; HTTP itself allows fewer at a time."""


def answer(
    request: Request,
    service: Service,
    client: Address,
    local: Address,
    respond: Callable[[Response], None],
    waiting: set[Waiting[Answer]],
) -> None:
    """Has a request answered, now or when what it waits for has come; until then it is in `waiting`."""
    try:
        message = doh.read_request(request)
        known = service.known(message, TCP, client)
        if known is None:
            doh.check_message(message)
    except doh.Refused as refused:
        response = refused.response
        respond(response._replace(body=b"") if request.method == b"HEAD" else response)  # RFC 9110 9.3.2
        return
    if known is not None:
        respond(doh.success(known))
    else:
        run(service.answer(message, TCP, client, local), lambda reply: respond(_response(reply)), waiting, MOST_WAITING)


def _response(reply: Answer) -> Response:
    """A zone, which takes many messages, has no place in a response."""
    return doh.success(reply) if isinstance(reply, bytes) else doh.no_reply()


class Connection(asyncio.Protocol):
    """One client."""

    def __init__(self, listener: "HTTPListener") -> None:
        self._listener = listener
        self._limits = listener.service.limits
        self._talk: Http1 | Http2
        self._waiting: set[Waiting[Answer]] = set()
        self._is_feeding = False
        self._has_room = True  # for more responses
        self._deadline = Deadline(self._missed)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._client = plain(transport.get_extra_info("peername") or ("", 0))
        self._local = plain(transport.get_extra_info("sockname") or ("", 0))
        tls = transport.get_extra_info("ssl_object")
        self._talk = Http2() if tls is not None and tls.selected_alpn_protocol() == _H2 else Http1()
        self._listener.guests.add(self, self._limits.https_connections)
        self._deadline.give(self._limits.read)
        self._write()

    def connection_lost(self, _: Exception | None) -> None:
        self._listener.guests.remove(self)
        self._deadline.cancel()
        for waiting in list(self._waiting):
            waiting.cancel()

    def data_received(self, data: bytes) -> None:
        self._serve(self._talk.feed(data))

    def eof_received(self) -> bool:
        self._serve(self._talk.feed(b""))
        return False

    def pause_writing(self) -> None:
        self._has_room = False
        self._read_or_wait()
        self._deadline.give(self._limits.write)

    def resume_writing(self) -> None:
        self._has_room = True
        self._read_or_wait()
        self._deadline.give(self._limits.idle)

    def under_way(self) -> set[asyncio.Future[None]]:
        """The ends of queries that wait for something."""
        return {waiting.ended() for waiting in self._waiting}

    def abort(self) -> None:
        """Ends the connection at once."""
        self._transport.abort()

    def finish(self) -> None:
        """Takes no more requests; ends once those under way are answered."""
        self._talk.finish()
        self._write()

    def _serve(self, requests: list[Request]) -> None:
        """Answers requests, and those that come up when they are; writes what is ready at once."""
        self._is_feeding = True
        while requests and not self._transport.is_closing():
            self._listener.guests.touch(self)
            self._deadline.give(self._limits.idle)
            for request in requests:
                respond = partial(self._respond, request)
                answer(request, self._listener.service, self._client, self._local, respond, self._waiting)
            requests = self._talk.go_on()
        self._is_feeding = False
        self._write()
        self._read_or_wait()
        self._listener.service.world.log.flush()

    def _respond(self, request: Request, response: Response) -> None:
        if self._transport.is_closing():
            return
        self._talk.respond(request, response)
        self._listener.count(response)
        if not self._is_feeding:  # it had to be waited for
            self._deadline.give(self._limits.idle)
            self._serve(self._talk.go_on())

    def _read_or_wait(self) -> None:
        if self._transport.is_closing():
            return
        if self._has_room and not self._talk.is_full:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()

    def _write(self) -> None:
        ready = [data for data in self._talk.take() if data]
        if ready and not self._transport.is_closing():
            self._transport.writelines(ready)
        if self._talk.ended and not self._transport.is_closing():
            self._transport.close()

    def _missed(self) -> None:
        if self._waiting and self._has_room:
            self._deadline.give(self._limits.idle)  # it waits for us, not we for it
        else:
            self._transport.abort()


class HTTPListener:
    """A listening TCP socket in the event loop. `service` may be swapped, by a reload."""

    def __init__(self, sock: socket.socket, service: Service) -> None:
        self.service = service
        self.guests: Guests[Connection] = Guests()
        self._acceptor = Acceptor(sock, lambda: Connection(self), self._context, lambda: self.service.limits.read)

    def count(self, response: Response) -> None:
        """Counts a response."""
        self.service.world.traffic.count_https(self.service.address, response.status)

    def under_way(self) -> set[asyncio.Future[None]]:
        """The ends of queries, of whichever connection, that wait for something."""
        return {end for connection in self.guests for end in connection.under_way()}

    async def drain(self, seconds: float) -> None:
        """Takes no more connections and requests; those under way have so many seconds to end."""
        self._acceptor.close()
        await self.guests.leave(seconds)

    def _context(self) -> SSLContext | None:
        credentials = self.service.credentials
        return None if credentials is None else credentials.context(*_PROTOCOLS)
