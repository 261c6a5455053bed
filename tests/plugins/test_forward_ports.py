"""From which ports upstreams are asked: nobody shall guess the port of a query."""

import asyncio
import errno
import select
import socket
from itertools import pairwise
from random import SystemRandom

import pytest
from upstreams import Upstream, dead, gives, told, until

from clusterdns.departure import Departure
from clusterdns.plugins.forward import ports as module
from clusterdns.plugins.forward.connection import Failure, Patience, Remote
from clusterdns.plugins.forward.pool import Keep
from clusterdns.plugins.forward.ports import Ports

QUESTION = b"\1\0\0\1\0\0\0\0\0\0\3www\7example\0\0\1\0\1"


@pytest.fixture(params=["epoll", "portable"], autouse=True)
def readers(request, monkeypatch):
    """One event for all sockets where the system can, else one for each."""
    if request.param == "portable":
        monkeypatch.delattr(select, "epoll", raising=False)


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(module, "_ENOUGH", 3)
    monkeypatch.setattr(module, "_USES", 4)


class Asking(Ports):
    """Ports for an upstream of a test."""

    def __init__(self, upstream, seconds=5.0, clock=lambda: 0.0, max_age=0.0, max_idle=0):
        keep = Keep(clock, expire=10.0, max_age=max_age, max_idle=max_idle)
        super().__init__(Remote("127.0.0.1", upstream.port), Patience(seconds), SystemRandom(), keep, Departure())

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        self.stop()


def test_few_queries_have_a_port_each_and_many_share_ports_by_chance():
    async def story():
        async with Upstream() as upstream, Asking(upstream) as ports:
            for _ in range(40):
                await ports.ask(QUESTION)
            used = [query.port for query in upstream.asked]
            assert len(set(used[:3])) == 3
            assert max(map(used.count, used)) == 4  # then a port is given up
            assert ports.opened == len(set(used)) < 40
            assert ports.opened + ports.reused == 40
            assert any(one == another for one, another in pairwise(used))  # by chance, not in turn

    told(story())


def test_queries_under_way_have_a_port_each():
    async def story():
        async with Upstream(dead) as upstream, Asking(upstream) as ports:
            waiting = [ports.ask(QUESTION) for _ in range(20)]
            await until(lambda: len(upstream.asked) == 20)
            assert len({query.port for query in upstream.asked}) == 20
            upstream.answer = gives("@ 30 A 192.0.2.1")
            for query in upstream.asked:
                upstream.send(upstream.answer(query.query).to_wire(), query.port)
            replies = [await each for each in waiting]
            assert [reply[:2] for reply in replies] == [query.wire[:2] for query in upstream.asked]

    told(story())


def test_a_port_that_hears_what_nobody_asked_is_not_used_again():
    async def story():
        async with Upstream() as upstream, Asking(upstream) as ports:
            for _ in range(3):
                await ports.ask(QUESTION)
            first = upstream.asked[0]
            upstream.send(b"a late reply", first.port)
            await until(lambda: len(ports._idle) == 2)
            for _ in range(10):
                await ports.ask(QUESTION)
            assert first.port not in {query.port for query in upstream.asked[3:]}

    told(story())


def test_idle_ports_are_closed_when_they_are_old_or_too_many(monkeypatch):
    monkeypatch.setattr(module, "_ENOUGH", 1)
    monkeypatch.setattr(module, "_USES", 100)

    async def story():
        now = [0.0]
        async with Upstream() as upstream, Asking(upstream, clock=lambda: now[0], max_age=25.0, max_idle=3) as ports:
            for waiting in [ports.ask(QUESTION) for _ in range(5)]:
                await waiting
            assert len(ports._open) == 3
            assert ports.opened == 5
            now[0] = 11.0
            ports.sweep()
            assert not ports._open
            for now[0] in (12.0, 20.0, 28.0, 37.0, 38.0):
                ports.sweep()
                await ports.ask(QUESTION)
            assert ports.opened == 5 + 1 + 1  # at last since the one of 12 was 26 seconds old

    told(story())


def test_without_files_left_an_idle_port_has_to_do(monkeypatch):
    def full(*_):
        raise OSError(errno.EMFILE, "Too many open files")

    async def story():
        async with Upstream() as upstream, Asking(upstream) as ports:
            await ports.ask(QUESTION)
            with monkeypatch.context() as patch:
                patch.setattr(socket, "socket", full)
                await ports.ask(QUESTION)
                waiting = ports.ask(QUESTION)
                with pytest.raises(Failure, match=r"dial udp .*: too many open files"):
                    ports.ask(QUESTION)
                await waiting
            assert (ports.opened, ports.reused) == (1, 2)

    told(story())


def test_what_cannot_be_sent_fails_at_once():
    async def story():
        async with Upstream() as upstream, Asking(upstream) as ports:
            with pytest.raises(Failure, match=r"write udp 127\.0\.0\.1:\d+->.*: write: message too long"):
                await ports.ask(bytes(70_000))
            assert not ports._open

    told(story())


def test_who_waits_at_the_end_still_gets_a_reply_or_is_given_up():
    async def story():
        async with Upstream(dead) as upstream:
            answered, given_up = Asking(upstream), Asking(upstream, seconds=0.02)
            replied, silent = answered.ask(QUESTION), given_up.ask(QUESTION)
            await until(lambda: len(upstream.asked) == 2)
            answered.stop()
            given_up.stop()
            query = upstream.asked[0]
            upstream.send(gives("@ 30 A 192.0.2.1")(query.query).to_wire(), query.port)
            assert (await replied)[:2] == query.wire[:2]
            with pytest.raises(Failure, match="i/o timeout"):
                await silent
            assert not answered._open
            assert not given_up._open
            with pytest.raises(Failure, match="use of closed network connection"):
                answered.ask(QUESTION)

    told(story())


def test_what_is_given_up_before_it_is_sent_disturbs_nobody():
    async def story():
        async with Upstream() as upstream:
            ports = Asking(upstream)
            ports.ask(QUESTION).cancel()
            ports.stop()
            assert not ports._open
            await asyncio.sleep(0)
            async with Asking(upstream) as other:
                assert await other.ask(QUESTION)

    told(story())


def test_a_query_that_nobody_waits_for_any_more_gives_its_port_back_in_time():
    async def story():
        async with Upstream(dead) as upstream, Asking(upstream, seconds=0.02) as ports:
            task = asyncio.create_task(_wait(ports.ask(QUESTION)))
            await until(lambda: upstream.asked)
            task.cancel()
            await until(lambda: not ports._open)

    told(story())


async def _wait(waiting):
    await waiting
