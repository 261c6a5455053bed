"""What signals mean to `clusterdns serve`: an end without loss, a reload, and the terminal that was closed."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from asker import asking
from asking import addresses, rcode
from serving import CLUSTERDNS, PATIENCE, ROOT, Server, free_port, wait_until
from slow_upstream import ADDRESS, SlowUpstream, slow_upstream

Serve = Callable[..., Server]
WORKERS = pytest.mark.parametrize("workers", ["1", "2"])


@pytest.fixture
def upstream() -> Iterator[SlowUpstream]:
    with slow_upstream() as upstream:
        yield upstream


def forwarding(folder: Path, upstream: SlowUpstream) -> Path:
    corefile = folder / "Corefile"
    corefile.write_text(f". {{\n forward . {upstream.text} {{\n  prefer_udp\n }}\n}}\n")
    return corefile


@WORKERS
@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("tcp", [False, True], ids=["UDP", "TCP"])
def test_it_ends_once_the_queries_under_way_are_answered(
    serve: Serve, tmp_path: Path, upstream: SlowUpstream, by: signal.Signals, workers: str, tcp: bool
) -> None:
    server = serve("--conf", forwarding(tmp_path, upstream), "--workers", workers)

    with ThreadPoolExecutor() as clients:
        reply = clients.submit(server.ask, "www.example.", tcp=tcp)
        upstream.asked()
        server.process.send_signal(by)
        wait_until(lambda: not listens(server.port), "the server still takes connections")
        assert server.process.poll() is None
        upstream.release()
        assert addresses(reply.result()) == [ADDRESS]

    assert server.process.wait(PATIENCE) == 0


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@WORKERS
def test_what_was_asked_before_the_end_is_answered(serve: Serve, workers: str) -> None:
    server = serve("--upstream", "127.0.0.1:1", "--workers", workers)
    question = b"\0\1\1\0\0\1\0\0\0\0\0\0\3web\7default\3svc\7cluster\5local\0\0\1\0\1"
    sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(100)]
    for sock in sockets:
        sock.settimeout(PATIENCE)
        sock.connect((server.host, server.port))
        sock.send(question)

    server.process.send_signal(signal.SIGTERM)

    for sock in sockets:
        with sock:
            assert sock.recv(512)[:2] == question[:2]


@WORKERS
def test_who_asks_for_the_end_again_and_again_gets_the_same_end(serve: Serve, workers: str) -> None:
    server = serve("--upstream", "127.0.0.1:1", "--workers", workers)

    while server.process.poll() is None:
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.0005)

    assert server.process.returncode == 0


def test_from_the_first_answer_to_the_last_moment_no_signal_to_end_is_deadly(tmp_path: Path) -> None:
    script = Path(__file__).with_name("signals_watched.py")

    ended = subprocess.run(
        [sys.executable, script, tmp_path / "ready", "--port", "0", "--upstream", "127.0.0.1:1"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    assert "ended with 0, deadly: []" in ended.stderr


def test_lameduck_goes_on_to_answer_for_a_while(serve: Serve, tmp_path: Path) -> None:
    page = free_port()
    (tmp_path / "Corefile").write_text(f". {{\n health 127.0.0.1:{page} {{\n lameduck 300ms\n }}\n whoami\n}}\n")
    server = serve("--conf", tmp_path / "Corefile")

    server.process.send_signal(signal.SIGTERM)

    assert rcode(server.ask("whoami.example.")) == "NOERROR"
    assert server.process.wait(PATIENCE) == 0


@WORKERS
@pytest.mark.parametrize("by", [signal.SIGUSR1, signal.SIGHUP])
def test_it_reads_the_corefile_again(serve: Serve, tmp_path: Path, by: signal.Signals, workers: str) -> None:
    corefile = tmp_path / "Corefile"
    corefile.write_text("old.example {\n whoami\n}\n")
    server = serve("--conf", corefile, "--workers", workers)
    assert rcode(server.ask("new.example.")) == "REFUSED"

    with asking(server, "old.example."):
        corefile.write_text("old.example new.example {\n whoami\n}\n")
        server.process.send_signal(by)
        wait_until(
            lambda: {rcode(server.ask("new.example.")) for _ in range(8)} == {"NOERROR"}, "the Corefile was not read"
        )

    assert server.log().count("Reloading\n") == 1


def test_a_query_under_way_at_a_reload_is_answered(serve: Serve, tmp_path: Path, upstream: SlowUpstream) -> None:
    corefile = forwarding(tmp_path, upstream)
    server = serve("--conf", corefile)

    with ThreadPoolExecutor() as clients:
        replies = [clients.submit(server.ask, "www.example.", tcp=tcp) for tcp in (False, True)]
        upstream.asked(len(replies))
        corefile.write_text(". {\n whoami\n}\n")
        server.process.send_signal(signal.SIGUSR1)
        wait_until(lambda: "Reloading complete" in server.log(), "no reload")
        upstream.release()

        assert [addresses(reply.result()) for reply in replies] == [[ADDRESS]] * 2


@WORKERS
def test_it_ends_with_its_terminal(workers: str) -> None:
    ours, theirs = os.openpty()
    options = ("--port", "0", "--bind", "127.0.0.1", "--upstream", "127.0.0.1:1", "--workers", workers)
    process = subprocess.Popen([*CLUSTERDNS, "serve", *options], cwd=ROOT, stdin=theirs, stdout=subprocess.PIPE)
    with process, reading(process) as lines:
        wait_until(lambda: lines, "it does not start")

        os.close(ours)
        os.close(theirs)
        process.send_signal(signal.SIGHUP)

        assert process.wait(PATIENCE) == 0


@contextmanager
def reading(process: subprocess.Popen[bytes]) -> Iterator[list[bytes]]:
    lines: list[bytes] = []
    assert process.stdout is not None
    thread = threading.Thread(target=lines.extend, args=(process.stdout,))
    thread.start()
    yield lines
    thread.join()


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_while_it_reads_its_manifests_it_ends_at_once(by: signal.Signals) -> None:
    process = subprocess.Popen(
        [*CLUSTERDNS, "serve", "--port", "0", "-"], cwd=ROOT, stdin=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with process:
        wait_until(lambda: handles(process.pid, by), "the signal is not handled")

        process.send_signal(by)

        assert process.wait(PATIENCE) == 0
        assert process.stderr is not None
        assert process.stderr.read() == b""


def handles(process: int, number: signal.Signals) -> bool:
    """Does the process handle the signal, as the kernel says? Python itself does so with SIGINT from the beginning."""
    (mask,) = re.findall(r"^SigCgt:\t(\w+)$", Path(f"/proc/{process}/status").read_text(), flags=re.MULTILINE)
    both = 1 << (number - 1) | 1 << (signal.SIGTERM - 1)
    return int(mask, 16) & both == both
