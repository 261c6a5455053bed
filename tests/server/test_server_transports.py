"""TLS, HTTPS, QUIC and HTTP/3: the same answers, asked by the programs that people use."""

import http.server
import json
import shutil
import subprocess
import threading
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import dns.rcode
import pytest
from answering import PATIENCE, Stub
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from encrypted import Authority, ask, encrypting, make_authority

needs = {name: pytest.mark.skipif(shutil.which(name) is None, reason=f"{name} is not here") for name in (
    "kdig", "curl", "dnsperf", "chromium", "openssl",
)}  # fmt: skip


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("certificates"))


@pytest.mark.parametrize("transport", ["tls", "https", "quic", "https3"])
def test_every_transport_gives_the_same_answers(transport, authority):
    with encrypting(Stub(), transport, authority) as server:
        # dnspython's QUIC now and then waits for ever for a reply of several packets.
        many = 20 if transport in ("quic", "https3") else 500
        for name in ("web.example.", "kept.example.", "kept.example.", f"many-{many}.example."):
            reply = ask(transport, server.port, authority, name)
            assert reply.rcode() == dns.rcode.NOERROR
            assert len(reply.answer[0]) == (many if name.startswith("many") else 1)
        assert ask(transport, server.port, authority, "no.example.").rcode() == dns.rcode.NXDOMAIN
        assert ask(transport, server.port, authority, "fails.example.").rcode() == dns.rcode.SERVFAIL


@needs["kdig"]
@pytest.mark.parametrize("transport", ["tls", "https", "quic"])
def test_kdig_is_answered(transport, authority):
    # kdig 3.2 crashes when it is to check the certificate of a QUIC server.
    check = [] if transport == "quic" else [f"+tls-ca={authority.file}", "+tls-host=localhost"]
    with encrypting(Stub(), transport, authority) as server:
        command = ["kdig", "@127.0.0.1", f"-p{server.port}", f"+{transport}", *check, "+short", "web.example", "A"]
        shown = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True)
        assert shown.stdout == "127.0.0.1\n", shown.stderr
        command[-2] = "many-500.example"
        shown = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True)
        assert len(shown.stdout.splitlines()) == 500


@needs["kdig"]
def test_kdig_may_ask_by_get(authority):
    with encrypting(Stub(), "https", authority) as server:
        command = ["kdig", "@127.0.0.1", f"-p{server.port}", "+https", "+https-get", f"+tls-ca={authority.file}"]
        shown = subprocess.run(
            [*command, "+tls-host=localhost", "+short", "web.example"], capture_output=True, text=True, timeout=PATIENCE
        )
        assert shown.stdout == "127.0.0.1\n", shown.stderr


class Page(http.server.BaseHTTPRequestHandler):
    """A site that says under which name it was found."""

    def do_GET(self):
        text = f"found as {self.headers['host']}".encode()
        self.send_response(200)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


@pytest.fixture
def site():
    """A web site on 127.0.0.1: its port."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@needs["curl"]
def test_curl_finds_a_site_through_us(authority, site):
    with encrypting(Stub(), "https", authority) as server:
        url = f"http://web.shop.example:{site}/"
        command = ["curl", "--silent", "--show-error", "--ipv4", "--cacert", str(authority.file)]
        shown = subprocess.run(
            [*command, "--doh-url", f"https://127.0.0.1:{server.port}/dns-query", url],
            capture_output=True, text=True, timeout=PATIENCE,
        )  # fmt: skip
        assert shown.stdout == f"found as web.shop.example:{site}", shown.stderr


@needs["chromium"]
def test_a_browser_finds_a_site_through_us(authority, site, tmp_path: Path):
    state = {"mode": "secure"}
    with encrypting(Stub(), "https", authority) as server:
        state["templates"] = f"https://127.0.0.1:{server.port}/dns-query"
        (tmp_path / "Local State").write_text(json.dumps({"dns_over_https": state}))
        command = [
            "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
            f"--user-data-dir={tmp_path}", "--ignore-certificate-errors",
            f"--ignore-certificate-errors-spki-list={fingerprint(authority.folder / 'server.pem')}",
            "--dump-dom", f"http://web.shop.example:{site}/",
        ]  # fmt: skip
        shown = subprocess.run(command, capture_output=True, text=True, timeout=3 * PATIENCE)
        assert f"found as web.shop.example:{site}" in shown.stdout, shown.stderr


def fingerprint(certificate: Path) -> str:
    """By which a browser may be told to trust a certificate."""
    key = x509.load_pem_x509_certificate(certificate.read_bytes()).public_key()
    return b64encode(sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()).decode()


@needs["dnsperf"]
@pytest.mark.parametrize("mode", ["dot", "doh"])
def test_no_query_is_lost_under_load(mode, authority, tmp_path: Path):
    questions = tmp_path / "questions"
    questions.write_text("".join(f"kept.{number}.example A\n" for number in range(1000)))
    transport = {"dot": "tls", "doh": "https"}[mode]
    with encrypting(Stub(), transport, authority) as server:
        command = ["dnsperf", "-s", "127.0.0.1", "-p", str(server.port), "-m", mode, "-d", str(questions), "-n", "2"]
        if mode == "doh":
            command += ["-O", f"doh-uri=https://localhost:{server.port}/dns-query", "-O", "doh-method=POST"]
        shown = subprocess.run([*command, "-c", "4", "-q", "40"], capture_output=True, text=True, timeout=6 * PATIENCE)
        assert "Queries completed:    2000 (100.00%)" in shown.stdout, shown.stdout + shown.stderr
        assert "NOERROR 2000 (100.00%)" in shown.stdout
