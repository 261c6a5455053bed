"""One of several processes that answer: tied to a supervisor, which has the sockets and says when to reload."""

import asyncio
import signal
import time
from contextlib import suppress
from functools import partial

from clusterdns.cli.corefile import Source, read_corefile
from clusterdns.cli.options import Options
from clusterdns.cli.process import Process
from clusterdns.cli.reloading import Reloader
from clusterdns.plugins.base import StartError
from clusterdns.server.gather import Gathering, tell
from clusterdns.server.keeper import Keeper
from clusterdns.server.share import Share


class Worker(Process):
    """The process of a worker; the first one leads. `keeper` was forked with all that it had loaded."""

    def __init__(self, options: Options, keeper: Keeper, share: Share) -> None:
        self._share = share
        keeper.world.leads = share.is_first
        super().__init__(options, keeper, share)

    async def start(self) -> None:
        """See `Process`. One that starts again, or follows, serves what the others do."""
        self.keeper.catch_up()
        began = time.monotonic()  # which is the same clock in all processes
        if self.world.leads:
            gathering = Gathering(self._share.asking, began, self._share.remembered(), self._share.remember)
            self.world.gather = gathering.collect
        else:
            self.do(tell(self._share.asked, self.world.metrics, began))
        shared: Source | None = self._share.configuration()
        if shared is None:
            await super().start()
            return
        with self.world.log.muted():  # all that there is to say was said when this was served first
            await self.reloader.start(shared)

    def make_reloader(self) -> Reloader:
        """Only the first worker reads the Corefile; what it can serve, the others get from the supervisor."""
        read = partial(read_corefile, self.options) if self.world.leads else self._share.configuration
        return Reloader(self.server, read, self._share.serving)

    def handle_signals(self) -> None:
        """The supervisor's are SIGTERM and SIGUSR1; others are its own. Without it, there is nothing left to do."""
        loop = asyncio.get_running_loop()
        self.end_by(signal.SIGTERM)
        loop.add_signal_handler(signal.SIGUSR1, self.reloader.ask)
        loop.add_reader(self._share.fileno(), self._abandoned)

    def fail(self, sentence: str) -> None:
        """See `Process`. Another worker in its place would fail as well, so this ends all of them."""
        super().fail(sentence)
        with suppress(StartError):  # without a supervisor all end anyhow
            self._share.end()

    def _abandoned(self) -> None:
        asyncio.get_running_loop().remove_reader(self._share.fileno())
        self.end.set()
