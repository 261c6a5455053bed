"""What is for all to see is done once, however many workers answer."""

import shutil
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import dns.message
import dns.opcode
import pytest
from asking import addresses
from commands import run
from serving import PATIENCE, Server, free_port, wait_until

Serve = Callable[..., Server]
ZONE = "$ORIGIN example.org.\n@ 60 SOA ns h 7 1 1 1 1\n@ 60 NS ns\nns 60 A 192.0.2.53\nwww 60 A 192.0.2.1\n"


@pytest.fixture
def zone(tmp_path: Path) -> Path:
    (tmp_path / "zone").write_text(ZONE)
    return tmp_path / "zone"


def test_a_secondary_is_told_once_that_a_zone_was_loaded(serve: Serve, zone: Path, tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as secondary:
        secondary.bind(("127.0.0.1", 0))
        secondary.settimeout(PATIENCE)
        conf = tmp_path / "Corefile"
        conf.write_text(
            f"example.org {{\n file {zone}\n transfer {{\n to 127.0.0.1:{secondary.getsockname()[1]}\n }}\n}}\n"
        )
        server = serve("--bare", "--conf", conf, "--workers", "2")
        wire, primary = secondary.recvfrom(512)
        told = dns.message.from_wire(wire)
        assert told.opcode() == dns.opcode.NOTIFY
        secondary.sendto(dns.message.make_response(told).to_wire(), primary)
        for _ in range(12):  # both workers have turns
            assert addresses(server.ask("www.example.org")) == ["192.0.2.1"]
        server.stop()
        secondary.setblocking(False)
        with pytest.raises(BlockingIOError):
            secondary.recvfrom(512)


@pytest.mark.skipif(shutil.which("dnssec-keygen") is None, reason="dnssec-keygen is not here")
def test_a_zone_is_signed_once_and_served_by_all(serve: Serve, zone: Path, tmp_path: Path) -> None:
    keygen = ("dnssec-keygen", "-q", "-a", "ECDSAP256SHA256", "-f", "KSK", "-K", str(tmp_path), "example.org")
    key = subprocess.run(keygen, capture_output=True, text=True, check=True).stdout.strip()
    (tmp_path / "Corefile").write_text(
        f"example.org {{\n root {tmp_path}\n sign {zone.name} {{\n key file {key}\n directory .\n }}\n"
        " file db.example.org.signed {\n reload 100ms\n }\n}\n"
    )
    server = serve("--bare", "--conf", tmp_path / "Corefile", "--workers", "2")
    wait_until(lambda: {tuple(addresses(server.ask("www.example.org"))) for _ in range(12)} == {("192.0.2.1",)}, "-")
    assert server.log().count("Successfully signed zone") == 1
    assert "Skipping signing zone" not in server.log()


def test_what_ends_one_worker_for_good_ends_the_server(tmp_path: Path) -> None:
    port = free_port()
    conf = tmp_path / "Corefile"
    conf.write_text(
        f".:{port} {{\n bind 127.0.0.1\n loop\n forward . 127.0.0.1:{port} {{\n read_timeout 100ms\n }}\n}}\n"
    )
    ended = run("serve", "--bare", "--conf", conf, "--workers", "2")
    assert ended.returncode == 1
    assert ended.stdout.count("[FATAL] plugin/loop: Loop (127.0.0.1:") == 1
    assert "another starts" not in ended.stdout
