"""A service on real sockets, in a thread of its own: the smallest server that answers.

    with answering(Stub()) as server:
        server.ask("web.example.", "A")

What fails in the server's event loop fails the test when it ends.
"""

import asyncio
import io
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import dns.message
import dns.query

from clusterdns.dns import codes
from clusterdns.dns.names import labels, parse_name
from clusterdns.dns.query import Query
from clusterdns.dns.record import Record
from clusterdns.dns.reply import FOREVER, Dropped, Reply, Unanswered
from clusterdns.logs import Log
from clusterdns.plugins.base import Limits, Next, Plugin, Setting, World
from clusterdns.records.tables import Tables
from clusterdns.server.chain import link
from clusterdns.server.listeners import Listeners, listen
from clusterdns.server.service import Service
from clusterdns.server.site import Site
from clusterdns.server.sockets import Endpoint, bind
from clusterdns.server.stream import StreamListener
from clusterdns.server.udp import UDPListener

PATIENCE = 10.0  # seconds that a busy machine may take
PATIENT = Limits(PATIENCE, PATIENCE, PATIENCE)


class Stub(Plugin):
    """Answers with the client's address; the first label of a name asks for something else.

    `kept`: may be kept. `waits`: waits for `release`. `drop`: no answer. `fails`: a failure. `many-N`: N addresses, and
    so `waits-N`.
    `no`: no such name. `bare`: REFUSED, raised. `zone-N`: a transfer of N messages, `broken-N`: that fails behind them.
    """

    name = "stub"

    def __init__(self) -> None:
        self.asked = 0
        self.under_way = 0
        self.sent = 0  # messages of transfers
        self._released = asyncio.Event()

    def release(self) -> None:
        """Lets all who wait go on."""
        self._released.set()

    async def serve(self, query: Query, next: Next) -> Reply:
        self.asked += 1
        host, _ = query.client
        what, _, number = labels(query.name)[0].decode("latin-1").partition("-") if query.name[0] else ("", "", "")
        reply = Reply.to(query, flags=codes.AA)
        match what:
            case "kept":
                reply.good_until = FOREVER
            case "waits":
                await self._wait()
            case "drop":
                raise Dropped
            case "fails":
                raise RuntimeError("the stub fails")
            case "no":
                reply.rcode, reply.good_until = codes.NXDOMAIN, FOREVER
                return reply
            case "bare":
                raise Unanswered(codes.REFUSED)
            case "zone" | "broken":
                reply.transfer = self._messages(query, int(number), broken=what == "broken")
                return reply
        hosts = [f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}" for n in range(int(number))] if number else [host]
        reply.answer = [address_of(query, host) for host in hosts]
        return reply

    def _messages(self, query: Query, count: int, *, broken: bool) -> Iterator[list[Record]]:
        for _ in range(count):
            self.sent += 1
            yield [address_of(query, query.client[0])] * 1000
        if broken:
            raise RuntimeError("the transfer fails")

    async def _wait(self) -> None:
        self.under_way += 1
        try:
            await self._released.wait()
        finally:
            self.under_way -= 1


def address_of(query: Query, host: str) -> Record:
    """An address record of the name that was asked for."""
    if ":" in host:
        return Record(query.spelled, codes.AAAA, 5, socket.inet_pton(socket.AF_INET6, host.partition("%")[0]))
    return Record(query.spelled, codes.A, 5, socket.inet_pton(socket.AF_INET, host))


def make_service(*plugins: Plugin, zone: str = ".", world: World | None = None, **setting: Any) -> Service:
    """A service of one server block with these plugins."""
    world = world or World(Tables(), log=Log(io.StringIO()))
    site = Site(Setting(world, (parse_name(zone),), **setting), link(plugins) if plugins else None)
    return Service("dns://:53", [(parse_name(zone), site)], world)


class Answering:
    """A service and its sockets. What is done to them is done in their thread, by `call`."""

    def __init__(self, service: Service, endpoint: Endpoint, limits: Limits, **most: int) -> None:
        self.service = service
        host = endpoint.host
        self.bound = bind(endpoint)
        self.host = {"": "127.0.0.1"}.get(host, host)
        self.port = self.bound.endpoint.port
        self.problems: list[dict[str, Any]] = []
        self._stopping: asyncio.Task[None] | None = None
        self.loop = asyncio.new_event_loop()
        self.loop.set_exception_handler(lambda _, context: self.problems.append(context))
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        self.service.limits = limits
        self.listeners = self.wait_for(self._listen(**most))

    async def _listen(self, most_waiting: int = 100, most: int = 500) -> Listeners:
        if self.bound.endpoint.transport != "dns":
            return await listen(self.bound, self.service)
        self.udp = UDPListener(self.bound.udp[0], self.service, most_waiting)
        self.stream = StreamListener(self.bound.tcp, self.service, most)
        return Listeners(self.bound, [self.udp, self.stream])

    def wait_for(self, coroutine: Any) -> Any:
        """The result of a coroutine that runs in the server's loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(PATIENCE)

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """The result of a function that is called in the server's loop."""

        async def call() -> Any:
            return function(*arguments)

        return self.wait_for(call())

    def wait_until(self, condition: Callable[[], object]) -> None:
        """Returns as soon as the condition holds, which is looked at between all that the server does."""

        async def look() -> None:
            while not condition():
                await asyncio.sleep(0.001)

        self.wait_for(asyncio.wait_for(look(), PATIENCE))

    def ask(self, name: str, rdtype: str = "A", *, tcp: bool = False, **how: Any) -> dns.message.Message:
        """The reply to a question."""
        by = dns.query.tcp if tcp else dns.query.udp
        return by(dns.message.make_query(name, rdtype, **how), self.host, PATIENCE, self.port)

    def connect(self) -> socket.socket:
        """A TCP connection to the server."""
        return socket.create_connection((self.host, self.port), PATIENCE)

    def datagram(self) -> socket.socket:
        """A UDP socket that is connected to the server."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_DGRAM)
        sock.settimeout(PATIENCE)
        sock.connect((self.host, self.port))
        return sock

    async def stop(self) -> None:
        """Drains and closes the sockets, once, as a server does that ends."""
        if self._stopping is None:
            self._stopping = self.loop.create_task(self._stop())
        await self._stopping

    async def _stop(self) -> None:
        await self.listeners.drain(PATIENCE)

    def end(self) -> None:
        """Ends the thread; anything that went wrong in it is an error."""
        self.wait_for(self.stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(PATIENCE)
        self.loop.close()
        assert not self.problems, self.problems


@contextmanager
def answering(
    plugin: Plugin | Service, host: str = "127.0.0.1", limits: Limits = PATIENT, transport: str = "dns", **most: int
) -> Iterator[Answering]:
    """A server of one plugin, or of a service, while the block lasts."""
    service = plugin if isinstance(plugin, Service) else make_service(plugin)
    server = Answering(service, Endpoint(transport, host, 0), limits, **most)
    try:
        yield server
    finally:
        if isinstance(plugin, Stub):
            server.loop.call_soon_threadsafe(plugin.release)
        server.end()


def query_wire(name: str, rdtype: str = "A", ident: int = 4711, **how: Any) -> bytes:
    """The bytes of a question."""
    return dns.message.make_query(name, rdtype, id=ident, **how).to_wire()


def framed(message: bytes) -> bytes:
    """A message behind its length, as it goes over TCP."""
    return len(message).to_bytes(2, "big") + message


def read_framed(sock: socket.socket) -> bytes | None:
    """The next message from a TCP connection; None when it was closed instead."""
    head = _read(sock, 2)
    return head and _read(sock, int.from_bytes(head, "big"))


def _read(sock: socket.socket, count: int) -> bytes | None:
    data = b""
    while len(data) < count:
        try:
            piece = sock.recv(count - len(data))
        except ConnectionResetError:
            return None
        if not piece:
            return None
        data += piece
    return data
