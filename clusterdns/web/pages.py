"""The pages of plugins (/health, /ready, /metrics) over HTTP: which are open, and where.

Ports are bound at once, since one that is taken must end a start; what speaks HTTP is imported and started behind the
first DNS answers, which don't wait for it. Knows pages, no plugin.
"""

import asyncio
import socket
from collections.abc import Sequence
from importlib import import_module
from ssl import SSLContext
from typing import TYPE_CHECKING, Final

from clusterdns.corefile import join_host_port, split_host_port
from clusterdns.credentials import Credentials, Files
from clusterdns.logs import Log
from clusterdns.plugins.base import Page, StartError
from clusterdns.server.sockets import EVERYWHERE, bind_page

if TYPE_CHECKING:
    from clusterdns.web.listener import PageListener

_GRACE: Final = 0.5  # seconds that requests under way have when the server stops
_PROTOCOL: Final = "http/1.1"  # ALPN


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
        credentials = {address: self._credentials(found) for address, found in wanted.items()}
        bound = self._bind([address for address in wanted if address not in self._sites])
        for address in self._sites.keys() - wanted.keys():
            await self._sites.pop(address).close()
        for address, sock in bound.items():
            self._sites[address] = _PageSite(sock, self._log)
        for address, found in wanted.items():
            if address in self._sites:
                self._sites[address].show(found, credentials[address])

    async def close(self) -> None:
        """Closes all pages."""
        await asyncio.gather(*(site.close() for site in self._sites.values()))
        self._sites.clear()

    def _credentials(self, pages: Sequence[Page]) -> Credentials | None:
        """Those of an address, if any page there has some. Raises `StartError`."""
        for page in pages:
            if page.certificate is not None:
                try:
                    return Credentials(Files(*page.certificate), self._log.warning)
                except ValueError as error:
                    raise StartError(f"{page.path}: {error}") from None
        return None

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


class _PageSite:
    """One address and the pages there."""

    def __init__(self, sock: socket.socket, log: Log) -> None:
        self.socket = sock
        self._log = log
        self._pages: dict[str, Page] = {}
        self._credentials: Credentials | None = None
        self._listener: PageListener | None = None
        self._starting: asyncio.Task[None] | None = None

    def show(self, pages: Sequence[Page], credentials: Credentials | None) -> None:
        """Shows these pages from now on."""
        self._pages = {page.path: page for page in reversed(pages)}  # of several at one path it is the first
        self._credentials = credentials
        if self._starting is None:
            self._starting = asyncio.get_running_loop().create_task(self._listen())

    async def close(self) -> None:
        """Shows nothing any more."""
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.wait([self._starting])
        if self._listener is None:
            self.socket.close()
        else:
            await self._listener.drain(_GRACE)

    async def _listen(self) -> None:
        module = await asyncio.to_thread(import_module, "clusterdns.web.listener")
        self._listener = module.PageListener(self.socket, self._find, self._context, self._log)

    def _find(self, path: str) -> Page | None:
        return self._pages.get(path)

    def _context(self) -> SSLContext | None:
        return None if self._credentials is None else self._credentials.context(_PROTOCOL)
