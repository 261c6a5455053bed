"""What plugins do every few seconds goes on, though it fails once."""

import asyncio
import io
from contextlib import suppress

from clusterdns.logs import Log
from clusterdns.server.server import _repeat


def test_what_is_repeated_goes_on_after_a_failure_which_is_logged():
    log, done = Log(io.StringIO()), asyncio.Event()
    times = iter((OSError("the file is being written"), None))

    def look():
        failure = next(times)
        if failure is not None:
            raise failure
        done.set()

    async def story():
        repeating = asyncio.create_task(_repeat(0.001, look, log))
        await asyncio.wait_for(done.wait(), 10)
        repeating.cancel()
        with suppress(asyncio.CancelledError, StopIteration, RuntimeError):
            await repeating

    asyncio.run(story())
    assert "the file is being written" in log.stream.getvalue()
