"""Asks one server as a stub resolver does: over UDP, all types of a name at once, and over TCP what is truncated.

Knows sockets and time, no search list.
"""

import secrets
import socket
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

from clusterdns.corefile import join_host_port
from clusterdns.dns import codes
from clusterdns.dns.exchange import NotAsked, parse_reply
from clusterdns.dns.names import BadName, encode_name
from clusterdns.dns.query import HEADER
from clusterdns.dns.rdata import ADDRESS_SIZES
from clusterdns.dns.reply import Reply
from clusterdns.dns.text import rdata_text
from clusterdns.dns.wire import Unreadable
from clusterdns.testing.errors import HIDDEN, ClusterDNSError, LookupFailed

__tracebackhide__ = HIDDEN

_LARGEST: Final = 65_535
_ADDRESSES: Final = (codes.A, codes.AAAA)
_FAMILIES: Final = {codes.A: socket.AF_INET, codes.AAAA: socket.AF_INET6}

Server = tuple[str, int]


def ask(server: Server, name: str, types: Iterable[int], seconds: float) -> dict[int, Reply | None]:
    """The replies to the questions for all of these types of an absolute name; None where none came in time.

    Raises `BadName`.
    """
    questions = {qtype: _Question(name, qtype) for qtype in types}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.connect(server)
        _ask_over_udp(udp, list(questions.values()), seconds)
    for question in questions.values():
        if question.reply is not None and question.reply.flags & codes.TC:
            question.ask_over_tcp(server, seconds)
    return {qtype: question.reply for qtype, question in questions.items()}


def look_up(server: Server, name: str, type: str | None, seconds: float) -> list[str]:
    """The data of the answer, as text: addresses of both families if no type is given; [] where there are none.

    Raises `LookupFailed` for response codes other than NOERROR and NXDOMAIN and when no answer comes in so many
    seconds, `ClusterDNSError` for what is no name or no type.
    """
    types = _ADDRESSES if type is None else (parse_type(type),)
    try:
        replies = ask(server, name, types, seconds)
    except BadName as error:
        raise ClusterDNSError(str(error)) from None
    found: list[str] = []
    for qtype, reply in replies.items():
        asked, where = f"{name} {codes.type_text(qtype)}", join_host_port(*server)
        if reply is None:
            raise LookupFailed(f"{asked}: no answer from {where} within {seconds:g} s", None)
        rcode = codes.rcode_text(reply.rcode)
        if reply.rcode not in (codes.NOERROR, codes.NXDOMAIN):
            raise LookupFailed(f"{asked}: {rcode} from {where}", rcode)
        found += data_of(reply, qtype)
    return found


def parse_type(text: str) -> int:
    """The number of a record type. Raises `ClusterDNSError`."""
    number = codes.parse_type(text.upper())
    if number is None:
        raise ClusterDNSError(f"'{text}' is no record type (A, AAAA, SRV … or TYPE65280)")
    return number


def data_of(reply: Reply, qtype: int) -> list[str]:
    """The data of the answer's records of a type as text, in their order: an address, or as a zone file has it."""
    family = _FAMILIES.get(qtype)
    found = (record.rdata for record in reply.answer if record.rtype == qtype)
    if family is None:
        return [rdata_text(qtype, rdata) for rdata in found]
    return [socket.inet_ntop(family, rdata) for rdata in found if len(rdata) == ADDRESS_SIZES[qtype]]


class _Question:
    """One question, and its reply once that is there."""

    def __init__(self, name: str, qtype: int) -> None:
        self.question = encode_name(name) + qtype.to_bytes(2, "big") + codes.IN.to_bytes(2, "big")
        self.wire = HEADER.pack(secrets.randbelow(1 << 16), codes.RD, 1, 0, 0, 0) + self.question
        self.reply: Reply | None = None

    def hear(self, wire: bytes) -> bool:
        """Takes a message if it is the reply; others are none of ours."""
        with suppress(NotAsked, Unreadable):
            if wire[:2] == self.wire[:2]:
                self.reply = parse_reply(wire, self.question)
        return self.reply is not None

    def ask_over_tcp(self, server: Server, seconds: float) -> None:
        self.reply = None
        with suppress(OSError), socket.create_connection(server, seconds) as tcp:
            tcp.sendall(len(self.wire).to_bytes(2, "big") + self.wire)
            with tcp.makefile("rb") as stream:
                self.hear(stream.read(int.from_bytes(stream.read(2), "big")))


def _ask_over_udp(udp: socket.socket, questions: list[_Question], seconds: float) -> None:
    with suppress(OSError):  # a server that is gone, or a time-out
        for question in questions:
            udp.send(question.wire)
        waiting, deadline = questions, time.monotonic() + seconds
        while waiting and (left := deadline - time.monotonic()) > 0:
            udp.settimeout(left)
            wire = udp.recv(_LARGEST)
            waiting = [question for question in waiting if not question.hear(wire)]
