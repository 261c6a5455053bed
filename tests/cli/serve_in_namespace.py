"""Run by test_serve_defaults in namespaces of its own, where all ports are free: clusterdns as a user would start it.

Prints, as JSON, what came of it: the log, and what was answered.

    serve_in_namespace.py FOLDER STORY
"""

import json
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import dns.exception
import dns.message
import dns.rcode
import dns.rrset
from asking import ask
from commands import run
from namespace import set_up
from serving import serving

OTHER = "10.9.9.9"  # an address of this machine that is not loopback
INSIDE, OUTSIDE = "kubernetes.default.svc.cluster.local.", "www.example."
PAGES = ("8080/health", "8181/ready", "9153/metrics")


def by_default(folder: Path) -> dict[str, Any]:
    set_up(folder, "nameserver 192.0.2.1\n", [OTHER])
    hosts = ("127.0.0.1", "::1", OTHER)
    with serving(port=5353, log=folder / "log") as server:
        return {
            "log": server.log(),
            "udp": [answer(INSIDE, host, 5353) for host in hosts[:2]],
            "tcp": [answer(INSIDE, host, 5353, tcp=True) for host in hosts],
            "pages": [page(host, path) for host in ("127.0.0.1", "[::1]", OTHER) for path in PAGES],
        }


def port_53(folder: Path) -> dict[str, Any]:
    set_up(folder, "nameserver 192.0.2.1\n", [OTHER])
    (folder / "Corefile").write_text(".:53 {\n whoami\n}\n")
    with serving("--conf", folder / "Corefile", port=53, log=folder / "log") as server:
        return {"log": server.log(), "tcp": [answer(OUTSIDE, "127.0.0.1", port, tcp=True) for port in (53, 5353)]}


def only_ourselves(folder: Path) -> dict[str, Any]:
    set_up(folder, f"nameserver 127.0.0.1\nnameserver {OTHER}\n", [OTHER])
    with serving("--port", "53", "--bind", "0.0.0.0", port=53, log=folder / "log") as server:
        return {"log": server.log(), "udp": [answer(name, OTHER, 53) for name in (INSIDE, OUTSIDE)]}


def nobody(folder: Path) -> dict[str, Any]:
    set_up(folder, "search example\n")
    with serving(port=5353, log=folder / "log") as server:
        return {"log": server.log(), "udp": [answer(name, "127.0.0.1", 5353) for name in (INSIDE, OUTSIDE)]}


def ourselves_and_another(folder: Path) -> dict[str, Any]:
    set_up(folder, "nameserver 127.0.0.1\nnameserver 127.0.0.9\n")
    with upstream("127.0.0.9"), serving("--port", "53", port=53, log=folder / "log") as server:
        return {"log": server.log(), "udp": [answer(name, "127.0.0.1", 53) for name in (INSIDE, OUTSIDE)]}


def another_on_port_53(folder: Path) -> dict[str, Any]:
    set_up(folder, "nameserver 127.0.0.1\n")
    with upstream("127.0.0.1"), serving(port=5353, log=folder / "log") as server:
        return {"log": server.log(), "udp": [answer(name, "127.0.0.1", 5353) for name in (INSIDE, OUTSIDE)]}


def pages_taken(folder: Path) -> dict[str, Any]:
    set_up(folder, "nameserver 192.0.2.1\n")
    with (
        serving("--bind", "127.0.0.1", port=5353, log=folder / "first.log"),
        serving("--port", "5354", port=5354, log=folder / "log") as server,
    ):
        return {
            "log": server.log(),
            "udp": [answer(INSIDE, "127.0.0.1", 5354)],
            "pages": [page("[::1]", path) for path in PAGES],
        }


def forbidden(folder: Path) -> dict[str, Any]:
    set_up(folder, "nameserver 192.0.2.1\n")
    ran = run("serve", "--port", "53", before=("setpriv", "--bounding-set=-all", "--inh-caps=-all"))
    return {"log": ran.stderr, "status": ran.returncode}


@contextmanager
def upstream(host: str) -> Iterator[None]:
    """A name server on port 53 that knows one address."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((host, 53))
        thread = threading.Thread(target=answer_all, args=(sock,))
        thread.start()
        try:
            yield
        finally:
            sock.sendto(b"", (host, 53))
            thread.join()


def answer_all(sock: socket.socket) -> None:
    while True:
        wire, client = sock.recvfrom(512)
        if not wire:
            return
        query = dns.message.from_wire(wire)
        reply = dns.message.make_response(query, recursion_available=True)
        reply.answer.append(dns.rrset.from_text(query.question[0].name, 30, "IN", "A", "192.0.2.80"))
        sock.sendto(reply.to_wire(), client)


def answer(name: str, host: str, port: int, *, tcp: bool = False) -> str:
    """The addresses, or the response code, or that there was no answer."""
    try:
        reply = ask(name, port=port, host=host, tcp=tcp, timeout=2)
    except (OSError, dns.exception.Timeout) as error:
        return type(error).__name__
    return " ".join(str(record) for rrset in reply.answer for record in rrset) or dns.rcode.to_text(reply.rcode())


def page(host: str, path: str) -> int | None:
    """The status of a page, None if there is none."""
    try:
        with urlopen(f"http://{host}:{path}", timeout=10) as opened:
            assert isinstance(opened.status, int)
            return opened.status
    except OSError:
        return None


STORIES: dict[str, Callable[[Path], dict[str, Any]]] = {
    story.__name__: story
    for story in (
        by_default,
        port_53,
        only_ourselves,
        nobody,
        ourselves_and_another,
        another_on_port_53,
        pages_taken,
        forbidden,
    )
}

if __name__ == "__main__":
    print(json.dumps(STORIES[sys.argv[2]](Path(sys.argv[1]))))
