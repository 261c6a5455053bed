"""A client that asks all the while, to find out whether a query is ever lost."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dns.message
from serving import Server, wait_until

PATIENCE = 5.0  # seconds in which an answer has to come; no question is repeated
PAUSE = 0.001  # seconds between questions, so that the machine has time for others
MOST = 20_000  # questions


class Asker(threading.Thread):
    """Asks for the addresses of a name, one question after the other, each from a port of its own."""

    def __init__(self, server: Server, name: str, *, tcp: bool = False) -> None:
        super().__init__()
        self.answers: list[frozenset[str]] = []
        self.lost: list[str] = []
        self._server = server
        self._wire = dns.message.make_query(name, "A").to_wire()
        self._kind = socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM
        self._enough = threading.Event()

    def run(self) -> None:
        while not self._enough.wait(PAUSE) and len(self.answers) < MOST:
            try:
                self.answers.append(self._ask())
            except OSError as error:
                self.lost.append(repr(error))

    def stop(self) -> None:
        self._enough.set()
        self.join()

    def _ask(self) -> frozenset[str]:
        with socket.socket(socket.AF_INET, self._kind) as sock:
            sock.settimeout(PATIENCE)
            sock.connect((self._server.host, self._server.port))
            if self._kind == socket.SOCK_DGRAM:
                sock.send(self._wire)
                reply = sock.recv(4096)
            else:
                sock.sendall(len(self._wire).to_bytes(2, "big") + self._wire)
                with sock.makefile("rb") as stream:
                    reply = stream.read(int.from_bytes(stream.read(2), "big"))
        message = dns.message.from_wire(reply)
        return frozenset(str(record) for rrset in message.answer for record in rrset)


@contextmanager
def asking(server: Server, name: str, *, tcp: bool = False) -> Iterator[Asker]:
    """An asker at work. In the end no query may have been lost."""
    asker = Asker(server, name, tcp=tcp)
    asker.start()
    try:
        wait_until(lambda: asker.answers or asker.lost, "nothing was asked")
        yield asker
    finally:
        asker.stop()
    assert asker.lost == []
