"""Encrypted transports of a running server: many workers, a Corefile that changes, an end that loses no query."""

import signal
import socket
import threading

import dns.exception
import dns.rcode
import pytest
from answering import PATIENCE, Stub, framed, query_wire, read_framed
from encrypted import Authority, ask, encrypting, make_authority
from serving import free_port, wait_until

TRANSPORTS = ["tls", "https", "quic", "https3"]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    made = make_authority(tmp_path_factory.mktemp("certificates"))
    made.issue()
    return made


def block(authority, transport, port, *lines):
    """A server block over a transport."""
    inside = "\n    ".join((f"tls {authority.folder}/server.pem {authority.folder}/server.key", *lines, "whoami"))
    return f"{transport}://example:{port} {{\n    bind 127.0.0.1\n    {inside}\n}}\n"


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_query_under_way_is_answered_when_the_server_stops(transport, authority):
    stub, replies = Stub(), []
    with encrypting(stub, transport, authority) as server:
        asking = threading.Thread(
            target=lambda: replies.append(ask(transport, server.port, authority, "waits.example.").answer)
        )
        asking.start()
        server.wait_until(lambda: stub.under_way)
        server.loop.call_soon_threadsafe(lambda: server.loop.create_task(server.stop()))
        server.loop.call_soon_threadsafe(stub.release)
        asking.join(PATIENCE)
    assert replies
    assert replies[0]


class Changing:
    """A server of all transports, whose Corefile changes."""

    def __init__(self, serve, authority, folder, *options):
        self.authority = authority
        self.corefile = folder / "Corefile"
        self.ports = {transport: free_port() for transport in ("dns", *TRANSPORTS)}
        self.write(TRANSPORTS)
        self.server = serve("--bare", "--conf", self.corefile, *options, port=self.ports["dns"])

    def write(self, transports, *lines):
        plain = f"example:{self.ports['dns']} {{\n    bind 127.0.0.1\n    whoami\n}}\n"
        blocks = [block(self.authority, transport, self.ports[transport], *lines) for transport in transports]
        self.corefile.write_text(plain + "".join(blocks))

    def change(self, transports, *lines):
        before = self.server.log().count("Reloading complete")
        self.write(transports, *lines)
        self.server.process.send_signal(signal.SIGUSR1)
        wait_until(lambda: self.server.log().count("Reloading complete") > before, "no reload")

    def answers(self, transport):
        """The code of a reply; None for a moment in which there is none."""
        try:
            return ask(transport, self.ports[transport], self.authority, "web.example.").rcode()
        except (OSError, dns.exception.DNSException):
            return None

    def wait_for(self, transports, code):
        for transport in transports:
            wait_until(lambda: self.answers(transport) == code, f"{transport} does not say {code}")  # noqa: B023


def is_refused(port):
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) != 0


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_block_knows_its_client_over_every_transport(serve, authority, tmp_path, workers):
    changing = Changing(serve, authority, tmp_path, "--workers", workers)
    changing.wait_for(TRANSPORTS, dns.rcode.NOERROR)
    changing.change(TRANSPORTS, "acl {", "block type A net 127.0.0.0/8", "}")
    changing.wait_for(TRANSPORTS, dns.rcode.REFUSED)
    changing.change(TRANSPORTS, "view here {", "expr incidr(client_ip(), '127.0.0.0/8')", "}")
    changing.wait_for(TRANSPORTS, dns.rcode.NOERROR)
    changing.change(TRANSPORTS, "view elsewhere {", "expr incidr(client_ip(), '192.0.2.0/24')", "}")
    changing.wait_for(TRANSPORTS, dns.rcode.REFUSED)


def test_transports_come_and_go_with_the_corefile(serve, authority, tmp_path):
    changing = Changing(serve, authority, tmp_path)
    changing.change(["quic", "https3"])
    for transport in ("tls", "https"):
        wait_until(lambda: is_refused(changing.ports[transport]), f"{transport} is still there")  # noqa: B023
    changing.wait_for(["quic", "https3"], dns.rcode.NOERROR)
    changing.change(TRANSPORTS)
    changing.wait_for(TRANSPORTS, dns.rcode.NOERROR)


def test_a_connection_that_is_open_is_served_by_the_new_corefile(serve, authority, tmp_path):
    changing = Changing(serve, authority, tmp_path)
    sock = socket.create_connection(("127.0.0.1", changing.ports["tls"]), PATIENCE)
    with authority.trust().wrap_socket(sock, server_hostname="localhost") as client:
        client.sendall(framed(query_wire("web.example.")))
        assert read_framed(client)[3] & 0xF == dns.rcode.NOERROR
        changing.change(TRANSPORTS, "acl {", "block", "}")
        client.sendall(framed(query_wire("web.example.")))
        assert read_framed(client)[3] & 0xF == dns.rcode.REFUSED
        changing.change(["https"])
        assert read_framed(client) is None  # nobody is there any more
