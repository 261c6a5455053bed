"""One address with pages: requests of HTTP/1.1 in, what a page says out.

Who only holds a connection is in nobody's way: of too many, the one that has asked nothing for longest makes room. A
request that does not come whole, or a response that is not taken, ends in time. Knows pages and HTTP, no plugin.
"""

import asyncio
import socket
from collections.abc import Callable
from email.utils import formatdate
from ssl import SSLContext
from typing import Final
from urllib.parse import unquote, urlsplit

from clusterdns.logs import Log
from clusterdns.plugins.base import Page
from clusterdns.server.accept import Acceptor
from clusterdns.server.deadline import Deadline
from clusterdns.server.doh import Request, Response, failure
from clusterdns.server.guests import Guests
from clusterdns.server.http1 import Http1

MOST: Final = 64
"""Connections at a time, to one address."""

_SECONDS: Final = 5.0  # that a request has to come, and a response to be taken (as CoreDNS)


class PageListener:
    """A listening TCP socket in the event loop. `find` gives the page at a path, `context` TLS for a new connection."""

    def __init__(
        self,
        sock: socket.socket,
        find: Callable[[str], Page | None],
        context: Callable[[], SSLContext | None],
        log: Log,
    ) -> None:
        self.guests: Guests[_Connection] = Guests()
        self._find = find
        self._log = log
        self._acceptor = Acceptor(sock, lambda: _Connection(self), context, lambda: _SECONDS)

    async def drain(self, seconds: float) -> None:
        """Takes no more connections and requests; those under way have so many seconds to end."""
        self._acceptor.close()
        await self.guests.leave(seconds)

    async def answer(self, request: Request) -> Response:
        """What a request gets, whatever its method."""
        try:
            path = unquote(urlsplit(request.target.decode("ascii")).path)
        except ValueError:
            return failure(400, "400 Bad Request")
        page = self._find(path)
        if page is None:
            return failure(404, "404 page not found")
        try:
            read = page.read()
            status, text = read if isinstance(read, tuple) else await read
        except Exception as error:  # noqa: BLE001 - what plugins show may fail in any way
            self._log.error(f"{path}: {type(error).__name__}: {error}")
            return failure(500, "500 Internal Server Error")
        body = text.encode()
        headers = [(b"content-type", page.content_type.encode()), (b"content-length", b"%d" % len(body))]
        return Response(status, headers, body)


class _Connection(asyncio.Protocol):
    """One client, which has one request at a time."""

    def __init__(self, listener: PageListener) -> None:
        self._listener = listener
        self._talk = Http1()
        self._answering: asyncio.Task[None] | None = None
        self._has_room = True  # for more of a response
        self._has_heard_all = False
        self._deadline = Deadline(self._missed)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._listener.guests.add(self, MOST)
        self._deadline.give(_SECONDS)

    def connection_lost(self, _: Exception | None) -> None:
        self._listener.guests.remove(self)
        self._deadline.cancel()
        if self._answering is not None:
            self._answering.cancel()

    def data_received(self, data: bytes) -> None:
        self._serve(self._talk.feed(data))

    def eof_received(self) -> bool:
        self._has_heard_all = True
        self._serve(self._talk.feed(b""))
        # What was asked is still answered, but TLS is over for both sides at once in asyncio.
        return self._answering is not None and self._transport.get_extra_info("ssl_object") is None

    def pause_writing(self) -> None:
        self._has_room = False
        self._read_or_wait()

    def resume_writing(self) -> None:
        self._has_room = True
        self._read_or_wait()

    def abort(self) -> None:
        """Ends the connection at once."""
        self._transport.abort()

    def finish(self) -> None:
        """Takes no more requests; ends once the one under way is answered."""
        self._talk.finish()
        self._write()

    def _serve(self, requests: list[Request]) -> None:
        for request in requests:  # there is one at most
            self._listener.guests.touch(self)
            self._answering = asyncio.get_running_loop().create_task(self._answer(request))
        self._write()
        self._read_or_wait()

    async def _answer(self, request: Request) -> None:
        response = await self._listener.answer(request)
        response.headers.append((b"date", formatdate(usegmt=True).encode()))
        self._talk.respond(request, response._replace(body=b"") if request.method == b"HEAD" else response)
        self._answering = None
        self._deadline.give(_SECONDS)
        self._serve(self._talk.go_on())

    def _write(self) -> None:
        if self._transport.is_closing():
            return
        self._transport.writelines(self._talk.take())
        if self._talk.ended:
            self._transport.close()

    def _read_or_wait(self) -> None:
        if self._transport.is_closing() or self._has_heard_all:
            return
        if self._has_room and not self._talk.is_full:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()

    def _missed(self) -> None:
        if self._answering is not None:
            self._deadline.give(_SECONDS)  # it waits for us, not we for it
        else:
            self._transport.abort()
