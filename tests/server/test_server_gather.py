"""The metrics of several workers as one page has them, whatever becomes of a worker."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from clusterdns.metrics import Metrics
from clusterdns.server import gather
from clusterdns.server.gather import Gathering, channel, tell


class Worker:
    """What one worker has counted, and since when it lives."""

    def __init__(self, began: float, asked: float, open_now: float = 0) -> None:
        self.began = began
        self.metrics = Metrics()
        self.metrics.counter("asked_total", "").add((), asked)
        self.metrics.gauge("open", "").set((), open_now)
        self.metrics.histogram("seconds", "", (), (0.5,)).observe((), 0.25)

    @asynccontextmanager
    async def reachable(self, asked):
        telling = asyncio.create_task(tell(asked, self.metrics, self.began))
        try:
            yield
        finally:
            telling.cancel()
            await asyncio.wait([telling])


class Crew:
    """A first worker and the channel to a second one."""

    def __init__(self, remembered: bytes = b"") -> None:
        self.asking, self.asked = channel()
        self.notes = [remembered]
        self.first = Worker(1, asked=100)
        self.gathering = self.led_by(self.first)

    def led_by(self, first: Worker) -> Gathering:
        return Gathering([self.asking], first.began, self.notes[-1], self.notes.append)

    async def read(self) -> dict[str, float]:
        """The numbers of each metric, added up."""
        families = await self.gathering.collect(self.first.metrics.collect())
        return {
            family.name + sample.suffix: sample.value
            for family in families
            for sample in family.samples
            if sample.suffix != "_bucket"
        }

    def close(self) -> None:
        self.asking.close()
        self.asked.close()


@pytest.fixture
def crew():
    made = Crew()
    yield made
    made.close()


def test_what_workers_count_is_added_up(crew):
    async def story():
        async with Worker(2, asked=10, open_now=3).reachable(crew.asked):
            return await crew.read()

    assert asyncio.run(story()) == {"asked_total": 110, "open": 3, "seconds_sum": 0.5, "seconds_count": 2}


def test_what_a_worker_counted_that_has_ended_still_counts(crew):
    async def story():
        async with Worker(2, asked=10, open_now=3).reachable(crew.asked):
            await crew.read()
        async with Worker(3, asked=1, open_now=1).reachable(crew.asked):
            first = await crew.read()
            return first, await crew.read()

    first, second = asyncio.run(story())
    assert first == {"asked_total": 111, "open": 1, "seconds_sum": 0.75, "seconds_count": 3}
    assert second == first, "the one that ended is counted once"


def test_a_worker_that_does_not_answer_counts_as_it_was_last_read(crew, monkeypatch):
    monkeypatch.setattr(gather, "_PATIENCE", 0.01)

    async def story():
        async with Worker(2, asked=10, open_now=3).reachable(crew.asked):
            await crew.read()
        return await crew.read()

    assert asyncio.run(story()) == {"asked_total": 110, "open": 0, "seconds_sum": 0.5, "seconds_count": 2}


def test_who_takes_the_place_of_the_first_worker_goes_on_counting(crew):
    async def story():
        async with Worker(2, asked=10).reachable(crew.asked):
            await crew.read()
            crew.first = Worker(4, asked=5)
            crew.gathering = crew.led_by(crew.first)
            return await crew.read()

    assert asyncio.run(story())["asked_total"] == 115


def test_what_is_no_metrics_is_left_out(crew):
    async def story():
        async def answer():
            loop = asyncio.get_running_loop()
            while not (questions := gather._questions(crew.asked)):
                await asyncio.sleep(0)
            with questions[0]:
                await loop.sock_sendall(questions[0], b"\xc1")

        answering = asyncio.create_task(answer())
        found = await crew.read()
        await answering
        return found

    assert asyncio.run(story())["asked_total"] == 100
