"""What comes up in a turn of the event loop leaves at its end."""

import asyncio

import pytest

from clusterdns.departure import Departure


@pytest.fixture
def done() -> list[str]:
    return []


def test_what_comes_up_in_the_work_leaves_behind_it_in_order(done):
    departure = Departure()

    def work():
        departure.add(lambda: done.append("first"))
        departure.add(lambda: done.append("second"))
        done.append("work")

    departure.after(work)
    departure.after(lambda: done.append("more work"))
    assert done == ["work", "first", "second", "more work"]


def test_what_comes_up_outside_of_any_work_leaves_in_the_next_turn(done):
    async def story():
        departure = Departure()
        departure.add(lambda: done.append("sent"))
        assert not done
        await asyncio.sleep(0)

    asyncio.run(story())
    assert done == ["sent"]


def test_what_comes_up_while_others_leave_is_not_lost(done):
    async def story():
        departure = Departure()
        departure.after(lambda: departure.add(lambda: departure.add(lambda: done.append("sent"))))
        await asyncio.sleep(0)

    asyncio.run(story())
    assert done == ["sent"]


def test_work_that_fails_keeps_nothing_back(done):
    departure = Departure()

    def work():
        departure.add(lambda: done.append("sent"))
        raise OSError("the socket is gone")

    with pytest.raises(OSError, match="gone"):
        departure.after(work)
    assert done == ["sent"]
