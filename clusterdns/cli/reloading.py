"""The Corefile that a server follows: read again when somebody asks, and when the reload plugin wants to look at it.

One that can't be served is reported once, and what was served before still is. Knows when to read, not what from.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from clusterdns.cli.corefile import Source
from clusterdns.plugins.base import StartError
from clusterdns.server.server import ConfigError, Server


def _tell_nobody(_: Source) -> None:
    return


class Reloader:
    """Has a server serve what `read` returns, and tells `serving` about it.

    Only one whose world leads looks at the Corefile by itself, and writes of what goes well into the log.
    """

    def __init__(
        self, server: Server, read: Callable[[], Source], serving: Callable[[Source], None] = _tell_nobody
    ) -> None:
        self._server = server
        self._read = read
        self._serving = serving
        self._leads = server.world.leads
        self._asked = asyncio.Event()
        self._served: Source
        self._tried = ""  # the digest of what was read last
        self._log = server.world.log

    def ask(self) -> None:
        """Asks for a reload, which `follow` does as soon as it can."""
        self._asked.set()

    async def start(self, source: Source) -> None:
        """Starts the server with a first Corefile. Raises `ConfigError`, `StartError`."""
        self._served = source
        self._tried = source.digest
        await self._server.start(source.corefile)

    async def follow(self) -> None:
        """Tells what was started. Reloads when asked to, and when the reload plugin finds another, until cancelled."""
        self._tell()
        while True:
            asked = await self._is_asked()
            try:
                source = self._read()
            except StartError as error:
                if asked:  # otherwise it may be there again at the next look
                    self._failed(error)
                continue
            if asked or source.digest != self._tried:
                await self._reload(source)

    async def _is_asked(self) -> bool:
        """Waits until there is reason to read the Corefile. Is it that somebody asked?"""
        intervals = [site.setting.reload for site in self._server.sites if site.setting.reload and self._leads]
        with suppress(TimeoutError):
            async with asyncio.timeout(min(intervals, default=None)):
                await self._asked.wait()
        asked = self._asked.is_set()
        self._asked.clear()
        return asked

    async def _reload(self, source: Source) -> None:
        self._say("Reloading")
        self._tried = source.digest
        try:
            await self._server.reload(source.corefile)
        except (ConfigError, StartError) as error:
            self._failed(error)
            return
        self._served = source
        self._tell()
        self._say("Reloading complete")

    def _failed(self, error: Exception) -> None:
        self._log.error(f"not reloaded, what was served still is: {error}")
        self._server.world.metrics.counter(
            "coredns_reload_failed_total", "Changed Corefiles that could not be served."
        ).add()

    def _tell(self) -> None:
        """Tells others what is served now, and users of the reload plugin by which digest they know it."""
        with suppress(StartError):  # others that are gone need not know
            self._serving(self._served)
        if not any(site.setting.reload for site in self._server.sites):
            return
        self._say(f"Running configuration SHA512 = {self._served.digest}", "reload")
        shown = self._server.world.metrics.gauge(
            "coredns_reload_version_info", "Which Corefile is served.", ("hash", "value"), common=True
        )
        shown.values.clear()
        shown.set(("sha512", self._served.digest), 1)

    def _say(self, text: str, plugin: str = "") -> None:
        if self._leads:
            self._log.info(text, plugin)
