"""Where `clusterdns serve` listens, and what it says when an address can't be had."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import pytest
from asking import ask, rcode
from commands import refusal
from serving import Server, free_port, serving, wait_until

Serve = Callable[..., Server]
NOWHERE = ("--upstream", "127.0.0.1:1")  # where nobody listens
UDP, TCP = socket.SOCK_DGRAM, socket.SOCK_STREAM


def test_blocks_that_say_nothing_of_it_get_port_and_address_of_the_options(tmp_path: Path) -> None:
    default, own = free_port(), free_port()
    corefile = tmp_path / "Corefile"
    corefile.write_text(
        f"""
        example {{
            whoami
        }}
        ported.example:{own} {{
            whoami
        }}
        bound.example {{
            bind 127.0.0.3
            whoami
        }}
        """
    )

    options = ("--conf", corefile, "--port", str(default), "--bind", "127.0.0.2")
    with serving(*options, port=default, host="127.0.0.2", log=tmp_path / "log"):
        assert rcode(ask("example.", host="127.0.0.2", port=default)) == "NOERROR"
        assert rcode(ask("ported.example.", host="127.0.0.2", port=own)) == "NOERROR"
        assert rcode(ask("bound.example.", host="127.0.0.3", port=default)) == "NOERROR"
        assert not listens("127.0.0.1", default)
        assert not listens("127.0.0.1", own)
        assert not listens("127.0.0.3", own)


def test_by_default_it_listens_on_both_loopback_addresses(tmp_path: Path) -> None:
    port = free_port()

    with serving(*NOWHERE, "--port", str(port), port=port, log=tmp_path / "log") as server:
        for host in ("127.0.0.1", "::1"):
            for tcp in (False, True):
                assert rcode(ask("kubernetes.default.svc.cluster.local.", host=host, port=port, tcp=tcp)) == "NOERROR"
        assert f"on 127.0.0.1:{port} and [::1]:{port}, UDP and TCP." in server.log()
        assert not listens("127.0.0.2", port)


def test_port_zero_is_a_free_one_that_is_told(tmp_path: Path) -> None:
    port = free_port()
    corefile = tmp_path / "Corefile"
    corefile.write_text(f"fixed.example:{port} {{\n whoami\n}}\nfree.example {{\n whoami\n}}\n")

    with serving("--conf", corefile, "--port", "0", port=port, log=tmp_path / "log") as server:
        wait_until(lambda: "UDP and TCP." in server.log(), "it does not say where it answers")
        told = server.log()
        (chosen,) = {int(word.rpartition(":")[2].rstrip(",")) for word in told.split() if "127.0.0.1:" in word} - {port}
        assert rcode(ask("free.example.", port=chosen)) == "NOERROR"
        assert rcode(ask("free.example.", port=chosen, host="::1", tcp=True)) == "NOERROR"


@pytest.mark.parametrize("second", ["1", "2"])
@pytest.mark.parametrize("first", ["1", "2"])
def test_a_second_server_on_the_same_port_does_not_start(serve: Serve, first: str, second: str) -> None:
    server = serve(*NOWHERE, "--workers", first)

    said = refusal(*NOWHERE, "--workers", second, "--port", str(server.port), "--bind", "127.0.0.1")

    assert said == (
        f"Error: TCP port {server.port} of 127.0.0.1 is taken by another program; stop it or choose another port "
        "with --port\n"
    )
    assert rcode(server.ask("kubernetes.default.svc.cluster.local.")) == "NOERROR"


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize(("kind", "protocol"), [(UDP, "UDP"), (TCP, "TCP")])
def test_a_port_that_another_program_has_is_said(kind: socket.SocketKind, protocol: str, workers: str) -> None:
    port = free_port()
    with closing(socket.socket(socket.AF_INET, kind)) as other:
        other.bind(("127.0.0.1", port))
        if kind == TCP:
            other.listen()

        said = refusal(*NOWHERE, "--workers", workers, "--port", str(port), "--bind", "127.0.0.1")

    assert said.startswith(f"Error: {protocol} port {port} of 127.0.0.1 is taken by another program;")


def test_an_address_of_another_machine_is_said() -> None:
    said = refusal(*NOWHERE, "--port", "0", "--bind", "192.0.2.99")

    assert "192.0.2.99 can't be had: this machine has no such address" in said


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("option", [socket.SO_REUSEADDR, socket.SO_REUSEPORT], ids=["REUSEADDR", "REUSEPORT"])
def test_beside_an_mdns_responder_it_gets_all_that_is_for_it(tmp_path: Path, option: int, workers: str) -> None:
    port = free_port()
    options = (*NOWHERE, "--workers", workers, "--port", str(port))
    with mdns_responder(port, option) as responder, serving(*options, port=port, log=tmp_path / "log"):
        received(responder)  # what was asked before there was a server

        for host in ("127.0.0.1", "::1") * 10:
            assert rcode(ask("kubernetes.default.svc.cluster.local.", host=host, port=port)) == "NOERROR"

        assert received(responder) == []


@contextmanager
def mdns_responder(port: int, option: int) -> Iterator[list[socket.socket]]:
    """UDP sockets bound as such programs bind 5353: on all addresses, with this option and SO_REUSEADDR."""
    with ExitStack() as stack:
        sockets = []
        for family, host in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
            sock = stack.enter_context(socket.socket(family, UDP))
            for each in (socket.SO_REUSEADDR, option):
                sock.setsockopt(socket.SOL_SOCKET, each, 1)
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.bind((host, port))
            sock.setblocking(False)
            sockets.append(sock)
        yield sockets


def received(sockets: list[socket.socket]) -> list[bytes]:
    packets = []
    for sock in sockets:
        with suppress(BlockingIOError):
            while True:
                packets.append(sock.recv(512))
    return packets


def listens(host: str, port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((host, port)) == 0


@pytest.mark.parametrize("plugin", ["health", "ready", "prometheus"])
def test_a_page_of_a_users_corefile_whose_port_is_taken_is_an_error(tmp_path: Path, plugin: str) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        (tmp_path / "Corefile").write_text(f". {{\n {plugin} {address}\n whoami\n}}\n")

        said = refusal("--conf", tmp_path / "Corefile", "--port", "0")

    assert said == f"Error: the page's address {address} is taken by another program\n"
