"""etcd: values that are no records, and servers that are no etcd. Each is a failure of that name, and no more."""

import asyncio
import base64
import http.server
import json
import threading

import dns.rcode
import pytest
from asking import records
from serving import PATIENCE

from clusterdns.dns import codes
from clusterdns.dns.names import parse_name
from clusterdns.plugins.etcd.client import Client, EtcdError
from clusterdns.plugins.etcd.services import Settings, Store


@pytest.fixture
def etcd():
    """An etcd that says to every question what its `says` holds, or has under the question's last part."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["content-length"]))
            said = server.says
            body = said.get(self.path.rsplit("/", 1)[1], b"{}") if isinstance(said, dict) else said
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.says = b"{}"
        server.url = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


def kept(*values: bytes, **more) -> bytes:
    """What etcd says of values that are kept below a name."""

    def encoded(octets: bytes) -> str:
        return base64.b64encode(octets).decode()

    pairs = [(f"/skydns/example/web/x{number}".encode(), value) for number, value in enumerate(values)]
    return json.dumps(
        {"kvs": [{"key": encoded(key), "value": encoded(value), **more} for key, value in pairs]}
    ).encode()


def services(url):
    async def run():
        client = Client([url], None, None)
        try:
            return await Store(client, Settings("skydns", 30, 86400)).services(
                parse_name("web.example."), codes.A, exact=False
            )
        finally:
            await client.close()

    return asyncio.run(run())


@pytest.mark.parametrize(
    "value",
    [
        b'{"HOST": "192.0.2.1", "Port": 80}',
        b'{"host": "192.0.2.1", "port": 80, "ttl": null, "group": null}',
        b'{"host": "192.0.2.1", "port": 80, "unknown": [1, {"deep": null}], "key": 5}',
        b'{"host": "", "host": "192.0.2.1", "port": 80}',
    ],
    ids=["capitals", "nulls", "fields that nobody knows", "a field twice"],
)
def test_a_value_is_read_as_go_reads_it(etcd, value):
    etcd.says = kept(value)
    (service,) = services(etcd.url)
    assert (service.host, service.port, service.ttl) == ("192.0.2.1", 80, 300)
    assert service.key == "/skydns/example/web/x0"


@pytest.mark.parametrize(
    "value",
    [
        b"", b"[]", b"5", b'"text"', b"{", b"\xff\xfe", b'{"host": 5}', b'{"host": "a", "port": "80"}',
        b'{"host": "a", "ttl": -1}', b'{"host": "a", "ttl": 4294967296}', b'{"host": "a", "mail": 1}',
        b'{"host": "a", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)  # fmt: skip
def test_what_is_no_record_is_a_failure(etcd, value):
    etcd.says = kept(value)
    with pytest.raises(EtcdError, match="/skydns/example/web/x0"):
        services(etcd.url)


def test_null_is_a_record_that_says_nothing(etcd):
    etcd.says = kept(b"null", b'{"host": "192.0.2.1"}')
    assert [service.host for service in services(etcd.url)] == ["192.0.2.1"]


@pytest.mark.parametrize(
    "body",
    [
        b"", b"no JSON", b"[]", b"null", b'{"kvs": 5}', b'{"kvs": [5]}', b'{"kvs": [{}]}', b'{"kvs": [{"key": 5}]}',
        b'{"kvs": [{"key": "\xff"}]}', b'{"kvs": [{"key": "/w=="}]}', b'{"kvs": [{"key": "YQ==", "lease": "x"}]}',
        b"[" * 100_000,
    ],
)  # fmt: skip
def test_what_is_no_etcd_is_a_failure(etcd, body):
    etcd.says = body
    with pytest.raises(EtcdError):
        services(etcd.url)


def test_what_is_no_address_of_an_etcd_is_a_failure():
    with pytest.raises(EtcdError):
        services("http://[nowhere")


@pytest.mark.parametrize("lease", [b"null", b'{"TTL": null}', b'{"TTL": []}', b'{"TTL": "soon"}', b"[]"])
def test_a_lease_that_can_not_be_read_bounds_nothing(etcd, lease):
    etcd.says = {"range": kept(b'{"host": "192.0.2.1"}', lease="5"), "timetolive": lease}
    assert [service.ttl for service in services(etcd.url)] == [300]


@pytest.fixture
def server(serve, etcd, tmp_path):
    (tmp_path / "Corefile").write_text(f"example {{\n etcd {{\n endpoint {etcd.url}\n }}\n}}\n")
    return serve("--bare", "--conf", tmp_path / "Corefile")


def test_weights_and_names_may_be_anything(server, etcd):
    for weights in ((-100, 100), (0, -100), (10**18, -5), (1, 0)):
        values = [{"host": "192.0.2.1", "port": 70_000, "weight": weight, "priority": -1} for weight in weights]
        etcd.says = kept(*(json.dumps(value).encode() for value in values))
        assert len(records(server.ask("web.example.", "SRV"))) == 2
    for host in ("a..b", "x" * 64, "x." * 200, "\\", "\\999", "\0", "ä"):
        etcd.says = kept(json.dumps({"host": host}).encode())
        for rdtype in ("A", "CNAME", "SRV", "TXT", "PTR"):
            assert server.ask("web.example.", rdtype).rcode() in (dns.rcode.NOERROR, dns.rcode.SERVFAIL)
    assert "panic" not in server.log()


def test_names_that_are_aliases_of_each_other_are_followed_only_so_far(server, etcd):
    etcd.says = kept(*(json.dumps({"host": f"{letter}.example"}).encode() for letter in "abcdefghijkl"))
    assert server.ask("web.example.", timeout=PATIENCE).rcode() == dns.rcode.SERVFAIL
