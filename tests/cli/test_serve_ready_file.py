"""`clusterdns serve --ready-file`: programs in any language learn where it answers, and when."""

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from asking import addresses, ask
from clusters import name_of, service
from commands import refusal
from serving import CLUSTERDNS, PATIENCE, ROOT, wait_until

NOWHERE = ("--upstream", "127.0.0.1:1")  # where nobody listens


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    path = tmp_path / "web.yaml"
    path.write_text(service("web", "10.96.1.1"))
    return path


@contextmanager
def process(*arguments: str | Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        started = subprocess.Popen(
            [*CLUSTERDNS, "serve", "--port", "0", *NOWHERE, *map(str, arguments)],
            cwd=ROOT,
            stdout=output,
            stderr=output,
        )
    try:
        yield started
    finally:
        started.kill()
        started.wait()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_it_says_where_it_answers_as_soon_as_it_does_and_until_it_ends(
    tmp_path: Path, manifest: Path, workers: str
) -> None:
    ready = tmp_path / "ready.json"
    ready.write_text("left by one that was killed")
    with process(manifest, "--ready-file", ready, "--workers", workers, log=tmp_path / "log") as server:
        wait_until(lambda: ready.exists() and "left" not in ready.read_text(), "it is not ready")

        said = json.loads(ready.read_text())
        assert said.keys() == {"host", "port"}
        assert addresses(ask(name_of("web"), host=said["host"], port=said["port"])) == ["10.96.1.1"]
        assert addresses(ask(name_of("web"), host=said["host"], port=said["port"], tcp=True)) == ["10.96.1.1"]

        server.send_signal(signal.SIGTERM)
        assert server.wait(PATIENCE) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log", "web.yaml"]


def test_a_server_on_all_addresses_is_found_on_loopback(tmp_path: Path, manifest: Path) -> None:
    ready = tmp_path / "ready.json"
    with process(manifest, "--ready-file", ready, "--bind", "0.0.0.0", log=tmp_path / "log"):
        wait_until(ready.exists, "it is not ready")

        said = json.loads(ready.read_text())
        assert said["host"] == "127.0.0.1"
        assert addresses(ask(name_of("web"), port=said["port"])) == ["10.96.1.1"]


def test_what_can_not_be_served_is_never_ready(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(service("web", "10.96.1.500"))
    ready = tmp_path / "ready.json"
    ready.write_text("left by one that was killed")

    assert "is not an IP address" in refusal("--ready-file", ready, tmp_path / "bad.yaml")
    assert not ready.exists()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_file_that_can_not_be_written_is_said(tmp_path: Path, manifest: Path, workers: str) -> None:
    ready = tmp_path / "none" / "ready.json"

    said = refusal("--port", "0", *NOWHERE, "--workers", workers, "--ready-file", ready, manifest)

    assert f"Error: --ready-file {ready} can't be written: No such file or directory" in said


def test_a_folder_is_no_file(tmp_path: Path, manifest: Path) -> None:
    said = refusal("--port", "0", "--ready-file", tmp_path, manifest)

    assert said.startswith(f"Error: --ready-file {tmp_path} can't be written: ")
    assert list(tmp_path.iterdir()) == [manifest]
