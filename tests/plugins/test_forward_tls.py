"""Upstreams that are asked by TLS and by HTTPS, with certificates of a test authority."""

import asyncio
import base64
import ssl
from contextlib import asynccontextmanager

import pytest
import trustme
from chain import make_query
from hypercorn.asyncio import serve
from hypercorn.config import Config
from serving import free_port
from upstreams import OK, Upstream, asked, dead, forwards, gives, told, until

from clusterdns.corefile import CorefileError
from clusterdns.plugins.base import StartError

NAME = "dns.example"


class Certificates:
    """An authority, a server that it vouches for, a client that it vouches for, as files and as a server's context."""

    def __init__(self, folder):
        authority = trustme.CA()
        self.server, client = authority.issue_cert(NAME, "127.0.0.2"), authority.issue_cert("client.example")
        self.ca, self.cert, self.key = folder / "ca.pem", folder / "cert.pem", folder / "key.pem"
        self.server_cert, self.server_key = folder / "server.pem", folder / "server-key.pem"
        authority.cert_pem.write_to_path(self.ca)
        client.cert_chain_pems[0].write_to_path(self.cert)
        client.private_key_pem.write_to_path(self.key)
        self.server.cert_chain_pems[0].write_to_path(self.server_cert)
        self.server.private_key_pem.write_to_path(self.server_key)

    def context(self, clients=False):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=self.ca)
        self.server.configure_cert(context)
        context.verify_mode = ssl.CERT_REQUIRED if clients else ssl.CERT_NONE
        return context


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))


def by_tls(certificates, *options, port, name=NAME):
    options = (f"tls {certificates.ca}", f"tls_servername {name}", "max_fails 0", *options)
    return forwards(*options, to=f"tls://127.0.0.1:{port}")


def test_an_upstream_is_asked_by_tls_over_one_connection(certificates):
    async def story():
        context = certificates.context()
        async with Upstream(context=context) as upstream, by_tls(certificates, port=upstream.port) as chain:
            for transport in ("udp", "tcp", "udp"):
                assert await asked(chain, transport=transport) == OK
            assert upstream.connections == 1

    told(story())


def test_the_name_may_stand_behind_the_address(certificates):
    async def story():
        async with Upstream(context=certificates.context()) as upstream:
            to = f"tls://127.0.0.1%{NAME}:{upstream.port}"
            async with forwards(f"tls {certificates.ca}", to=to) as chain:
                assert await asked(chain) == OK

    told(story())


def test_a_large_reply_reaches_clients_of_udp_whole(certificates):
    """It is cut to what they take only when it goes out, as CoreDNS does."""

    async def story():
        long = gives(f'@ 30 TXT "{"x" * 250}" "{"y" * 250}" "{"z" * 250}"')
        async with (
            Upstream(long, certificates.context()) as upstream,
            by_tls(certificates, port=upstream.port) as chain,
        ):
            assert len(await asked(chain, "www.example. TXT")) == 2

    told(story())


@pytest.mark.parametrize("name", ["other.example", "127.0.0.1"])
def test_an_upstream_that_is_not_who_it_should_be_is_not_asked(certificates, name):
    async def story():
        context = certificates.context()
        async with Upstream(context=context) as upstream, by_tls(certificates, port=upstream.port, name=name) as chain:
            (reply,) = await asked(chain)
            assert reply.startswith("SERVFAIL unanswered: tls: ")
            assert not upstream.asked

    told(story())


def test_an_authority_that_nobody_named_is_not_believed(certificates):
    async def story():
        async with Upstream(context=certificates.context()) as upstream:
            options = (f"tls_servername {NAME}", "max_fails 0")
            async with forwards(*options, to=f"tls://127.0.0.1:{upstream.port}") as chain:
                (reply,) = await asked(chain)
                assert reply.startswith("SERVFAIL unanswered: tls: ")

    told(story())


def test_an_upstream_that_wants_a_certificate_gets_ours(certificates):
    async def story():
        async with Upstream(context=certificates.context(clients=True)) as upstream:
            files = f"tls {certificates.cert} {certificates.key} {certificates.ca}"
            to = f"tls://127.0.0.1%{NAME}:{upstream.port}"
            async with forwards(files, "max_fails 0", to=to) as chain:
                assert await asked(chain) == OK
            async with forwards(f"tls {certificates.ca}", "max_fails 0", to=to) as chain:
                assert (await asked(chain))[0].startswith("SERVFAIL unanswered")

    told(story())


def test_probes_go_by_tls_too(certificates):
    async def story():
        async with Upstream(dead, context=certificates.context()) as upstream:
            upstream.hang_up = True
            options = (f"tls {certificates.ca}", f"tls_servername {NAME}", "health_check 10ms")
            async with forwards(*options, to=f"tls://127.0.0.1:{upstream.port}") as chain:
                await asked(chain)
                await until(lambda: upstream.probed > 1)
                upstream.answer = gives("@ 30 A 192.0.2.1")
                (proxy,) = chain.setting.plugins["forward"].upstreams
                await until(lambda: not proxy.fails)

    told(story())


class Web:
    """DNS over HTTPS as a web application."""

    def __init__(self):
        self.upstream = Upstream()
        self.requests = []
        self.body = None  # instead of a reply
        self.status = 200

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            return
        content = (await receive())["body"]
        headers = dict(scope["headers"])
        self.requests.append((scope["method"], scope["path"], scope["http_version"], headers.get(b"accept")))
        if scope["method"] == "GET":
            text = scope["query_string"].removeprefix(b"dns=")
            content = base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))
        body = self.upstream._reply("https", 0, content) if self.body is None else self.body
        headers = [(b"content-type", b"application/dns-message")]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def website(certificates, protocols=("h2", "http/1.1")):
    """A web server at a port, and what it was asked."""
    web, config, stopped = Web(), Config(), asyncio.Event()
    web.port = free_port()
    config.bind = [f"127.0.0.1:{web.port}"]
    config.certfile, config.keyfile = str(certificates.server_cert), str(certificates.server_key)
    config.alpn_protocols = list(protocols)
    config.loglevel = "CRITICAL"
    task = asyncio.create_task(serve(web, config, shutdown_trigger=stopped.wait))
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", web.port)
            break
        except OSError:
            await asyncio.sleep(0.005)
    writer.close()
    try:
        yield web
    finally:
        stopped.set()
        await task


@pytest.mark.parametrize(
    ("method", "protocols", "version"), [("POST", ("h2",), "2"), ("GET", ("h2",), "2"), ("POST", ("http/1.1",), "1.1")]
)
def test_an_upstream_is_asked_by_https(certificates, method, protocols, version):
    async def story():
        async with website(certificates, protocols) as web:
            options = (f"tls {certificates.ca}", f"tls_servername {NAME}", f"doh_method {method}")
            async with forwards(*options, to=f"https://127.0.0.1:{web.port}") as chain:
                query = make_query("www.example. A")
                assert await chain.answer(query)
                assert await asked(chain) == OK
                assert web.requests == [(method, "/dns-query", version, b"application/dns-message")] * 2
                assert web.upstream.asked[0].wire == b"\0\0" + query.wire[2:]

    told(story())


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "dns: the message ends within its header"),
        (b"<html>", "dns: the message ends within its header"),
        (bytes(70_000), "http: request body too large"),
    ],
)
def test_a_page_that_is_no_dns_message_is_no_reply(certificates, body, problem):
    async def story():
        async with website(certificates) as web:
            web.body = body
            options = (f"tls {certificates.ca}", f"tls_servername {NAME}", "max_fails 0")
            async with forwards(*options, to=f"https://127.0.0.1:{web.port}") as chain:
                assert (await asked(chain))[0].endswith(problem)

    told(story())


def test_a_message_that_comes_with_an_error_is_no_reply(certificates):
    async def story():
        async with website(certificates) as web:
            web.status = 503
            options = (f"tls {certificates.ca}", f"tls_servername {NAME}", "max_fails 0")
            async with forwards(*options, to=f"https://127.0.0.1:{web.port}") as chain:
                assert (await asked(chain))[0].endswith(": unexpected HTTP status 503")
                web.status = 203
                assert await asked(chain) == OK

    told(story())


def test_a_web_server_that_is_not_who_it_should_be_is_not_asked(certificates):
    async def story():
        async with website(certificates) as web:
            options = (f"tls {certificates.ca}", "max_fails 0")
            async with forwards(*options, to=f"https://127.0.0.1:{web.port}") as chain:
                (reply,) = await asked(chain)
                assert reply.startswith(f'SERVFAIL unanswered: Post "https://127.0.0.1:{web.port}/dns-query": ')
                assert not web.requests

    told(story())


def test_certificates_that_are_missing_end_the_start_and_broken_ones_are_told_at_once(tmp_path):
    chain = forwards(f"tls {tmp_path}/ca.pem", to="tls://127.0.0.1")
    sentence = f"forward: tls {tmp_path}/ca.pem: No such file or directory"
    assert [list(check()) for check in chain.setting.checks] == [[sentence]]

    async def story():
        with pytest.raises(StartError, match=r"ca\.pem: No such file"):
            async with chain:
                pass

    told(story())
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(CorefileError, match="Corefile:3: forward: tls"):
        forwards(f"tls {tmp_path}/ca.pem", to="tls://127.0.0.1")
