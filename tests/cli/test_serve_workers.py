"""Several workers answer as one server: all of them get queries, none stays dead, and their metrics are added up."""

import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest
from asker import asking
from asking import addresses, rcode
from clusters import name_of, service
from serving import Server, free_port, wait_until

Serve = Callable[..., Server]
WORKERS = 3
ASKED = 200


class Crew:
    """A server of three workers with a page of metrics."""

    def __init__(self, serve: Serve, folder: Path, *more: str) -> None:
        self.page = free_port()
        self.manifests = folder / "web.yaml"
        self.manifests.write_text(service("web", "10.96.1.1"))
        self.corefile = folder / "Corefile"
        self.corefile.write_text(
            "\n ".join((". {", f"prometheus 127.0.0.1:{self.page}", "kubernetes cluster.local", *more)) + "\n}\n"
        )
        self.server = serve("--conf", self.corefile, "--workers", str(WORKERS), self.manifests)

    def workers(self) -> list[int]:
        """The processes of the workers."""
        children = Path(f"/proc/{self.server.process.pid}/task/{self.server.process.pid}/children").read_text()
        return list(map(int, children.split()))

    def metrics(self) -> str:
        with urlopen(f"http://127.0.0.1:{self.page}/metrics", timeout=10) as opened:
            text = opened.read().decode()
            assert isinstance(text, str)
            return text

    def count(self, metric: str) -> int:
        """The sum of a counter over all labels."""
        return sum(map(int, re.findall(rf"^{metric}{{?.*? (\d+)$", self.metrics(), flags=re.MULTILINE)))

    def ask(self) -> None:
        """Asks many times, each time from another port, so that every worker gets some."""
        for number in range(ASKED):
            assert addresses(self.server.ask(name_of("web"), tcp=number % 4 == 0)) == ["10.96.1.1"]

    def kill(self, worker: int) -> None:
        """Kills a worker and waits for the one that takes its place."""
        os.kill(worker, signal.SIGKILL)
        wait_until(lambda: len(set(self.workers()) - {worker}) == WORKERS, "the worker was not started again")


def test_every_query_is_counted_whichever_worker_it_came_to(serve: Serve, tmp_path: Path) -> None:
    crew = Crew(serve, tmp_path)
    assert len(crew.workers()) == WORKERS
    before = crew.count("coredns_dns_requests_total")

    crew.ask()

    assert crew.count("coredns_dns_requests_total") == before + ASKED
    assert crew.count("coredns_dns_responses_total") == before + ASKED
    udp = re.search(r'^coredns_dns_requests_total{.*proto="udp".*type="A".*} (\d+)$', crew.metrics(), re.MULTILINE)
    tcp = re.search(r'^coredns_dns_requests_total{.*proto="tcp".*type="A".*} (\d+)$', crew.metrics(), re.MULTILINE)
    assert udp is not None
    assert tcp is not None
    assert (int(udp[1]), int(tcp[1])) == (ASKED * 3 // 4, ASKED // 4)


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="no more workers than CPUs are started")
def test_the_corefile_may_ask_for_workers(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "Corefile").write_text(". {\n multisocket 2\n whoami\n}\n")

    server = serve("--conf", tmp_path / "Corefile")

    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text()
    assert len(children.split()) == 2
    assert "workers asked for" not in server.log()


def test_counts_go_on_over_a_reload(serve: Serve, tmp_path: Path) -> None:
    crew = Crew(serve, tmp_path)
    crew.ask()
    before = crew.count("coredns_dns_requests_total")
    assert before >= ASKED

    crew.server.process.send_signal(signal.SIGUSR1)
    wait_until(lambda: "Reloading complete" in crew.server.log(), "no reload")
    crew.ask()

    assert crew.count("coredns_dns_requests_total") == before + ASKED


def test_what_is_the_same_in_every_worker_is_not_added_up(serve: Serve, tmp_path: Path) -> None:
    shown = Crew(serve, tmp_path).metrics()

    assert set(re.findall(r"^coredns_(?:build_info|plugin_enabled){.*} (\d+)$", shown, re.MULTILINE)) == {"1"}


def test_workers_that_are_killed_are_started_again(serve: Serve, tmp_path: Path) -> None:
    crew = Crew(serve, tmp_path)
    first, second, _ = crew.workers()

    for worker in (second, first):
        crew.kill(worker)
        crew.ask()

    assert crew.server.log().count("ended with -9; another starts") == 2
    assert crew.server.log().count("clusterdns ") == 1  # the greeting
    wait_until(lambda: crew.count("coredns_dns_requests_total") >= ASKED, "the first worker does not count for all")


def test_what_a_worker_has_counted_outlives_it(serve: Serve, tmp_path: Path) -> None:
    crew = Crew(serve, tmp_path)
    first, second, _ = crew.workers()
    counted = 0

    for worker in (second, first):
        crew.ask()
        counted += ASKED
        assert crew.count("coredns_dns_requests_total") >= counted
        crew.kill(worker)
        crew.ask()
        counted += ASKED
        assert crew.count("coredns_dns_requests_total") >= counted


def test_a_worker_that_starts_again_serves_what_the_others_serve(serve: Serve, tmp_path: Path) -> None:
    crew = Crew(serve, tmp_path)
    crew.manifests.write_text(service("web", "10.96.1.2"))
    wait_until(lambda: {tuple(addresses(crew.server.ask(name_of("web")))) for _ in range(12)} == {("10.96.1.2",)}, "-")
    crew.corefile.write_text(crew.corefile.read_text() + "new.example {\n whoami\n}\n")
    crew.server.process.send_signal(signal.SIGUSR1)
    wait_until(lambda: {rcode(crew.server.ask("new.example.")) for _ in range(12)} == {"NOERROR"}, "no reload")
    crew.corefile.write_text("this is no Corefile {")

    crew.kill(crew.workers()[-1])

    for _ in range(24):
        assert addresses(crew.server.ask(name_of("web"))) == ["10.96.1.2"]
        assert rcode(crew.server.ask("new.example.")) == "NOERROR"


def test_a_worker_that_ends_politely_loses_no_query(serve: Serve, tmp_path: Path) -> None:
    crew = Crew(serve, tmp_path)

    with asking(crew.server, name_of("web")):
        for worker in crew.workers():
            os.kill(worker, signal.SIGTERM)
            wait_until(lambda: len(set(crew.workers()) - {worker}) == WORKERS, "not started again")  # noqa: B023


def test_workers_end_with_their_supervisor(serve: Serve, tmp_path: Path) -> None:
    crew = Crew(serve, tmp_path)
    workers = crew.workers()

    with the_end_of(crew.server):
        wait_until(lambda: not any(map(lives, workers)), "workers go on without a supervisor")


@contextmanager
def the_end_of(server: Server) -> Iterator[None]:
    """Kills the server, whose exit status nobody is to judge."""
    server.process.kill()
    server.process.wait()
    try:
        yield
    finally:
        server.process.returncode = 0


def lives(process: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except FileNotFoundError:
        return False
