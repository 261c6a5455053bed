"""Another Corefile while `clusterdns serve` runs: what is new is served, what is broken is not, no query is lost."""

import signal
import socket
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import dns.exception
import pytest
from asker import asking
from asking import ask, rcode
from serving import Server, free_port, serving, wait_until

Serve = Callable[..., Server]
WORKERS = pytest.mark.parametrize("workers", ["1", "2"])


def block(key: str, *lines: str) -> str:
    return "\n    ".join((f"{key} {{", "whoami", *lines)) + "\n}\n"


class Reloaded:
    """A server whose Corefile is changed."""

    def __init__(self, serve: Serve, folder: Path, text: str, *options: str) -> None:
        self.corefile = folder / "Corefile"
        self.corefile.write_text(text)
        self.server = serve("--conf", self.corefile, *options)

    def reload(self, text: str) -> None:
        """Changes the Corefile and asks for a reload; waits until that is over, well or not."""
        before = self._outcomes()
        self.corefile.write_text(text)
        self.server.process.send_signal(signal.SIGUSR1)
        wait_until(lambda: self._outcomes() > before, "no reload")

    def _outcomes(self) -> int:
        log = self.server.log()
        return log.count("Reloading complete") + log.count("not reloaded")

    def answers(self, name: str, port: int | None = None, host: str = "127.0.0.1") -> set[str]:
        """The response codes, which every worker should give alike; or that there was none."""
        try:
            return {rcode(ask(name, port=port or self.server.port, host=host, tcp=True, timeout=1)) for _ in range(6)}
        except (OSError, dns.exception.DNSException) as error:
            return {type(error).__name__}


@WORKERS
def test_no_query_is_lost_over_many_reloads(serve: Serve, tmp_path: Path, workers: str) -> None:
    reloaded = Reloaded(serve, tmp_path, block("steady.example"), "--workers", workers)

    with asking(reloaded.server, "steady.example."), asking(reloaded.server, "steady.example.", tcp=True):
        for number in range(5):
            reloaded.reload(block("steady.example") + block(f"new{number}.example"))
            wait_until(lambda: reloaded.answers(f"new{number}.example.") == {"NOERROR"}, "not all have it")  # noqa: B023


@WORKERS
@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("steady.example {\n whoami\n ttl 5\n}\n", "Corefile:3: "),
        ("steady.example {\n forward . /no/such.conf\n}\n", "forward: file '/no/such.conf' can't be read"),
        ("steady.example {\n", "Corefile:"),
    ],
    ids=["plugin", "file", "brace"],
)
def test_a_broken_corefile_is_reported_and_the_old_one_goes_on(
    serve: Serve, tmp_path: Path, workers: str, broken: str, said: str
) -> None:
    reloaded = Reloaded(serve, tmp_path, block("steady.example"), "--workers", workers)

    with asking(reloaded.server, "steady.example."):
        reloaded.reload(broken)

        assert reloaded.server.log().count("not reloaded, what was served still is: ") == 1
        assert said in reloaded.server.log()
        assert reloaded.answers("steady.example.") == {"NOERROR"}

        reloaded.reload(block("steady.example") + block("new.example"))
        wait_until(lambda: reloaded.answers("new.example.") == {"NOERROR"}, "the mended Corefile is not served")


@WORKERS
def test_a_corefile_that_is_gone_is_reported_and_the_old_one_goes_on(
    serve: Serve, tmp_path: Path, workers: str
) -> None:
    reloaded = Reloaded(serve, tmp_path, block("steady.example"), "--workers", workers)

    reloaded.corefile.unlink()
    reloaded.server.process.send_signal(signal.SIGUSR1)

    wait_until(lambda: "not reloaded" in reloaded.server.log(), "nothing was said")
    assert "No such file" in reloaded.server.log()
    assert reloaded.answers("steady.example.") == {"NOERROR"}


@WORKERS
def test_ports_come_and_go(serve: Serve, tmp_path: Path, workers: str) -> None:
    old, new = free_port(), free_port()
    reloaded = Reloaded(serve, tmp_path, block("steady.example") + block(f"old.example:{old}"), "--workers", workers)
    assert reloaded.answers("old.example.", old) == {"NOERROR"}

    with asking(reloaded.server, "steady.example."):
        reloaded.reload(block("steady.example") + block(f"new.example:{new}"))
        wait_until(lambda: reloaded.answers("new.example.", new) == {"NOERROR"}, "the new port is not served")
        wait_until(lambda: reloaded.answers("old.example.", old) == {"ConnectionRefusedError"}, "the old port is")

        reloaded.reload(block("steady.example") + block(f"old.example:{old}"))
        wait_until(lambda: reloaded.answers("old.example.", old) == {"NOERROR"}, "the old port is not served again")

    with closing(socket.create_server(("127.0.0.1", new))):
        pass  # nobody holds it any more


@WORKERS
def test_an_address_may_become_wider_and_narrower(serve: Serve, tmp_path: Path, workers: str) -> None:
    narrow, wide = block("steady.example", "bind 127.0.0.1"), block("steady.example", "bind 0.0.0.0")
    reloaded = Reloaded(serve, tmp_path, narrow, "--workers", workers)
    assert reloaded.answers("steady.example.", host="127.0.0.2") == {"ConnectionRefusedError"}

    with asking(reloaded.server, "steady.example."):
        reloaded.reload(wide)
        wait_until(lambda: reloaded.answers("steady.example.", host="127.0.0.2") == {"NOERROR"}, "it is not wider")
        reloaded.reload(narrow)
        wait_until(
            lambda: reloaded.answers("steady.example.", host="127.0.0.2") == {"ConnectionRefusedError"},
            "it is not narrower",
        )

    assert "not reloaded" not in reloaded.server.log()


@WORKERS
def test_a_port_that_is_taken_at_a_reload_leaves_all_as_it_was(serve: Serve, tmp_path: Path, workers: str) -> None:
    reloaded = Reloaded(serve, tmp_path, block("steady.example"), "--workers", workers)
    free = free_port()
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        taken = other.getsockname()[1]

        reloaded.reload(block("steady.example") + block(f"a.example:{free}") + block(f"b.example:{taken}"))

    assert f"not reloaded, what was served still is: TCP port {taken} of 127.0.0.1 is taken" in reloaded.server.log()
    assert reloaded.answers("steady.example.") == {"NOERROR"}
    assert reloaded.answers("a.example.", free) == {"ConnectionRefusedError"}


@WORKERS
def test_pages_follow_the_corefile(serve: Serve, tmp_path: Path, workers: str) -> None:
    old, new = free_port(), free_port()
    reloaded = Reloaded(serve, tmp_path, block("example", f"health 127.0.0.1:{old}"), "--workers", workers)
    wait_until(lambda: page(old) == "OK", "there is no page")

    reloaded.reload(block("example", f"health 0.0.0.0:{old}"))
    wait_until(lambda: page(old, host="127.0.0.2") == "OK", "there is no page on other addresses")
    reloaded.reload(block("example", f"health 127.0.0.1:{new}"))
    wait_until(lambda: page(new) == "OK", "there is no page at the new port")
    assert page(old) is None

    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        taken = other.getsockname()[1]
        reloaded.reload(block("example", f"health 127.0.0.1:{taken}") + block("other.test"))
    assert f"not reloaded, what was served still is: the page's address 127.0.0.1:{taken}" in reloaded.server.log()
    assert reloaded.answers("other.test.") == {"REFUSED"}
    assert page(new) == "OK"


def page(port: int, path: str = "health", host: str = "127.0.0.1") -> str | None:
    try:
        with urlopen(f"http://{host}:{port}/{path}", timeout=5) as opened:
            text = opened.read().decode()
            assert isinstance(text, str)
            return text
    except (URLError, ConnectionError):
        return None


@WORKERS
def test_the_reload_plugin_notices_a_changed_corefile(tmp_path: Path, workers: str) -> None:
    port, metrics = free_port(), free_port()
    corefile = tmp_path / "Corefile"
    always = ("reload 2s 0s", f"prometheus 127.0.0.1:{metrics}")
    corefile.write_text(block(f"steady.example:{port}", *always))
    with serving("--conf", corefile, "--workers", workers, port=port, log=tmp_path / "log") as server:
        with asking(server, "steady.example."):
            corefile.write_text(block(f"steady.example:{port}", *always, "loadbalance odd"))
            wait_until(lambda: "loadbalance: unknown policy 'odd'" in server.log(), "a broken Corefile is not noticed")
            corefile.write_text(block(f"steady.example:{port}", *always) + block(f"new.example:{port}"))
            wait_until(
                lambda: {rcode(server.ask("new.example.")) for _ in range(6)} == {"NOERROR"}, "a new one is not noticed"
            )

        shown = page(metrics, "metrics") or ""
    assert server.log().count("not reloaded") == 1
    assert server.log().count("Running configuration SHA512 = ") == 2
    assert "coredns_reload_failed_total 1\n" in shown
    assert shown.count("\ncoredns_reload_version_info{") == 1
