"""Servers to forward to, in the test's own event loop: each says what it was asked, and answers as a function tells it.

    async with Upstream() as upstream:            # answers every A with 192.0.2.1
        upstream.answer = dead                    # … and from now on nothing
        upstream.asked                            # [Asked("udp", port of the asker, the query's bytes), …]

A function is given the query, read by dnspython, and returns a message, bytes, or None for no reply.
"""

import asyncio
import ssl
import struct
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
from chain import Chain, lines_of, make_query

from clusterdns.dns import codes
from clusterdns.dns.reply import Unanswered

Answer = Callable[[dns.message.Message], dns.message.Message | bytes | None]


class Asked(NamedTuple):
    transport: str
    port: int
    wire: bytes

    @property
    def query(self) -> dns.message.Message:
        return dns.message.from_wire(self.wire)


def gives(*lines: str, rcode: str = "NOERROR", authority: tuple[str, ...] = (), flags: str = "") -> Answer:
    """Answers with these records, those of the owner `@` at the name that was asked."""

    def answer(query: dns.message.Message) -> dns.message.Message:
        reply = dns.message.make_response(query, recursion_available=True)
        reply.set_rcode(dns.rcode.from_text(rcode))
        reply.flags |= dns.flags.from_text(flags)
        for section, texts in ((reply.answer, lines), (reply.authority, authority)):
            for text in texts:
                owner, *rest = text.split(None, 3)
                section.append(
                    dns.rrset.from_text(
                        query.question[0].name if owner == "@" else owner, int(rest[0]), "IN", *rest[1:]
                    )
                )
        return reply

    return answer


def dead(_: dns.message.Message) -> None:
    """Never answers."""


class Upstream(asyncio.DatagramProtocol):
    """A DNS server on one port of 127.0.0.1, by UDP and TCP, or by TLS."""

    def __init__(self, answer: Answer | None = None, context: ssl.SSLContext | None = None) -> None:
        self.answer = answer or gives("@ 30 A 192.0.2.1")
        self.asked: list[Asked] = []
        self.probed = 0
        self.hang_up = False  # after each reply
        self.connections = 0
        self.came = asyncio.Event()
        self._context = context

    async def __aenter__(self) -> "Upstream":
        loop = asyncio.get_running_loop()
        for _ in range(20):
            self._udp, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
            self.port = self._udp.get_extra_info("sockname")[1]
            try:
                self._tcp = await asyncio.start_server(self._talk, "127.0.0.1", self.port, ssl=self._context)
                break
            except OSError:  # somebody else has this port for TCP
                self._udp.close()
        self.text = f"127.0.0.1:{self.port}"
        self._writers: set[asyncio.StreamWriter] = set()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._udp.close()
        self._tcp.close()
        for writer in self._writers:
            writer.close()
        await asyncio.sleep(0)

    @property
    def transports(self) -> list[str]:
        """How the queries came, one after the other."""
        return [asked.transport for asked in self.asked]

    def send(self, wire: bytes, port: int) -> None:
        """A datagram that nobody asked for."""
        self._udp.sendto(wire, ("127.0.0.1", port))

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        reply = self._reply("udp", addr[1], data)
        if reply is not None:
            self._udp.sendto(reply, addr)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        try:
            while True:
                (length,) = struct.unpack("!H", await reader.readexactly(2))
                wire = await reader.readexactly(length)
                reply = self._reply("tcp", writer.get_extra_info("peername")[1], wire)
                if reply is not None:
                    writer.write(struct.pack("!H", len(reply)) + reply)
                if self.hang_up:
                    break
        except (asyncio.IncompleteReadError, OSError):
            pass
        self._writers.discard(writer)
        writer.close()

    def _reply(self, transport: str, port: int, wire: bytes) -> bytes | None:
        query = dns.message.from_wire(wire)
        if query.question[0].rdtype == dns.rdatatype.NS and len(query.question[0].name) == 1:
            self.probed += 1
        else:
            self.asked.append(Asked(transport, port, wire))
        self.came.set()
        self.came.clear()
        answer = self.answer(query)
        return answer.to_wire(max_size=65535) if isinstance(answer, dns.message.Message) else answer


OK = ["NOERROR ra", "www.example. 30 A 192.0.2.1"]


def told(story: Coroutine[Any, Any, None]) -> None:
    """Runs a story to its end. It has ten seconds, and should need none of them."""

    async def with_limit() -> None:
        async with asyncio.timeout(10):
            await story

    asyncio.run(with_limit())


def forwards(*lines: str, to: str, rest: str = "") -> Chain:
    """A chain that forwards everything, with these options, and other plugins."""
    options = "\n".join(lines)
    return Chain(f". {{\n forward . {to} {{\n{options}\n }}\n{rest}\n}}")


async def asked(chain: Chain, question: str = "www.example. A", **how: Any) -> list[str]:
    """The reply as lines of text; what has none says why."""
    try:
        return lines_of(await chain.answer(make_query(question, **how)))
    except Unanswered as outcome:
        return [f"{codes.rcode_text(outcome.rcode)} unanswered: {outcome.reason}"]


async def until(condition: Callable[[], object]) -> None:
    """Waits for what other tasks bring about."""
    while not condition():
        await asyncio.sleep(0.001)
