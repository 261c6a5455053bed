"""The pages of plugins (/health, /ready, /metrics) over HTTP, by Hypercorn.

Ports are bound at once, since one that is taken must end a start; the HTTP server is imported and started behind the
first DNS answers, which don't wait for it. Knows pages, no plugin.
"""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from importlib import import_module
from typing import Any

from clusterdns.logs import Log
from clusterdns.plugins.base import Page, StartError
from clusterdns.server.sockets import bind_page

_Send = Callable[[dict[str, Any]], Awaitable[None]]
_GRACE = 0.5  # seconds that requests under way have when the server stops


class Pages:
    """The pages that are open now; `open` replaces them, as a reload does."""

    def __init__(self, log: Log, inherited: Mapping[str, socket.socket] | None = None) -> None:
        self._log = log
        self._inherited = inherited or {}  # sockets that a supervisor has bound for its workers
        self._sites: dict[str, _PageSite] = {}

    async def open(self, pages: list[Page]) -> None:
        """Opens these pages and closes all others.

        Raises `StartError` when a port can't be had, unless the page is lenient, which then is a warning.
        """
        wanted: dict[str, list[Page]] = {}
        for page in pages:
            wanted.setdefault(page.address, []).append(page)
        for address in self._sites.keys() - wanted.keys():
            await self._sites.pop(address).close()
        for address, found in wanted.items():
            if address in self._sites:
                self._sites[address].pages = found
                continue
            try:
                self._sites[address] = _PageSite(self._inherited.get(address) or bind_page(address), found)
            except StartError as error:
                if not all(page.lenient for page in found):
                    raise
                self._log.warning(str(error), ", ".join(page.path for page in found))

    async def close(self) -> None:
        """Closes all pages."""
        for site in self._sites.values():
            await site.close()
        self._sites.clear()


class _PageSite:
    """One address and the pages there, an ASGI application."""

    def __init__(self, sock: socket.socket, pages: list[Page]) -> None:
        self.pages = pages
        self._socket = sock
        self._end = asyncio.Event()
        self._task = asyncio.create_task(self._serve())

    async def close(self) -> None:
        self._end.set()
        await self._task
        self._socket.close()

    async def _serve(self) -> None:
        hypercorn = await asyncio.to_thread(import_module, "hypercorn.asyncio")
        config = (await asyncio.to_thread(import_module, "hypercorn.config")).Config()
        config.bind = [f"fd://{os.dup(self._socket.fileno())}"]  # which Hypercorn closes
        config.errorlog = None
        for page in self.pages:
            if page.certificate is not None:
                config.certfile, config.keyfile = map(str, page.certificate)
        config.graceful_timeout = _GRACE
        config.shutdown_timeout = _GRACE
        await hypercorn.serve(self, config, shutdown_trigger=self._end.wait)

    async def __call__(self, scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: _Send) -> None:
        if scope["type"] == "lifespan":
            while (event := await receive())["type"] != "lifespan.shutdown":
                await send({"type": f"{event['type']}.complete"})
            await send({"type": "lifespan.shutdown.complete"})
        elif scope["type"] == "http":
            page = next((page for page in self.pages if page.path == scope["path"]), None)
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
