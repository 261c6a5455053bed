"""What clients have asked is told, each query once, whichever way it was answered."""

import asyncio
import socket
import threading
import time

import dns.message
import dns.query
import pytest
from asking import ask
from web import WEB, WEB_NAME

from clusterdns.testing import ClusterDNS, ClusterDNSError, LookupFailed, NotAsked


def summary(cluster: ClusterDNS) -> list[tuple[str, str, str | None]]:
    return [(query.name, query.type, query.rcode) for query in cluster.queries]


def test_queries_are_told_in_order_with_all_that_is_known_of_them() -> None:
    before = time.time()
    with ClusterDNS(WEB) as cluster:
        ask("WEB.default.svc.cluster.LOCAL.", port=cluster.port)
        ask("none.default.svc.cluster.local", "SRV", port=cluster.port, tcp=True)
        ask("example.com", "TYPE65280", port=cluster.port)

    assert summary(cluster) == [
        (WEB_NAME, "A", "NOERROR"),
        ("none.default.svc.cluster.local", "SRV", "NXDOMAIN"),
        ("example.com", "TYPE65280", "NXDOMAIN"),
    ]
    assert [query.transport for query in cluster.queries] == ["udp", "tcp", "udp"]
    assert {query.client for query in cluster.queries} == {"127.0.0.1"}
    times = [before, *(query.time for query in cluster.queries), time.time()]
    assert times == sorted(times)


@pytest.mark.parametrize("tcp", [False, True])
@pytest.mark.parametrize("name", [WEB_NAME, "none.default.svc.cluster.local", "10-1-2-3.default.pod.cluster.local"])
def test_a_query_counts_once_also_when_its_reply_was_kept(name: str, tcp: bool) -> None:
    with ClusterDNS(WEB) as cluster:
        for spelled in (name, name, name.upper(), name.title(), name):
            for how in ({}, {"use_edns": 0}, {"use_edns": 0, "want_dnssec": True}):
                ask(spelled, port=cluster.port, tcp=tcp, **how)

        assert {query.name for query in cluster.queries} == {name}
        assert len(cluster.queries) == 15
        assert len({query.rcode for query in cluster.queries}) == 1


@pytest.mark.parametrize("log", ["", "log\n"])
def test_each_of_many_pipelined_queries_is_told(log: str) -> None:
    with ClusterDNS(WEB, corefile=f". {{\n {log} kubernetes cluster.local\n}}\n") as cluster:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.connect((cluster.host, cluster.port))
            client.settimeout(5)
            wire = dns.message.make_query(WEB_NAME, "A").to_wire()
            for _ in range(100):
                client.send(wire)
            for _ in range(100):
                client.recv(512)

        assert summary(cluster) == [(WEB_NAME, "A", "NOERROR")] * 100


def test_refused_and_failed_queries_are_told_too() -> None:
    corefile = "example.org {\n template ANY ANY {\n rcode SERVFAIL\n }\n}\n"
    with ClusterDNS(corefile=corefile) as cluster:
        for name in ("www.example.org", "www.example.com"):
            with pytest.raises(LookupFailed):
                cluster.resolve(name, "A")

    assert summary(cluster) == [("www.example.org", "A", "SERVFAIL"), ("www.example.com", "A", "REFUSED")]


def test_a_query_without_an_answer_has_no_response_code() -> None:
    with ClusterDNS(WEB) as cluster:
        cluster.fault(WEB_NAME, drop=True)
        send(cluster, WEB_NAME)
        asked = cluster.wait_for_query(WEB_NAME, "A", timeout=5)

    assert asked.rcode is None


def test_to_wait_for_a_query_returns_it_when_it_comes() -> None:
    with ClusterDNS(WEB) as cluster:
        program = threading.Timer(0.02, send, (cluster, WEB_NAME))
        program.start()
        asked = cluster.wait_for_query(f"{WEB_NAME.upper()}.", "a", timeout=5)
        program.join()

    assert str(asked) == f"{WEB_NAME} A"


def test_a_coroutine_waits_while_its_program_goes_on() -> None:
    async def program() -> str | None:
        loop = asyncio.get_running_loop()
        waiting = asyncio.create_task(asyncio.to_thread(cluster.wait_for_query, WEB_NAME, "A", 5))
        await asyncio.sleep(0)
        await loop.getaddrinfo("web", 80)
        return (await waiting).rcode

    with ClusterDNS(WEB) as cluster, cluster.as_pod():
        assert asyncio.run(program()) == "NOERROR"


def test_a_query_that_came_before_is_there() -> None:
    with ClusterDNS(WEB) as cluster:
        cluster.resolve(WEB_NAME)

        assert cluster.wait_for_query(WEB_NAME, "AAAA", timeout=0) == cluster.queries[1]
        assert cluster.wait_for_query(WEB_NAME, timeout=0) == cluster.queries[0]
        assert cluster.wait_for_query(WEB_NAME, timeout=0, times=2) == cluster.queries[1]


def test_when_it_is_not_asked_the_error_says_what_was() -> None:
    with ClusterDNS(WEB) as cluster:
        with pytest.raises(NotAsked, match=r"^db\.data A was not asked within 0\.01 s; what was asked: nothing$"):
            cluster.wait_for_query("db.data", "A", timeout=0.01)
        for name in ("db", "db", "web"):
            cluster.resolve(name, "A")
        with pytest.raises(
            NotAsked, match=r"^db\.data was not asked within 0 s; what was asked: db A \(2 times\), web A$"
        ):
            cluster.wait_for_query("db.data", timeout=0)
        with pytest.raises(NotAsked, match=r"^db A was not asked 3 times, only 2, within 0 s"):
            cluster.wait_for_query("db", "A", timeout=0, times=3)


def test_what_nobody_can_ask_is_said_at_once() -> None:
    with ClusterDNS(WEB) as cluster:
        with pytest.raises(ClusterDNSError, match="'ADDRESS' is no record type"):
            cluster.wait_for_query(WEB_NAME, "ADDRESS", timeout=60)
        with pytest.raises(ClusterDNSError, match="times 0 is less than 1"):
            cluster.wait_for_query(WEB_NAME, times=0)
        cluster.resolve(WEB_NAME, "A")
        assert cluster.wait_for_query(WEB_NAME, "a", timeout=0)


def test_of_many_names_only_the_last_are_said() -> None:
    with ClusterDNS() as cluster:
        for number in range(30):
            cluster.resolve(f"name-{number}", "A")
        with pytest.raises(NotAsked, match=r"what was asked: … and 10 others before, name-10 A, .*, name-29 A$"):
            cluster.wait_for_query("db", timeout=0)


def test_what_was_asked_is_known_after_the_end() -> None:
    with ClusterDNS(WEB) as cluster:
        cluster.resolve(WEB_NAME, "A")

    assert [query.name for query in cluster.queries] == [WEB_NAME]


def send(cluster: ClusterDNS, name: str) -> None:
    """Asks, and doesn't wait for the answer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.sendto(dns.message.make_query(name, "A").to_wire(), (cluster.host, cluster.port))
