"""Are the answers right? Asks a sample, before and during the load, and compares with what has to come.

Reads replies with dnspython, not with what is measured.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Final

import dns.exception
import dns.message
import dns.rdatatype

from bench.messages import Question, question_end
from bench.process import BenchError, Running

_START_SECONDS: Final = 30.0  # until a server has to answer
_ANSWER_SECONDS: Final = 2.0
_FIRST: Final = 50  # questions before the load
_PAUSE: Final = 0.02  # seconds between those during the load
_COOKIE: Final = 10


def wait_for(server: Running, question: Question, port: int) -> float:
    """Waits until the server gives the right answer; the seconds that took. Raises `BenchError`."""
    began = time.perf_counter()
    problem = ""
    while time.perf_counter() - began < _START_SECONDS:
        server.check()
        try:
            reply = ask(question, port, seconds=0.2)
        except OSError:
            time.sleep(0.002)
            continue
        problem = mistake(question, reply)
        if not problem:
            return time.perf_counter() - began
        time.sleep(0.002)
    raise BenchError(f"no right answer within {_START_SECONDS:.0f} s: {problem or 'none at all'}")


def ask(question: Question, port: int, *, tcp: bool = False, seconds: float = _ANSWER_SECONDS) -> bytes:
    """The reply to a question from a socket of its own. Raises `OSError`."""
    kind = socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.settimeout(seconds)
        sock.connect(("127.0.0.1", port))
        if not tcp:
            sock.send(question.wire)
            return sock.recv(65535)
        sock.sendall(len(question.wire).to_bytes(2, "big") + question.wire)
        with sock.makefile("rb") as stream:
            return stream.read(int.from_bytes(stream.read(2), "big"))


def mistake(question: Question, reply: bytes) -> str:
    """What is wrong with a reply, empty if nothing is."""
    wire, expected = question
    end = question_end(wire)
    if reply[12:end] != wire[12:end]:
        return f"another question came back: {reply[12:end]!r} for {wire[12:end]!r}"
    try:
        message = dns.message.from_wire(reply)
    except dns.exception.DNSException as error:
        return f"a reply that can't be read: {error}"
    answers = frozenset(
        (dns.rdatatype.to_text(rrset.rdtype), rdata.to_text().lower()) for rrset in message.answer for rdata in rrset
    )
    right = answers == expected.answers or answers in expected.others
    if message.rcode() != expected.rcode or not right:
        return f"{wire[12:end]!r} was answered {message.rcode()} {sorted(answers)}, right is {expected}"
    return _foreign_cookie(message, wire[-8:])


def _foreign_cookie(message: dns.message.Message, cookie: bytes) -> str:
    """A cookie that comes back has to be the asker's."""
    for option in message.options:
        if option.otype == _COOKIE and option.to_wire()[:8] != cookie:
            return f"cookie {option.to_wire().hex()} was never sent"
    return ""


class Sample:
    """Questions to one server, asked one after the other. `asked` counts them."""

    def __init__(self, questions: Iterator[Question], port: int, *, tcp: bool) -> None:
        self.asked = 0
        self._questions = questions
        self._port = port
        self._tcp = tcp
        self._problems: list[str] = []
        self._stop = threading.Event()

    def ask_first(self) -> None:
        """Asks some now. Raises `BenchError` for the first mistake."""
        for question in islice(self._questions, _FIRST):
            self._ask(question)
        self._judge()

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Asks on and on while the block runs. Raises `BenchError` for the first mistake."""
        self._stop.clear()
        self.asked = 0
        thread = threading.Thread(target=self._ask_on)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()
        self._judge()

    def _ask_on(self) -> None:
        for question in self._questions:
            self._ask(question)
            if self._stop.wait(_PAUSE):
                return

    def _ask(self, question: Question) -> None:
        try:
            problem = mistake(question, ask(question, self._port, tcp=self._tcp))
        except OSError as error:
            problem = f"no answer within {_ANSWER_SECONDS:.0f} s: {error}"
        self.asked += 1
        if problem:
            self._problems.append(problem)

    def _judge(self) -> None:
        if self._problems:
            raise BenchError(f"{len(self._problems)} wrong answers: {self._problems[0]}")
