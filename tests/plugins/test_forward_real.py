"""Real upstreams: what Knot and Unbound answer reaches the client unchanged, whatever way it takes."""

import shutil
import subprocess
from contextlib import contextmanager

import dns.exception
import dns.flags
import dns.message
import pytest
import trustme
from asking import addresses, ask, rcode
from serving import free_port, wait_until

ZONE = """$ORIGIN example.
$TTL 300
@ SOA ns host 1 1h 1h 1w 5m
@ NS ns
@ MX 10 mail
@ CAA 0 issue "ca.example"
@ TXT "v=spf1 -all" "second"
ns A 127.0.0.1
mail AAAA 2001:db8::25
www CNAME web
web A 192.0.2.1
web A 192.0.2.2
*.wild TXT "anything"
_sip._tcp SRV 10 20 5060 web
@ NAPTR 100 10 "u" "sip+E2U" "!^.*$!sip:x@example!" .
svc HTTPS 1 . alpn=h2 ipv4hint=192.0.2.1
sub NS ns.sub
ns.sub A 192.0.2.53
dname DNAME example.
@ SSHFP 4 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
@ TYPE65280 \\# 3 010203
""" + "".join(f"many A 198.51.100.{number}\n" for number in range(1, 200))

QUESTIONS = [
    ("example.", "SOA"), ("example.", "NS"), ("example.", "MX"), ("example.", "CAA"), ("example.", "TXT"),
    ("example.", "NAPTR"), ("example.", "SSHFP"), ("example.", "TYPE65280"), ("example.", "DNSKEY"),
    ("WWW.example.", "A"), ("web.example.", "AAAA"), ("a.b.wild.example.", "TXT"), ("_sip._tcp.example.", "SRV"),
    ("svc.example.", "HTTPS"), ("x.sub.example.", "A"), ("www.dname.example.", "A"), ("nothere.example.", "A"),
    ("many.example.", "A"), ("elsewhere.", "A"),
]  # fmt: skip
WAYS = [{"use_edns": False}, {"payload": 1232}, {"payload": 4096, "want_dnssec": True}, {"tcp": True}]


@contextmanager
def running(command, port, log):
    """A name server of somebody else's, from its first answer on."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"needs {command[0]}")
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)

    def answers():
        assert process.poll() is None, log.read_text()
        try:
            return ask("example.", "SOA", port=port, timeout=0.2)
        except (dns.exception.Timeout, OSError):
            return None

    try:
        wait_until(answers, f"{command[0]} does not answer")
        yield
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def knot(tmp_path_factory):
    """The port of a Knot that serves and signs `example.`."""
    folder, port = tmp_path_factory.mktemp("knot"), free_port()
    (folder / "example.zone").write_text(ZONE)
    (folder / "knot.conf").write_text(
        f"""
server:
    rundir: {folder}
    listen: 127.0.0.1@{port}
database:
    storage: {folder}
zone:
  - domain: example
    storage: {folder}
    dnssec-signing: on
    zonefile-sync: -1
    journal-content: all
"""
    )
    with running(["knotd", "-c", str(folder / "knot.conf")], port, folder / "log"):
        yield port


def content(reply):
    """All that must reach the client. The EDNS size is the client's own, as CoreDNS has it."""
    sections = [sorted(rrset.to_text() for rrset in section) for section in reply.sections]
    return rcode(reply), dns.flags.to_text(reply.flags), reply.ednsflags, sections


@pytest.mark.parametrize("options", ["", "force_tcp", "prefer_udp"])
def test_what_knot_answers_reaches_the_client(serve, knot, tmp_path, options):
    corefile = tmp_path / "Corefile"
    corefile.write_text(f". {{\n forward . 127.0.0.1:{knot} {{\n {options}\n }}\n}}\n")
    server = serve("--bare", "--conf", corefile)
    compared = 0
    for name, rdtype in QUESTIONS:
        for way in WAYS:
            direct = ask(name, rdtype, port=knot, **way)
            if direct.flags & dns.flags.TC:
                continue
            assert content(server.ask(name, rdtype, **way)) == content(direct)
            compared += 1
    assert compared > 60


def test_what_knot_truncates_is_truncated_here(serve, knot, tmp_path):
    corefile = tmp_path / "Corefile"
    corefile.write_text(f". {{\n cache\n forward . 127.0.0.1:{knot}\n}}\n")
    server = serve("--bare", "--conf", corefile)
    assert server.ask("many.example.", "A").flags & dns.flags.TC
    assert len(addresses(server.ask("many.example.", "A", tcp=True))) == 199
    assert server.ask("many.example.", "A").flags & dns.flags.TC  # cached by now, and still too much for UDP


@pytest.fixture(scope="module")
def unbound(tmp_path_factory):
    """Ports and authority of an Unbound that knows www.example."""
    folder, port, tls_port = tmp_path_factory.mktemp("unbound"), free_port(), free_port()
    authority = trustme.CA()
    certificate = authority.issue_cert("unbound.example")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    certificate.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    (folder / "unbound.conf").write_text(
        f"""
server:
    directory: "{folder}"
    chroot: ""
    username: ""
    pidfile: ""
    do-daemonize: no
    use-syslog: no
    port: {port}
    interface: 127.0.0.1
    interface: 127.0.0.1@{tls_port}
    tls-port: {tls_port}
    tls-service-key: "{folder}/key.pem"
    tls-service-pem: "{folder}/cert.pem"
    module-config: "iterator"
    local-zone: "example." static
    local-data: "example. 60 IN SOA ns.example. host.example. 1 3600 3600 86400 60"
    local-data: "www.example. 60 IN A 192.0.2.1"
remote-control:
    control-enable: no
"""
    )
    with running(["unbound", "-d", "-c", str(folder / "unbound.conf")], port, folder / "log"):
        yield port, tls_port, folder / "ca.pem"


def test_unbound_is_asked_by_udp_and_tcp(serve, unbound, tmp_path):
    port, _, _ = unbound
    (tmp_path / "Corefile").write_text(f". {{\n cache 30\n forward . 127.0.0.1:{port}\n}}\n")
    server = serve("--bare", "--conf", tmp_path / "Corefile")
    first, second = server.ask("www.example."), server.ask("www.example.")
    assert addresses(first) == addresses(second) == ["192.0.2.1"]
    assert (first.answer[0].ttl, dns.flags.to_text(second.flags)) == (30, "QR AA RD RA")
    assert rcode(server.ask("nothere.example.", tcp=True)) == "NXDOMAIN"


def test_unbound_is_asked_by_tls(serve, unbound, tmp_path):
    _, port, authority = unbound
    corefile = tmp_path / "Corefile"
    for name, expected in ("unbound.example", "NOERROR"), ("other.example", "SERVFAIL"):
        options = f"tls {authority}\n tls_servername {name}"
        corefile.write_text(f". {{\n forward . tls://127.0.0.1:{port} {{\n {options}\n }}\n}}\n")
        server = serve("--bare", "--conf", corefile)
        assert rcode(server.ask("www.example.", timeout=10)) == expected
        assert rcode(server.ask("www.example.", tcp=True, timeout=10)) == expected


def test_dead_upstreams_are_left_for_those_that_live(serve, unbound, tmp_path):
    port, _, _ = unbound
    (tmp_path / "Corefile").write_text(f". {{\n forward . 127.0.0.1:{free_port()} 127.0.0.1:{port}\n}}\n")
    server = serve("--bare", "--conf", tmp_path / "Corefile")
    for _ in range(20):
        assert addresses(server.ask("www.example.")) == ["192.0.2.1"]
