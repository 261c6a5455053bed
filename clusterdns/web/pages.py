"""The pages of plugins (/health, /ready, /metrics) over HTTP, by Hypercorn.

Ports are bound at once, since one that is taken must end a start; the HTTP server is imported and started behind the
first DNS answers, which don't wait for it. Knows pages, no plugin.
"""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from clusterdns.corefile import join_host_port, split_host_port
from clusterdns.logs import Log
from clusterdns.plugins.base import Page, StartError
from clusterdns.server.sockets import EVERYWHERE, bind_page

_Send = Callable[[dict[str, Any]], Awaitable[None]]
_GRACE = 0.5  # seconds that requests under way have when the server stops


class Pages:
    """The pages that are open now; `open` replaces them, as a reload does.

    With `hosts`, pages that name no host are shown on those instead of on all addresses, and one whose port is taken is
    a warning and no error.
    """

    def __init__(self, log: Log, hosts: Sequence[str] = ()) -> None:
        self._log = log
        self._hosts = hosts
        self._sites: dict[str, _PageSite] = {}

    async def open(self, pages: Sequence[Page]) -> None:
        """Opens these pages and closes all others; raises `StartError`, and changes nothing, if a port can't be had."""
        wanted: dict[str, list[Page]] = {}
        for page in pages:
            for address in page_addresses(page, self._hosts):
                wanted.setdefault(address, []).append(page)
        for page in pages:
            _check_certificate(page)
        bound = self._bind([address for address in wanted if address not in self._sites])
        for address in self._sites.keys() - wanted.keys():
            await self._sites.pop(address).close()
        for address, sock in bound.items():
            self._sites[address] = _PageSite(sock)
        for address, found in wanted.items():
            if address in self._sites:
                await self._sites[address].show(found)

    async def close(self) -> None:
        """Closes all pages."""
        await asyncio.gather(*(site.close() for site in self._sites.values()))
        self._sites.clear()

    def _bind(self, addresses: Sequence[str]) -> dict[str, socket.socket]:
        bound: dict[str, socket.socket] = {}
        for address in addresses:
            try:
                bound[address] = bind_page(address, self._overlapping(address))
            except StartError as error:
                if not self._hosts:
                    for sock in bound.values():
                        sock.close()
                    raise
                self._log.warning(str(error))
        return bound

    def _overlapping(self, address: str) -> list[socket.socket]:
        """The sockets of pages with the same port, on one address where this is every address, or the other way."""
        host, port = split_host_port(address)
        others = ((split_host_port(known), site.socket) for known, site in self._sites.items())
        return [sock for (other, same), sock in others if same == port and EVERYWHERE & {host, other}]


def page_addresses(page: Page, hosts: Sequence[str]) -> list[str]:
    """Where a page is shown: on each of `hosts` if there are any and it names no host itself."""
    host, port = split_host_port(page.address)
    return [page.address] if host or not hosts else [join_host_port(each, port) for each in hosts]


def _check_certificate(page: Page) -> None:
    if page.certificate is None:
        return
    import ssl  # few need it

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*page.certificate)
    except OSError as error:  # an SSLError is one
        files = " and ".join(map(str, page.certificate))
        raise StartError(f"{page.path}: {files}: {error.strerror or error}") from None


class _PageSite:
    """One address and the pages there, an ASGI application."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self._pages: list[Page] = []
        self._certificate: tuple[Path, Path] | None = None
        self._end = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def show(self, pages: list[Page]) -> None:
        """Shows these pages from now on; another certificate takes another server."""
        certificate = next((page.certificate for page in pages if page.certificate is not None), None)
        self._pages = pages
        if self._task is None or certificate != self._certificate:
            await self._stop()
            self._certificate = certificate
            self._task = asyncio.create_task(self._serve())

    async def close(self) -> None:
        await self._stop()
        self.socket.close()

    async def _stop(self) -> None:
        if self._task is not None:
            self._end.set()
            await self._task
            self._end = asyncio.Event()

    async def _serve(self) -> None:
        hypercorn = await asyncio.to_thread(import_module, "hypercorn.asyncio")
        config = (await asyncio.to_thread(import_module, "hypercorn.config")).Config()
        config.bind = [f"fd://{os.dup(self.socket.fileno())}"]  # which Hypercorn closes
        config.errorlog = None
        if self._certificate is not None:
            config.certfile, config.keyfile = map(str, self._certificate)
        config.graceful_timeout = _GRACE
        config.shutdown_timeout = _GRACE
        await hypercorn.serve(self, config, shutdown_trigger=self._end.wait)

    async def __call__(self, scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: _Send) -> None:
        if scope["type"] == "lifespan":
            while (event := await receive())["type"] != "lifespan.shutdown":
                await send({"type": f"{event['type']}.complete"})
            await send({"type": "lifespan.shutdown.complete"})
        elif scope["type"] == "http":
            page = next((page for page in self._pages if page.path == scope["path"]), None)
            status, text, kind = await _read(page)
            headers = [(b"content-type", kind.encode())]
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": text.encode()})


async def _read(page: Page | None) -> tuple[int, str, str]:
    """Status, body and content type of a page, or of none."""
    if page is None:
        return 404, "404 page not found\n", "text/plain; charset=utf-8"
    read = page.read()
    status, text = read if isinstance(read, tuple) else await read
    return status, text, page.content_type
