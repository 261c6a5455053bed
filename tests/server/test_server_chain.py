"""A chain runs in place, and what waits is carried on by whoever ends its waiting."""

import asyncio
import gc
import weakref

import pytest

from clusterdns.handover import Handover
from clusterdns.server.chain import run

MOST = 10


class Running:
    """Coroutines that are run, and the results they have had."""

    def __init__(self):
        self.waiting = set()
        self.results = []

    def run(self, coroutine, most=MOST):
        return run(coroutine, self.results.append, self.waiting, most)


def test_what_waits_for_nothing_is_done_at_once_and_needs_no_loop():
    async def answer():
        return "answer"

    running = Running()
    assert running.run(answer()) is None
    assert running.results == ["answer"]
    assert not running.waiting


async def _waits_for(awaitable, trace):
    trace.append("begun")
    try:
        return await awaitable
    except ValueError as error:
        return error
    finally:
        trace.append("ended")


def test_what_waits_is_begun_in_place_and_ends_when_the_waiting_does():
    async def main():
        running, trace, future = Running(), [], asyncio.get_running_loop().create_future()
        waiting = running.run(_waits_for(future, trace))
        assert (trace, running.results, running.waiting) == (["begun"], [], {waiting})
        future.set_result("answer")
        await waiting.ended()
        assert (trace, running.results, running.waiting) == (["begun", "ended"], ["answer"], set())

    asyncio.run(main())


def test_what_goes_wrong_with_what_it_waits_for_comes_to_the_coroutine():
    async def main():
        running, future = Running(), asyncio.get_running_loop().create_future()
        waiting = running.run(_waits_for(future, []))
        error = ValueError("no upstream")
        future.set_exception(error)
        await waiting.ended()
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
        await running.run(answer()).ended()
        assert running.results == ["answer"]

    asyncio.run(main())


@pytest.mark.parametrize("kind", ["future", "handover", "task", "turn"])
def test_what_is_cancelled_ends_without_result_whatever_it_waits_for(kind):
    async def main():
        kinds = {
            "future": asyncio.get_running_loop().create_future,
            "handover": Handover,
            "task": lambda: asyncio.create_task(asyncio.sleep(10)),
            "turn": lambda: asyncio.sleep(0),
        }
        running, trace, awaitable = Running(), [], kinds[kind]()
        waiting = running.run(_waits_for(awaitable, trace))
        waiting.cancel()
        await waiting.ended()
        assert trace == ["begun", "ended"]
        assert not running.waiting
        assert not running.results
        if kind == "task":
            assert awaitable.cancelled()

    asyncio.run(main())


def test_two_may_wait_for_the_same():
    async def main():
        running, future = Running(), asyncio.get_running_loop().create_future()
        waiting = [running.run(_waits_for(future, [])) for _ in range(3)]
        future.set_result("answer")
        await asyncio.gather(*(each.ended() for each in waiting))
        assert running.results == ["answer"] * 3

    asyncio.run(main())


def test_with_enough_waiting_another_is_given_up_and_cleans_up_behind_it():
    async def main():
        running, trace, future = Running(), [], asyncio.get_running_loop().create_future()
        first = running.run(_waits_for(future, []), most=1)
        assert running.run(_waits_for(future, trace), most=1) is None
        assert trace == ["begun", "ended"]
        future.set_result("answer")
        await first.ended()
        assert running.results == ["answer"]

    asyncio.run(main())


def test_what_is_handed_over_goes_on_at_once():
    running, trace, handover = Running(), [], Handover()
    waiting = running.run(_waits_for(handover, trace))
    assert not running.results
    handover.give("answer")
    assert (running.results, trace) == (["answer"], ["begun", "ended"])
    assert waiting not in running.waiting
    failing = Handover()
    running.run(_waits_for(failing, []))
    error = ValueError("no upstream")
    failing.fail(error)
    assert running.results[1:] == [error]


def test_what_was_handed_over_before_need_not_be_waited_for():
    running, handover = Running(), Handover()
    handover.give("answer")
    assert running.run(_waits_for(handover, [])) is None
    assert running.results == ["answer"]


def test_tasks_may_wait_for_what_is_handed_over():
    async def main():
        handovers = [Handover() for _ in range(3)]
        given, failed, cancelled = [asyncio.create_task(_waits_for(handover, [])) for handover in handovers]
        await asyncio.sleep(0)
        handovers[0].give("answer")
        handovers[1].fail(ValueError("no upstream"))
        cancelled.cancel()
        await asyncio.wait([given, failed, cancelled])
        assert given.result() == "answer"
        assert str(failed.result()) == "no upstream"
        assert cancelled.cancelled()
        assert handovers[2].done

    asyncio.run(main())


def test_what_has_ended_needs_no_garbage_collection():
    class Trace(list):
        """What the coroutine holds."""

    running, handover, trace, gone = Running(), Handover(), Trace(), []
    waiting = running.run(_waits_for(handover, trace))
    weakref.finalize(trace, gone.append, True)
    gc.disable()
    try:
        handover.give("answer")
        del waiting, handover, trace
        assert gone
    finally:
        gc.enable()
