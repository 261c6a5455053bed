"""Server blocks that are asked in process, at a time that the test chooses."""

import asyncio
import textwrap
from collections.abc import Awaitable, Callable
from io import StringIO
from pathlib import Path
from typing import TypeVar

from clusterdns.advice.survey import Survey
from clusterdns.cluster.settings import Settings
from clusterdns.corefile import parse
from clusterdns.dns import codes
from clusterdns.dns.names import encode_name
from clusterdns.explain.case import Case
from clusterdns.explain.reason import Reason
from clusterdns.explain.reasons import reasons_of
from clusterdns.explain.serving import Asked, Sites
from clusterdns.logs import Log
from clusterdns.plugins import ORDER
from clusterdns.server.keeper import Keeper
from clusterdns.server.site import Defaults

T = TypeVar("T")


class AskedSites:
    """The sites of a Corefile and of manifests. `now` is the time in seconds."""

    def __init__(self, folder: Path, corefile: str, manifests: str = "") -> None:
        self.now = 1000.0
        (folder / "cluster.yaml").write_text(manifests)
        self.keeper = Keeper(Settings(), (str(folder / "cluster.yaml"),), Log(StringIO()))
        assert not self.keeper.load()
        self.keeper.world.clock = lambda: self.now
        self.corefile = parse(textwrap.dedent(corefile), "Corefile", env={}, known=ORDER)
        self.sites = Sites(self.corefile, self.keeper.world, Defaults(5353, ("127.0.0.1",)))

    def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """What the work has come to, between start and stop of the sites."""

        async def between() -> T:
            await self.sites.start()
            try:
                return await work()
            finally:
                await self.sites.stop()

        return asyncio.run(between())

    async def ask(self, name: str, qtype: int = codes.A) -> Asked:
        return await self.sites.ask(encode_name(name), qtype)

    def case(self, asked: Asked, typed: str = "web") -> Case:
        return Case(Survey(self.keeper.cluster), self.sites, asked, typed, reasons_of)

    def reasons(self, asked: Asked, typed: str = "web") -> list[Reason]:
        """Why that was the answer."""
        return reasons_of(self.case(asked, typed))
