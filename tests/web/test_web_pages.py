"""Pages over real sockets: what clients get, and what those get who only hold a connection."""

import asyncio
import io
import ssl
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme
from serving import free_port

from clusterdns.logs import Log
from clusterdns.plugins.base import Page, StartError
from clusterdns.web import listener
from clusterdns.web.pages import Pages

PATIENCE = 20.0
HUGE = "x" * 50_000_000  # more than any socket's buffers take


class Shown:
    """Pages that are open at a port of this machine."""

    def __init__(self) -> None:
        self.output = io.StringIO()
        self.pages = Pages(Log(self.output))
        self.port = free_port()

    def page(self, path: str, read, **how) -> Page:
        return Page(f"127.0.0.1:{self.port}", path, read, **how)

    async def connect(self, **how):
        return await asyncio.open_connection("127.0.0.1", self.port, **how)

    async def get(self, path: str, method: str = "GET", **how) -> tuple[str, str]:
        """The first line and the body of what a client gets that says it is the last request."""
        reader, writer = await self.connect(**how)
        writer.write(request(path, method, "close"))
        head, _, body = (await reader.read()).decode().partition("\r\n\r\n")
        writer.close()
        return head.partition("\r\n")[0], body

    @property
    def guests(self):
        (site,) = self.pages._sites.values()
        return site._listener.guests


def request(path: str = "/health", method: str = "GET", connection: str = "keep-alive") -> bytes:
    return f"{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: {connection}\r\n\r\n".encode()


@asynccontextmanager
async def showing(*more):
    """A page that says OK at /health, and more of them."""
    shown = Shown()
    async with asyncio.timeout(PATIENCE):
        pages = [shown.page("/health", lambda: (200, "OK")), *(shown.page(path, read) for path, read in more)]
        await shown.pages.open(pages)
        yield shown
        await shown.pages.close()


def test_a_page_says_what_it_has_to_say():
    async def waited():
        await asyncio.sleep(0)
        return 503, "kubernetes"

    async def story():
        async with showing(("/ready", waited)) as shown:
            assert await shown.get("/health") == ("HTTP/1.1 200 ", "OK")
            assert await shown.get("/health?verbose=1", "POST") == ("HTTP/1.1 200 ", "OK")
            assert await shown.get("/health", "HEAD") == ("HTTP/1.1 200 ", "")
            assert await shown.get("/ready") == ("HTTP/1.1 503 ", "kubernetes")
            assert await shown.get("/nope") == ("HTTP/1.1 404 ", "404 page not found\n")

    asyncio.run(story())


def test_a_connection_may_ask_again_and_ahead():
    async def story():
        async with showing() as shown:
            reader, writer = await shown.connect()
            writer.write(request() * 3)
            for _ in range(3):
                assert (await reader.readuntil(b"\r\n\r\nOK")).startswith(b"HTTP/1.1 200")
            writer.write(request(connection="close"))
            assert (await reader.read()).endswith(b"OK")
            writer.close()

    asyncio.run(story())


def test_who_has_nothing_more_to_say_gets_the_page_all_the_same():
    begun, enough = asyncio.Event(), asyncio.Event()

    async def wait():
        begun.set()
        await enough.wait()
        return 200, "OK"

    async def story():
        async with showing(("/metrics", wait)) as shown:
            reader, writer = await shown.connect()
            writer.write(request("/metrics"))
            await begun.wait()
            writer.write_eof()
            (connection,) = shown.guests
            while not connection._has_heard_all:
                await asyncio.sleep(0)
            enough.set()
            assert (await reader.read()).endswith(b"OK")
            writer.close()

    asyncio.run(story())


def test_what_is_no_request_is_told_so():
    async def story():
        async with showing() as shown:
            for odd in (b"hello\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"GET /" + b"x" * 100_000):
                reader, writer = await shown.connect()
                writer.write(odd)
                assert (await reader.read()).startswith(b"HTTP/1.1 4")
                writer.close()
            assert (await shown.get("http://[/health"))[0] == "HTTP/1.1 400 "

    asyncio.run(story())


def test_a_page_that_fails_is_logged_and_costs_one_request():
    def fail():
        raise ValueError("no luck")

    async def story():
        async with showing(("/metrics", fail)) as shown:
            assert (await shown.get("/metrics"))[0] == "HTTP/1.1 500 "
            assert shown.output.getvalue() == "[ERROR] /metrics: ValueError: no luck\n"
            assert (await shown.get("/health"))[1] == "OK"

    asyncio.run(story())


def test_hundreds_of_idle_connections_give_way_to_one_that_asks():
    async def story():
        async with showing() as shown:
            idle = [await shown.connect() for _ in range(300)]
            assert (await shown.get("/health"))[1] == "OK"
            assert len(shown.guests) <= listener.MOST
            assert await idle[0][0].read() == b"", "who came first has to go first"
            for _, writer in idle:
                writer.close()

    asyncio.run(story())


@pytest.mark.parametrize("part", [b"", b"GET /health", b"POST /health HTTP/1.1\r\nhost: me\r\ncontent-length: 9\r\n"])
def test_half_a_request_ends_in_time(monkeypatch, part):
    monkeypatch.setattr(listener, "_SECONDS", 0.05)

    async def story():
        async with showing() as shown:
            reader, writer = await shown.connect()
            writer.write(part)
            assert await reader.read() == b""
            writer.close()

    asyncio.run(story())


def test_a_response_that_nobody_takes_ends_in_time(monkeypatch):
    monkeypatch.setattr(listener, "_SECONDS", 0.05)

    async def story():
        async with showing(("/metrics", lambda: (200, HUGE))) as shown:
            reader, writer = await shown.connect(limit=1)
            writer.write(request("/metrics"))
            await reader.readexactly(1)
            while len(shown.guests):
                await asyncio.sleep(0.01)
            writer.transport.abort()

    asyncio.run(story())


def test_the_end_does_not_wait_for_a_page_that_takes_long(monkeypatch):
    monkeypatch.setattr("clusterdns.web.pages._GRACE", 0.01)
    begun = asyncio.Event()

    async def hang():
        begun.set()
        await asyncio.Event().wait()

    async def story():
        async with showing(("/metrics", hang)) as shown:
            reader, writer = await shown.connect()
            writer.write(request("/metrics"))
            await begun.wait()
            await shown.pages.close()
            assert await reader.read() == b""
            writer.close()

    asyncio.run(story())


def test_a_certificate_may_be_renewed(tmp_path: Path):
    first, second = trustme.CA(), trustme.CA()
    certificate = tmp_path / "cert.pem", tmp_path / "key.pem"

    def issue(ca):
        issued = ca.issue_cert("127.0.0.1")
        issued.cert_chain_pems[0].write_to_path(str(certificate[0]))
        issued.private_key_pem.write_to_path(str(certificate[1]))

    def trust(ca):
        context = ssl.create_default_context()
        ca.configure_trust(context)
        return context

    async def story():
        shown = Shown()
        async with asyncio.timeout(PATIENCE):
            page = shown.page("/metrics", lambda: (200, "OK"), certificate=certificate)
            with pytest.raises(StartError, match=r"/metrics: .*cert\.pem"):
                await shown.pages.open([page])
            for ca in (first, second):
                issue(ca)
                await shown.pages.open([page])
                assert (await shown.get("/metrics", ssl=trust(ca)))[1] == "OK"
            await shown.pages.close()

    asyncio.run(story())
