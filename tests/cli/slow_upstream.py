"""An upstream that answers when it is told to, so that a query is under way for as long as a test wants."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dns.message
import dns.rrset
from serving import wait_until

ADDRESS = "192.0.2.80"


class SlowUpstream:
    """Holds back every answer until `release`."""

    def __init__(self, sock: socket.socket) -> None:
        self.text = f"127.0.0.1:{sock.getsockname()[1]}"
        self.held: list[tuple[bytes, Any]] = []  # queries, and whose they are
        self._socket = sock

    def asked(self, times: int = 1) -> None:
        """Waits until it was asked so often."""
        wait_until(lambda: len(self.held) >= times, "the upstream is not asked")

    def release(self) -> None:
        """Answers what was asked, with `ADDRESS`."""
        while self.held:
            wire, client = self.held.pop()
            reply = dns.message.make_response(dns.message.from_wire(wire))
            reply.answer.append(dns.rrset.from_text(reply.question[0].name, 0, "IN", "A", ADDRESS))
            self._socket.sendto(reply.to_wire(), client)

    def serve(self) -> None:
        while (received := self._socket.recvfrom(512))[0]:
            self.held.append(received)


@contextmanager
def slow_upstream() -> Iterator[SlowUpstream]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        upstream = SlowUpstream(sock)
        thread = threading.Thread(target=upstream.serve)
        thread.start()
        try:
            yield upstream
        finally:
            sock.sendto(b"", sock.getsockname())
            thread.join()
