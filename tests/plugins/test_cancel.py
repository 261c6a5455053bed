import asyncio

import pytest
from chain import Chain, lines_of, make_query

from clusterdns.corefile import CorefileError
from clusterdns.dns.reply import Unanswered
from clusterdns.handover import Handover

WEB = "web.example. A"
SLOW = ". {{\n cancel {}\n errors\n prometheus\n erratic {{\n  delay 1 {}\n }}\n}}"


def answer(chain, **around):
    """The outcome of one query, within an event loop."""

    async def ask():
        try:
            return lines_of(await chain.answer(make_query(WEB)))
        except Unanswered as outcome:
            return [str(outcome)]

    return asyncio.run(ask())


def test_a_reply_that_comes_in_time_is_given():
    assert answer(Chain(SLOW.format("1h", "1ms"))) == ["NOERROR aa", "web.example. 0 A 192.0.2.53"]


def test_a_query_that_takes_too_long_fails_and_is_counted_and_logged():
    chain = Chain(SLOW.format("1ms", "1h"))
    assert answer(chain) == ["plugin/cancel: no reply within 1ms"]
    assert chain.log.getvalue() == ("[ERROR] plugin/errors: 2 web.example. A: plugin/cancel: no reply within 1ms\n")
    responses = next(f for f in chain.world.metrics.collect() if f.name == "coredns_dns_responses_total")
    assert [(dict(sample.labels)["rcode"], sample.value) for sample in responses.samples] == [("SERVFAIL", 1)]


def test_what_needs_no_waiting_needs_no_event_loop():
    assert Chain(". {\n cancel\n template IN A {\n rcode NXDOMAIN\n }\n}").ask(WEB) == ["NXDOMAIN aa"]


def test_a_client_that_is_gone_ends_the_waiting():
    chain = Chain(SLOW.format("1h", "1h"))

    async def ask():
        task = asyncio.create_task(chain.answer(make_query(WEB)))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(ask())


def test_all_that_plugins_wait_for_is_waited_for():
    plugin = Chain(". {\n cancel 1h\n whoami\n}").setting.plugins["cancel"]
    handover = Handover()

    async def slow(query):
        await asyncio.sleep(0)
        await asyncio.sleep(0.001)
        await asyncio.create_task(asyncio.sleep(0))
        return await handover

    async def ask():
        asyncio.get_running_loop().call_later(0.005, handover.give, "reply")
        return await plugin.serve(make_query(WEB), slow)

    assert asyncio.run(ask()) == "reply"


def test_a_query_that_is_given_up_leaves_nothing_behind():
    plugin = Chain(". {\n cancel 1h\n whoami\n}").setting.plugins["cancel"]
    handover, ended = Handover(), []

    async def slow(query):
        try:
            await handover
        finally:
            ended.append("below")

    async def ask():
        coroutine = plugin.serve(make_query(WEB), slow)
        coroutine.send(None)
        coroutine.close()
        return list(ended)

    assert asyncio.run(ask()) == ["below"]


def test_one_who_waits_for_the_same_is_not_disturbed():
    plugin = Chain(". {\n cancel 1ms\n whoami\n}").setting.plugins["cancel"]

    async def ask():
        shared = asyncio.get_running_loop().create_future()

        async def slow(query):
            return await shared

        patient = asyncio.create_task(slow(None))
        with pytest.raises(Unanswered):
            await plugin.serve(make_query(WEB), slow)
        shared.set_result("reply")
        return await patient

    assert asyncio.run(ask()) == "reply"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("5", "TIMEOUT '5' is not a duration"),
        ("-1s", "TIMEOUT '-1s' is not more than 0"),
        ("0s", "TIMEOUT '0s' is not more than 0"),
        ("1s 2s", "'2s' is one argument too many"),
    ],
)
def test_other_timeouts_are_refused(words, complaint):
    with pytest.raises(CorefileError, match=f"cancel: {complaint}"):
        Chain(f". {{\n cancel {words}\n}}")
