"""A chain runs in place, and only what waits becomes a task."""

import asyncio

import pytest

from clusterdns.server.chain import run

MOST = 10


class Running:
    """Coroutines that are run, and the results they have had."""

    def __init__(self):
        self.tasks = set()
        self.results = []

    def run(self, coroutine, most=MOST):
        return run(coroutine, self.results.append, self.tasks, most)


def test_what_waits_for_nothing_is_done_at_once_and_needs_no_loop():
    async def answer():
        return "answer"

    running = Running()
    assert running.run(answer()) is None
    assert running.results == ["answer"]
    assert not running.tasks


async def _waits_for(awaitable, trace):
    trace.append("begun")
    try:
        return await awaitable
    except ValueError as error:
        return error
    finally:
        trace.append("ended")


def test_what_waits_is_begun_in_place_and_ends_as_a_task():
    async def main():
        running, trace, future = Running(), [], asyncio.get_running_loop().create_future()
        task = running.run(_waits_for(future, trace))
        assert (trace, running.results, running.tasks) == (["begun"], [], {task})
        future.set_result("answer")
        await task
        assert (trace, running.results, running.tasks) == (["begun", "ended"], ["answer"], set())

    asyncio.run(main())


def test_what_goes_wrong_with_what_it_waits_for_comes_to_the_coroutine():
    async def main():
        running, future = Running(), asyncio.get_running_loop().create_future()
        task = running.run(_waits_for(future, []))
        error = ValueError("no upstream")
        future.set_exception(error)
        await task
        assert running.results == [error]

    asyncio.run(main())


def test_it_may_wait_any_number_of_times():
    async def answer():
        for _ in range(3):
            await asyncio.sleep(0)
        await asyncio.sleep(0.001)
        return await asyncio.get_running_loop().create_task(inner())

    async def inner():
        await asyncio.sleep(0)
        return "answer"

    async def main():
        running = Running()
        await running.run(answer())
        assert running.results == ["answer"]

    asyncio.run(main())


def test_a_cancelled_task_cancels_its_coroutine():
    async def main():
        running, trace, future = Running(), [], asyncio.get_running_loop().create_future()
        task = running.run(_waits_for(future, trace))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert trace == ["begun", "ended"]
        assert not running.tasks

    asyncio.run(main())


def test_two_may_wait_for_the_same():
    async def main():
        running, future = Running(), asyncio.get_running_loop().create_future()
        tasks = [running.run(_waits_for(future, [])) for _ in range(3)]
        future.set_result("answer")
        await asyncio.gather(*tasks)
        assert running.results == ["answer"] * 3

    asyncio.run(main())


def test_with_enough_waiting_another_is_given_up_and_cleans_up_behind_it():
    async def main():
        running, trace, future = Running(), [], asyncio.get_running_loop().create_future()
        first = running.run(_waits_for(future, []), most=1)
        assert running.run(_waits_for(future, trace), most=1) is None
        assert trace == ["begun", "ended"]
        future.set_result("answer")
        await first
        assert running.results == ["answer"]

    asyncio.run(main())
