"""Replies fetched anew: before they expire since they are popular, or afterwards since there is nothing better."""

import asyncio

from cached import SOA, Cached, reply
from upstreams import told, until

from clusterdns.dns import codes
from clusterdns.dns.query import TCP

OLD, NEW = reply("www.example. 10 A 192.0.2.1"), reply("www.example. 10 A 192.0.2.2")
NXDOMAIN = reply(rcode=codes.NXDOMAIN, authority=(SOA,))
SERVFAIL = reply(rcode=codes.SERVFAIL)
NAME = "www.example. A"


def expired(*options, after=12.0):
    """A cache whose only reply has expired by now, and whose upstream has another one."""
    cached = Cached(*options)
    cached.upstream[NAME] = OLD
    cached.ask()
    cached.clock.now += after
    cached.upstream[NAME] = NEW
    cached.asked.clear()
    return cached


def shown(address, ttl, flags="aa ra"):
    return [f"NOERROR {flags}", f"www.example. {ttl} A 192.0.2.{address}"]


def test_a_popular_reply_is_fetched_anew_before_it_expires():
    async def story():
        cached = Cached("prefetch 2 1m 50%")
        cached.upstream[NAME] = OLD
        for _ in range(3):
            await cached.wait()
        cached.upstream[NAME] = NEW
        cached.clock.now += 4
        assert await cached.wait() == shown(1, 6)
        assert len(cached.asked) == 1
        cached.clock.now += 2
        assert await cached.wait() == shown(1, 4)
        await until(lambda: len(cached.asked) == 2)
        assert cached.table.queries[-1][1] == TCP  # so that nothing is cut off
        assert await cached.wait() == shown(2, 10)
        assert cached.count("prefetch_total") == {"": 1}
        cached.clock.now += 6
        await cached.wait()  # still popular
        await until(lambda: len(cached.asked) == 3)

    told(story())


def test_a_reply_that_few_ask_for_is_not_fetched_anew():
    async def story():
        cached = Cached("prefetch 2 3s 90%")
        cached.upstream[NAME] = OLD
        for _ in range(3):
            await cached.wait()
            cached.clock.now += 3.3
        await asyncio.sleep(0)
        assert len(cached.asked) == 1

    told(story())


def test_only_one_query_fetches_a_popular_reply():
    async def story():
        cached = Cached("prefetch 1 1m 90%")
        cached.upstream[NAME] = OLD
        await cached.wait()
        goes_on = asyncio.Event()
        cached.table.before = goes_on.wait
        cached.clock.now += 5
        for _ in range(5):
            assert await cached.wait() == shown(1, 5)
            await asyncio.sleep(0)
        assert len(cached.asked) == 2
        del cached.upstream[NAME]
        goes_on.set()
        await until(lambda: not cached.cache.refresher._tasks)
        assert await cached.wait() == shown(1, 5)  # it failed, and is tried again
        await until(lambda: len(cached.asked) == 3)

    told(story())


def test_without_serve_stale_an_expired_reply_is_gone():
    cached = expired()
    assert cached.ask() == shown(2, 10, "ra")


def test_an_expired_reply_is_served_while_a_fresh_one_is_fetched():
    async def story():
        cached = expired("serve_stale")
        assert await cached.wait() == shown(1, 0)
        await until(lambda: not cached.cache.refresher._tasks)
        assert await cached.wait() == shown(2, 10)
        assert cached.asked == [NAME]
        assert cached.count("served_stale_total") == {"": 1}
        assert cached.count("hits_total") == {"success": 2}

    told(story())


def test_an_expired_reply_is_served_for_a_while_only():
    async def story():
        cached = expired("serve_stale 30s", after=10 + 31.0)
        assert await cached.wait() == shown(2, 10, "ra")
        cached = expired("serve_stale 30s", after=10 + 29.0)
        assert await cached.wait() == shown(1, 0)

    told(story())


def test_an_expired_reply_is_served_while_upstreams_fail():
    async def story():
        cached = expired("serve_stale")
        for trouble in (SERVFAIL, reply(rcode=codes.REFUSED), reply(flags=codes.TC), None):
            cached.upstream.pop(NAME, None)
            if trouble is not None:
                cached.upstream[NAME] = trouble
            assert await cached.wait() == shown(1, 0)
            await until(lambda: not cached.cache.refresher._tasks)
        assert len(cached.asked) == 4

    told(story())


def test_expired_replies_may_show_a_ttl_and_failures_give_pause():
    async def story():
        cached = expired("serve_stale 1h immediate 30s 20s")
        del cached.upstream[NAME]
        for _ in range(3):
            assert await cached.wait() == shown(1, 30)
            await until(lambda: not cached.cache.refresher._tasks)
        assert len(cached.asked) == 1
        cached.clock.now += 21
        await cached.wait()
        await until(lambda: not cached.cache.refresher._tasks)
        assert len(cached.asked) == 2

    told(story())


def test_a_stale_reply_gives_way_to_one_that_comes():
    async def story():
        cached = expired("serve_stale 1h verify")
        assert await cached.wait() == shown(2, 10, "ra")
        cached.clock.now += 12
        cached.upstream[NAME] = NXDOMAIN
        assert (await cached.wait())[0] == "NXDOMAIN ra"
        assert not cached.count("served_stale_total")

    told(story())


def test_a_stale_reply_does_if_none_comes():
    async def story():
        cached = expired("serve_stale 1h verify 0 15s 20s")
        cached.upstream[NAME] = SERVFAIL
        assert await cached.wait() == shown(1, 15)
        assert await cached.wait() == shown(1, 15)
        assert len(cached.asked) == 1  # twenty seconds of peace
        assert cached.count("entries") == {"success": 1, "denial": 0}

    told(story())


def test_a_stale_reply_does_if_none_comes_in_time():
    async def story():
        cached = expired("serve_stale 1h verify 20ms")
        goes_on = asyncio.Event()
        cached.table.before = goes_on.wait
        assert await cached.wait() == shown(1, 0)
        goes_on.set()
        await until(lambda: not cached.cache.refresher._tasks)
        assert await cached.wait() == shown(2, 10)  # it came late, and was kept
        assert len(cached.asked) == 1

    told(story())


def test_a_reply_that_comes_in_time_is_given_from_the_cache():
    async def story():
        cached = expired("serve_stale 1h verify 5s")
        assert await cached.wait() == shown(2, 10)
        cached.clock.now += 12
        cached.upstream[NAME] = reply(rcode=codes.REFUSED)
        assert await cached.wait() == shown(2, 0)

    told(story())


def test_an_old_answer_may_be_preferred_to_a_new_denial():
    async def story():
        options = ("serve_stale 1h verify", "serve_stale_policy prefer_positive")
        cached = expired(*options)
        cached.upstream[NAME] = NXDOMAIN
        assert await cached.wait() == shown(1, 0)
        assert cached.count("entries") == {"success": 1, "denial": 1}
        cached.upstream[NAME] = reply("www.example. 10 CNAME gone.example.", authority=("example. 9 NS ns.",))
        assert await cached.wait() == shown(1, 0)
        cached.upstream[NAME] = NEW
        assert await cached.wait() == shown(2, 10, "ra")
        assert cached.count("entries") == {"success": 1, "denial": 0}

    told(story())


def test_the_last_answer_is_remembered_behind_an_empty_one():
    async def story():
        cached = expired("serve_stale", "serve_stale_policy prefer_positive")
        cached.upstream[NAME] = reply()  # neither an answer nor a denial
        assert await cached.wait() == shown(1, 0)
        await until(lambda: not cached.cache.refresher._tasks)
        assert await cached.wait() == shown(1, 0)

    told(story())


def test_a_background_failure_of_ours_does_not_stop_later_refreshes():
    async def story():
        problems = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: problems.append(context["exception"]))
        cached = expired("serve_stale")

        async def fails():
            raise ZeroDivisionError

        cached.table.before = fails
        assert await cached.wait() == shown(1, 0)
        await until(lambda: not cached.cache.refresher._tasks)
        cached.table.before = None
        await cached.wait()
        await until(lambda: not cached.cache.refresher._tasks)
        assert await cached.wait() == shown(2, 10)

    told(story())


def test_a_stop_ends_what_is_under_way():
    async def story():
        cached = expired("serve_stale")
        cached.table.before = asyncio.Event().wait
        await cached.wait()
        async with cached.chain:
            pass
        assert not cached.cache.refresher._tasks

    told(story())
