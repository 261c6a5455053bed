"""tsig: signed queries, over real sockets, by dnspython and kdig."""

import base64
import http.client
import io
import shutil
import subprocess
import time

import dns.message
import dns.query
import dns.rcode
import dns.tsig
import dns.tsigkeyring
import dns.zone
import pytest
from answering import PATIENCE, answering

from clusterdns.corefile import parse
from clusterdns.logs import Log
from clusterdns.plugins.base import World
from clusterdns.records.tables import Tables
from clusterdns.server.service import make_services
from clusterdns.server.site import Defaults, make_sites

SECRET = base64.b64encode(b"a secret that both sides know...").decode()
KEYS = dns.tsigkeyring.from_text({"transfer.key.": SECRET})
ALGORITHMS = ["hmac-sha1", "hmac-sha224", "hmac-sha256", "hmac-sha384", "hmac-sha512"]


class Wall:
    """Seconds since 1970, moved by a test."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@pytest.fixture
def wall():
    return Wall()


@pytest.fixture
def transport():
    return "dns"


@pytest.fixture
def server(tmp_path, wall, transport):
    """Asks for a signature on transfers; has a zone of 300 records."""
    (tmp_path / "zone").write_text(
        "@ 60 IN SOA ns host 1 2 3 4 5\n@ 60 IN NS ns\nns 60 IN A 192.0.2.53\n"
        + "".join(f"host{number} 60 IN TXT {'x' * 200}\n" for number in range(300))
    )
    corefile = parse(
        f"""example. {{
            root {tmp_path}
            tsig {{
                secret Transfer.Key. {SECRET}
                secret useless.key. no-base64
                secret ns.example. {SECRET}
                require AXFR TXT
            }}
            transfer {{
                to *
            }}
            file zone
        }}""",
        "Corefile",
        env={},
    )
    world = World(Tables(), log=Log(io.StringIO()), wall=wall)
    sites, problems = make_sites(corefile, world, Defaults())
    assert not problems, problems
    (service,) = make_services(sites, world).values()
    with answering(service, transport=transport) as answers:
        for site in sites:
            for start in site.setting.starts:
                answers.wait_for(start())
        yield answers


def signed(name="ns.example.", rdtype="A", algorithm="hmac-sha256", keys=KEYS):
    question = dns.message.make_query(name, rdtype)
    question.use_tsig(keys, algorithm=algorithm)
    return question


def asked(server, question, by=dns.query.udp):
    """The reply; dnspython verifies its signature."""
    return by(question, "127.0.0.1", PATIENCE, server.port)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_signed_query_gets_a_signed_reply(server, algorithm):
    reply = asked(server, signed(algorithm=algorithm))
    assert reply.had_tsig
    assert reply.answer[0][0].address == "192.0.2.53"


def test_a_query_without_a_signature_gets_a_reply_without_unless_it_needs_one(server):
    reply = asked(server, dns.message.make_query("ns.example.", "A"))
    assert reply.rcode() == dns.rcode.NOERROR
    assert not reply.had_tsig
    assert asked(server, dns.message.make_query("host1.example.", "TXT")).rcode() == dns.rcode.REFUSED
    assert asked(server, signed("host1.example.", "TXT")).rcode() == dns.rcode.NOERROR


def test_errors_and_edns_are_signed_too(server):
    question = dns.message.make_query("nowhere.example.", "A", want_dnssec=True)
    question.use_tsig(KEYS)
    reply = asked(server, question)
    assert (reply.rcode(), reply.had_tsig, reply.edns) == (dns.rcode.NXDOMAIN, True, 0)


def test_a_signed_reply_is_not_cut(server):
    reply = asked(server, signed("host1.example.", "TXT"))
    assert reply.had_tsig
    assert not reply.flags & dns.flags.TC


def test_a_zone_comes_with_every_message_signed(server):
    messages = dns.query.xfr(
        "127.0.0.1", "example.", port=server.port, keyring=KEYS, keyalgorithm="hmac-sha256", lifetime=PATIENCE
    )
    zone = dns.zone.from_xfr(messages)
    assert len(zone.nodes) == 302
    with pytest.raises(dns.query.TransferError, match="REFUSED"):
        list(dns.query.xfr("127.0.0.1", "example.", port=server.port, lifetime=PATIENCE))


@pytest.mark.parametrize(
    ("keys", "error"),
    [
        ({"transfer.key.": base64.b64encode(b"another secret").decode()}, dns.tsig.PeerBadSignature),
        ({"another.key.": SECRET}, dns.tsig.PeerBadKey),
        ({"useless.key.": ""}, dns.tsig.PeerBadSignature),
        ({"useless.key.": SECRET}, dns.tsig.PeerBadSignature),
    ],
)
def test_who_does_not_know_the_secret_is_told_so(server, keys, error):
    with pytest.raises(error):
        asked(server, signed(keys=dns.tsigkeyring.from_text(keys)))


def test_an_algorithm_that_nobody_should_use_is_refused(server):
    with pytest.raises(dns.tsig.PeerBadSignature):
        asked(server, signed(algorithm="HMAC-MD5.SIG-ALG.REG.INT"))


@pytest.mark.parametrize("ahead", [301, -301])
def test_a_query_of_another_time_is_refused_by_a_signed_reply(server, wall, ahead):
    wall.ahead = ahead
    with pytest.raises(dns.tsig.PeerBadTime):
        asked(server, signed())


def test_a_query_that_was_changed_on_its_way_is_not_answered(server):
    wire = bytearray(signed().to_wire())
    wire[13] ^= 1  # a letter of the name
    with server.datagram() as client:
        client.send(wire)
        answer = client.recv(4096)
    assert answer[3] & 0xF == dns.rcode.NOTAUTH


def test_signed_queries_are_kept_for_nobody(server):
    for _ in range(2):
        assert asked(server, signed()).had_tsig
        assert not asked(server, dns.message.make_query("ns.example.", "A")).had_tsig


@pytest.mark.parametrize("transport", ["https"])
def test_replies_by_https_are_signed_too(server):
    for keys, code in ((KEYS, dns.rcode.NOERROR), ({"another.key.": SECRET}, dns.rcode.NOTAUTH)):
        question = signed(keys=keys if keys is KEYS else dns.tsigkeyring.from_text(keys))
        client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        client.request("POST", "/dns-query", question.to_wire())
        body = client.getresponse().read()
        client.close()
        assert body[3] & 0xF == code
        if keys is KEYS:
            assert dns.message.from_wire(body, keyring=KEYS, request_mac=question.mac).had_tsig


def reply_to(server, wire: bytes) -> bytes:
    with server.datagram() as client:
        client.send(wire)
        return client.recv(4096)


def with_signatures(*spans: bytes) -> bytes:
    """A query whose additional records are these."""
    plain = dns.message.make_query("ns.example.", "A").to_wire()
    return plain[:10] + len(spans).to_bytes(2, "big") + plain[12:] + b"".join(spans)


def signature_of(wire: bytes) -> bytes:
    """The TSIG record that ends a query of `signed`."""
    return wire[wire.index(b"\x08transfer\x03key\0") :]


OPT = b"\0\0\x29\x04\xd0\0\0\0\0\0\0"


def test_a_signature_counts_only_as_the_last_record(server):
    record = signature_of(signed().to_wire())
    assert reply_to(server, with_signatures(record, OPT))[3] & 0xF == dns.rcode.NOERROR
    for odd in ((OPT, record), (record, record)):
        assert reply_to(server, with_signatures(*odd))[3] & 0xF == dns.rcode.NOTAUTH


def test_whatever_the_lengths_in_a_signature_say_it_gets_a_code(server):
    """Each octet of a signed query in turn is another one, or the packet ends there."""
    wire = signed().to_wire()
    begin = len(wire) - len(signature_of(wire))
    for at in range(begin, len(wire)):
        for odd in (
            wire[:at] + b"\xff" + wire[at + 1 :],
            wire[:at] + bytes([wire[at] ^ 1]) + wire[at + 1 :],
            wire[:at],
        ):
            code = reply_to(server, odd)[3] & 0xF
            assert code in (dns.rcode.FORMERR, dns.rcode.NOTAUTH, dns.rcode.NOERROR)
            assert code != dns.rcode.NOERROR or odd in (wire, wire[:begin]) or is_same(odd, wire, begin)


def is_same(odd: bytes, wire: bytes, begin: int) -> bool:
    """Is the difference one that no signature covers: its class, TTL, and whether letters of its names are small?"""
    names_end = begin + len(b"\x08transfer\x03key\0")
    changed = [at for at in range(min(len(odd), len(wire))) if odd[at] != wire[at]]
    return len(odd) == len(wire) and all(names_end <= at < names_end + 8 for at in changed)


def test_the_name_of_a_key_may_be_a_pointer(server):
    """What is signed is the name itself (RFC 8945 4.3.3)."""
    question = signed(keys=dns.tsigkeyring.from_text({"ns.example.": SECRET}))
    assert question.to_wire().count(b"\2ns\7example\0") == 1
    assert asked(server, question).had_tsig


@pytest.mark.skipif(shutil.which("kdig") is None, reason="kdig is not here")
def test_kdig_agrees(server):
    command = ["kdig", "@127.0.0.1", f"-p{server.port}", "-y", f"hmac-sha512:transfer.key:{SECRET}", "ns.example", "A"]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True)
    assert "192.0.2.53" in shown.stdout
    assert "TSIG" in shown.stdout
    assert not shown.stderr
