"""An upstream that answers when it is told to, so that a query is under way for as long as a test wants."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dns.message
import dns.rrset

ADDRESS = "192.0.2.80"
_PATIENCE = 20.0  # seconds


class SlowUpstream:
    """Holds back every answer until `release`."""

    def __init__(self, sock: socket.socket) -> None:
        self.text = f"127.0.0.1:{sock.getsockname()[1]}"
        self.asked = threading.Event()
        self._released = threading.Event()
        self._socket = sock

    def release(self) -> None:
        """Answers what was asked and what will be asked, with `ADDRESS`."""
        self._released.set()

    def serve(self) -> None:
        while True:
            wire, client = self._socket.recvfrom(512)
            if not wire:
                return
            self.asked.set()
            assert self._released.wait(_PATIENCE)
            reply = dns.message.make_response(dns.message.from_wire(wire))
            reply.answer.append(dns.rrset.from_text(reply.question[0].name, 0, "IN", "A", ADDRESS))
            self._socket.sendto(reply.to_wire(), client)


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
            upstream.release()
            sock.sendto(b"", sock.getsockname())
            thread.join()
