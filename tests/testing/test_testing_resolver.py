"""Unmodified Python looks names up as a Pod does: search list and ndots included, and everything else as before."""

import asyncio
import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import dns.asyncresolver
import dns.exception
import dns.resolver
import pytest
from web import DB, DB_NAME, WEB, WEB_NAME, service

from clusterdns.testing import ClusterDNS, ClusterDNSError, NoSuchObject

ALIAS = """
apiVersion: v1
kind: Service
metadata: {name: shop}
spec: {type: ExternalName, externalName: web.default.svc.cluster.local}
"""
LOCAL = """
apiVersion: v1
kind: Service
metadata: {name: local}
spec: {clusterIP: None, selector: {app: local}, ports: [{name: http, port: %s}]}
---
apiVersion: v1
kind: Pod
metadata: {name: local-0, labels: {app: local}}
spec: {hostname: local-0, subdomain: local, containers: [{name: local, image: local}]}
status: {podIP: 127.0.0.1}
"""
STREAM = socket.SOCK_STREAM


@pytest.fixture
def cluster() -> Iterator[ClusterDNS]:
    with ClusterDNS(WEB, DB, ALIAS) as dns:
        yield dns


def hosts(name: str, *arguments: int, **keywords: int) -> list[str]:
    return [info[4][0] for info in socket.getaddrinfo(name, *(arguments or [80]), **keywords)]


@pytest.mark.parametrize("name", ["web", "web.default", "web.default.svc", WEB_NAME, f"{WEB_NAME}.", "WEB", b"web"])
def test_getaddrinfo_walks_the_search_list(cluster: ClusterDNS, name: str) -> None:
    with cluster.as_pod():
        assert socket.getaddrinfo(name, "http", type=STREAM) == [
            (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("10.96.1.1", 80))
        ]


def test_short_names_are_those_of_the_namespace(cluster: ClusterDNS) -> None:
    with cluster.as_pod("data") as pod:
        assert pod.conf.search == ("data.svc.cluster.local", "svc.cluster.local", "cluster.local")
        assert len(hosts("db", type=STREAM)) == 2
        assert hosts("web.default", type=STREAM) == ["10.96.1.1"]
        with pytest.raises(socket.gaierror) as failed:
            hosts("web")
    assert failed.value.args == (socket.EAI_NONAME, "Name or service not known")


def test_names_are_asked_in_the_order_of_glibc(cluster: ClusterDNS) -> None:
    with cluster.as_pod("data"):
        hosts("web.default", 80)

    assert [str(query) for query in cluster.queries] == [
        "web.default.data.svc.cluster.local A",
        "web.default.data.svc.cluster.local AAAA",
        "web.default.svc.cluster.local A",
        "web.default.svc.cluster.local AAAA",
    ]


def test_a_namespace_that_is_not_there_is_said(cluster: ClusterDNS) -> None:
    with pytest.raises(NoSuchObject, match="there is no namespace 'shop'"), cluster.as_pod("shop"):
        pass


POD = """
apiVersion: v1
kind: Pod
metadata: {name: odd}
spec:
  containers: [{name: odd, image: odd}]
  %s
"""


def test_a_pod_may_have_a_dns_config_of_its_own(cluster: ClusterDNS) -> None:
    options = "[{name: ndots, value: '1'}, {name: timeout, value: '1'}, {name: attempts, value: '1'}]"
    cluster.apply(POD % f"dnsConfig: {{searches: [data.svc.cluster.local], options: {options}}}")
    with cluster.as_pod(pod="odd"):
        assert len(hosts("db", type=STREAM)) == 2
        with pytest.raises(socket.gaierror):
            hosts("web.nowhere")
        names = [query.name for query in cluster.queries]
        assert names.index("web.nowhere") < names.index("web.nowhere.default.svc.cluster.local")

    with pytest.raises(NoSuchObject, match=r"there is no Pod default/even \(odd\)"), cluster.as_pod(pod="even"):
        pass


@pytest.mark.parametrize(
    ("spec", "servers"),
    [("dnsPolicy: Default", "no server"), ("dnsPolicy: None\n  dnsConfig: {nameservers: [192.0.2.1]}", "192.0.2.1")],
)
def test_a_pod_that_asks_other_servers_is_said(cluster: ClusterDNS, spec: str, servers: str) -> None:
    cluster.apply(POD % spec.replace("None", '"None"'))

    with pytest.raises(ClusterDNSError, match=f"Pod default/odd does not ask the cluster's DNS.* names {servers}"):
        cluster.as_pod(pod="odd").__enter__()


def test_families_and_flags_are_respected(cluster: ClusterDNS) -> None:
    both = service("both", "10.96.1.4")
    both["spec"] |= {"clusterIPs": ["10.96.1.4", "fd00:10:96::4"], "ipFamilyPolicy": "RequireDualStack"}
    cluster.apply(both)
    with cluster.as_pod():
        assert hosts("both", type=STREAM) == ["10.96.1.4", "fd00:10:96::4"]
        assert hosts("both", 80, socket.AF_INET, STREAM) == ["10.96.1.4"]
        assert hosts("both", 80, socket.AF_INET6, STREAM) == ["fd00:10:96::4"]
        mapped = socket.AI_V4MAPPED
        assert hosts("web", 80, socket.AF_INET6, STREAM, 0, mapped) == ["::ffff:10.96.1.1"]
        assert hosts("both", 80, socket.AF_INET6, STREAM, 0, mapped) == ["fd00:10:96::4"]
        all_of_them = hosts("both", 80, socket.AF_INET6, STREAM, 0, mapped | socket.AI_ALL)
        assert sorted(all_of_them) == ["::ffff:10.96.1.4", "fd00:10:96::4"]
        with pytest.raises(socket.gaierror) as failed:
            hosts("web", 80, socket.AF_INET6)
        assert failed.value.errno == socket.EAI_NODATA
        with pytest.raises(socket.gaierror) as failed:
            hosts("web", 80, flags=socket.AI_NUMERICHOST)
        assert failed.value.errno == socket.EAI_NONAME
        with pytest.raises(socket.gaierror):
            socket.getaddrinfo("web", "no-such-service")


def test_canonical_names_and_aliases_are_told(cluster: ClusterDNS) -> None:
    with cluster.as_pod():
        infos = socket.getaddrinfo("shop", 80, 0, STREAM, 0, socket.AI_CANONNAME)
        assert [(info[3], info[4][0]) for info in infos] == [(WEB_NAME, "10.96.1.1")]
        assert socket.gethostbyname("shop") == "10.96.1.1"
        assert socket.gethostbyname_ex("shop") == (WEB_NAME, ["shop.default.svc.cluster.local"], ["10.96.1.1"])


def test_addresses_have_names(cluster: ClusterDNS) -> None:
    with cluster.as_pod():
        assert socket.gethostbyaddr("10.96.1.1") == (WEB_NAME, [], ["10.96.1.1"])
        assert socket.gethostbyaddr("web") == (WEB_NAME, [], ["10.96.1.1"])
        assert socket.getnameinfo(("10.96.1.1", 80), 0) == (WEB_NAME, "http")
        assert socket.getnameinfo(("10.96.1.1", 80), socket.NI_NUMERICHOST) == ("10.96.1.1", "http")
        assert socket.getnameinfo(("10.96.1.99", 80), socket.NI_NUMERICSERV) == ("10.96.1.99", "80")
        with pytest.raises(socket.gaierror, match="Name or service not known"):
            socket.getnameinfo(("10.96.1.99", 80), socket.NI_NAMEREQD)
        with pytest.raises(socket.herror, match="Unknown host"):
            socket.gethostbyaddr("10.96.1.99")


@pytest.mark.parametrize(
    ("fault", "error"),
    [({"rcode": "SERVFAIL"}, "EAI_AGAIN"), ({"empty": True}, "EAI_NODATA"), ({"rcode": "NXDOMAIN"}, "EAI_NONAME")],
)
def test_faults_are_the_errors_that_a_program_gets(cluster: ClusterDNS, fault: dict[str, object], error: str) -> None:
    cluster.fault("*", **fault)
    with cluster.as_pod(), pytest.raises(socket.gaierror) as failed:
        socket.gethostbyname("web")

    assert failed.value.errno == getattr(socket, error)


@pytest.mark.parametrize(
    "name", ["localhost", "127.0.0.1", "127.1", "::1", None, "", socket.gethostname(), "a.localhost"]
)
def test_what_a_pod_does_not_ask_for_is_as_before(cluster: ClusterDNS, name: str | None) -> None:
    def looked_up() -> object:
        try:
            return socket.getaddrinfo(name, 80)
        except OSError as error:
            return error.args

    before = looked_up()
    with cluster.as_pod():
        assert looked_up() == before
    assert cluster.queries == []


def test_what_is_no_name_fails_as_before(cluster: ClusterDNS) -> None:
    with cluster.as_pod(), pytest.raises(UnicodeError):
        socket.getaddrinfo("x" * 64, 80)


def test_everything_is_put_back(cluster: ClusterDNS) -> None:
    names = ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr", "getnameinfo")

    def state() -> list[object]:
        methods = [vars(socket.socket).get(name) for name in ("connect", "connect_ex", "sendto")]
        resolvers = [dns.resolver.default_resolver, dns.asyncresolver.default_resolver]
        return [
            *(getattr(socket, name) for name in names),
            *methods,
            *resolvers,
            dns.resolver.BaseResolver.read_resolv_conf,
        ]

    mine = dns.resolver.Resolver(configure=False)
    dns.resolver.default_resolver = mine
    try:
        before = state()
        with cluster.as_pod():
            dns.resolver.resolve(WEB_NAME)
            with cluster.as_pod("data"):
                assert len(hosts("db", type=STREAM)) == 2
            assert hosts("web", type=STREAM) == ["10.96.1.1"]
        assert state() == before
        with pytest.raises(RuntimeError, match="a test fails"), cluster.as_pod():
            raise RuntimeError("a test fails")
        assert state() == before
    finally:
        dns.resolver.default_resolver = None


def test_the_default_resolver_of_dnspython_asks_the_cluster(cluster: ClusterDNS) -> None:
    with cluster.as_pod("data"):
        assert [record.address for record in dns.resolver.resolve(WEB_NAME)] == ["10.96.1.1"]
        assert len(dns.resolver.resolve("db", search=True)) == 2
        assert [record.address for record in dns.resolver.Resolver().resolve("web.default", search=True)] == [
            "10.96.1.1"
        ]
        assert [record.port for record in dns.resolver.resolve(f"_mongodb._tcp.{DB_NAME}", "SRV")] == [27017, 27017]
        with pytest.raises(dns.resolver.NXDOMAIN):
            dns.resolver.resolve("web", search=True)


def test_the_default_resolver_of_asyncio_s_dnspython_asks_the_cluster(cluster: ClusterDNS) -> None:
    async def program() -> int:
        return len(await dns.asyncresolver.resolve("db", search=True))

    with cluster.as_pod("data"):
        assert asyncio.run(program()) == 2


def test_an_asyncio_program_finds_its_server_by_name() -> None:
    async def program() -> bytes:
        async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"hello " + await reader.readline())
            writer.close()

        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            reader, writer = await asyncio.open_connection("local-0.local", port)
            with closing(writer):
                writer.write(b"cluster\n")
                return await reader.read()

    with ClusterDNS(LOCAL % 80) as dns, dns.as_pod():
        assert asyncio.run(program()) == b"hello cluster\n"
        dns.wait_for_query("local-0.local.default.svc.cluster.local", "A", timeout=0)


class Hello(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.headers["Host"].encode())

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def web_server() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Hello) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_a_library_of_blocking_sockets_finds_its_server_by_name(web_server: int) -> None:
    with ClusterDNS(LOCAL % web_server) as dns, dns.as_pod():
        connection = http.client.HTTPConnection("local.default", web_server, timeout=5)
        with closing(connection):
            connection.request("GET", "/")
            assert connection.getresponse().read() == f"local.default:{web_server}".encode()


def test_a_socket_connects_by_name(web_server: int) -> None:
    with ClusterDNS(LOCAL % web_server) as dns, dns.as_pod():
        with socket.socket() as plain:
            plain.connect(("local", web_server))
            assert plain.getpeername() == ("127.0.0.1", web_server)
        with socket.socket() as plain:
            assert plain.connect_ex(("local", web_server)) == 0
        with socket.socket() as plain, pytest.raises(socket.gaierror):
            plain.connect(("nobody", web_server))


def test_a_datagram_is_sent_by_name() -> None:
    with ClusterDNS(LOCAL % 80) as dns, dns.as_pod(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(5)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"hello", ("local", receiver.getsockname()[1]))
            sender.sendto(b"again", 0, ("local", receiver.getsockname()[1]))
        assert [receiver.recv(10), receiver.recv(10)] == [b"hello", b"again"]
