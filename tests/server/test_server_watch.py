"""Who watches a server is told of every query once, on whichever way its reply is found."""

import io
from collections.abc import Iterator

import dns.flags
import dns.message
import dns.query
import pytest
from answering import Answering, Stub, answering, make_service

from clusterdns.dns.names import name_text
from clusterdns.dns.query import Query
from clusterdns.logs import Log
from clusterdns.plugins.base import World
from clusterdns.records.tables import Tables


class Watcher:
    """What was asked, with the response codes in the order in which they came."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.rcodes: list[int | None] = []

    def watch(self, query: Query):
        name = name_text(query.name)
        self.asked.append(name)
        query.also_tell(lambda *_: self.asked.append(name))
        return self.rcodes.append


@pytest.fixture
def watcher() -> Watcher:
    return Watcher()


@pytest.fixture
def server(watcher: Watcher) -> Iterator[Answering]:
    world, stub = World(Tables(), log=Log(io.StringIO()), watch=watcher.watch), Stub()
    with answering(make_service(stub, world=world, zone="example.")) as server:
        yield server
        server.call(stub.release)


@pytest.mark.parametrize("tcp", [False, True])
@pytest.mark.parametrize("name", ["kept.example.", "never.example.", "no.example.", "Kept.eXample."])
def test_each_query_is_told_once(server: Answering, watcher: Watcher, name: str, tcp: bool) -> None:
    for _ in range(3):
        server.ask(name, tcp=tcp)

    assert watcher.asked == [name.lower()] * 3


@pytest.mark.parametrize(
    ("name", "rcode"),
    [("web.example.", 0), ("no.example.", 3), ("bare.example.", 5), ("fails.example.", 2), ("elsewhere.", 5)],
)
def test_what_was_answered_is_told(server: Answering, watcher: Watcher, name: str, rcode: int) -> None:
    assert server.ask(name).rcode() == rcode

    assert watcher.rcodes == [rcode]


def test_a_version_of_edns_that_nobody_knows_is_told(server: Answering, watcher: Watcher) -> None:
    assert server.ask("web.example.", use_edns=1).rcode() == 16

    assert watcher.asked == ["web.example."]
    assert watcher.rcodes == [16]


def test_a_query_without_an_answer_is_told(server: Answering, watcher: Watcher) -> None:
    with server.datagram() as client:
        client.send(dns.message.make_query("drop.example.", "A").to_wire())
        server.wait_until(lambda: watcher.rcodes)

    assert watcher.asked == ["drop.example."]
    assert watcher.rcodes == [None]


def test_a_query_is_told_before_its_answer_is_there(server: Answering, watcher: Watcher) -> None:
    with server.datagram() as client:
        client.send(dns.message.make_query("waits.example.", "A").to_wire())
        server.wait_until(lambda: watcher.asked)

        assert watcher.rcodes == []
