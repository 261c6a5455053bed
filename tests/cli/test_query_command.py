"""`clusterdns query` prints what dig prints."""

import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import dns.flags
import dns.message
import dns.rrset
import dnslib
import pytest
from commands import run
from hypothesis import given, settings
from hypothesis import strategies as st
from serving import CLUSTERDNS, Server, free_port, serving

from clusterdns.cli import lookup
from clusterdns.cli.lookup_text import as_dig, as_dig_short

SERVER = "127.0.0.1"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    port, log = free_port(), tmp_path_factory.mktemp("query") / "log"
    with serving("--port", str(port), "--upstream", "127.0.0.1:1", port=port, log=log) as server:
        yield server


def lines(*words: str | Path) -> list[str]:
    """What `clusterdns query WORDS` prints."""
    ran = run("query", *words)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()


def section(printed: list[str], title: str) -> list[str]:
    """The records of a section, with single spaces."""
    begin = printed.index(f";; {title} SECTION:") + 1
    return [" ".join(line.split()) for line in printed[begin : printed.index("", begin)]]


def test_a_reply_is_printed_section_by_section_as_by_dig(server: Server) -> None:
    printed = lines("db.data.svc.cluster.local", "SRV", f"@{SERVER}:{server.port}")

    assert printed[0] == f"; <<>> clusterdns 0.1.0 <<>> db.data.svc.cluster.local SRV @{SERVER}:{server.port}"
    assert printed[2].startswith(";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: ")
    assert printed[3] == ";; flags: qr aa rd; QUERY: 1, ANSWER: 3, AUTHORITY: 0, ADDITIONAL: 4"
    assert "; EDNS: version: 0, flags:; udp: 1232" in printed
    assert section(printed, "QUESTION") == [";db.data.svc.cluster.local. IN SRV"]
    assert section(printed, "ANSWER") == [
        f"db.data.svc.cluster.local. 30 IN SRV 0 33 5432 db-{ordinal}.db.data.svc.cluster.local."
        for ordinal in range(3)
    ]
    assert len(section(printed, "ADDITIONAL")) == 3
    assert f";; SERVER: {SERVER}#{server.port}({SERVER}) (UDP)" in printed
    assert printed[-1].startswith(";; MSG SIZE  rcvd: ")


def test_a_name_that_does_not_exist_is_a_reply_like_others(server: Server) -> None:
    printed = lines("nope.cluster.local", f"@{SERVER}:{server.port}")

    assert "status: NXDOMAIN" in printed[2]
    assert section(printed, "AUTHORITY")[0].startswith("cluster.local. 30 IN SOA ns.dns.cluster.local. ")


@pytest.mark.parametrize("spelled", ["@[::1]:{port}", "@localhost:{port}", "@127.0.0.1:{port}"])
def test_a_server_is_an_address_or_a_name_with_a_port(server: Server, spelled: str) -> None:
    assert "status: NOERROR" in lines("web.default.svc.cluster.local", spelled.format(port=server.port))[2]


@pytest.mark.parametrize("spelled", ["@127.0.0.1", "@::1"])
def test_the_port_may_be_an_option_as_of_dig(server: Server, spelled: str) -> None:
    assert "status: NOERROR" in lines(spelled, "-p", str(server.port), "web.default.svc.cluster.local", "a")[2]


def test_an_address_is_asked_for_its_name(server: Server) -> None:
    (address,) = lines("web.default.svc.cluster.local", "+short", f"@{SERVER}:{server.port}")

    assert lines("-x", address, "+short", f"@{SERVER}:{server.port}") == ["web.default.svc.cluster.local."]
    assert "ip6.arpa." in section(lines("-x", "fd00::1", f"@{SERVER}:{server.port}"), "QUESTION")[0]


def test_it_may_ask_over_tcp_and_without_edns(server: Server) -> None:
    printed = lines("web.default.svc.cluster.local", f"@{SERVER}:{server.port}", "--tcp", "--no-edns")

    assert f";; SERVER: {SERVER}#{server.port}({SERVER}) (TCP)" in printed
    assert not any("EDNS" in line for line in printed)


def test_the_class_may_be_that_of_chaos(server: Server) -> None:
    printed = lines("id.server", "TXT", "CH", f"@{SERVER}:{server.port}")

    assert section(printed, "QUESTION") == [";id.server. CH TXT"]


def test_without_a_server_it_is_the_one_that_clusterdns_is_by_default() -> None:
    ran = run("query", "web.default.svc.cluster.local")

    if ran.returncode:  # nobody listens there, as on most machines that run tests
        assert ran.stderr == "Error: 127.0.0.1 port 5353: Connection refused (is clusterdns serve running?)\n"
    else:
        assert ";; SERVER: 127.0.0.1#5353(127.0.0.1) (UDP)" in ran.stdout


class Liar:
    """A server that answers over UDP and TCP of one port as it is told."""

    def __init__(self, sockets: ExitStack) -> None:
        while True:
            udp, tcp = (socket.socket(socket.AF_INET, kind) for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM))
            udp.bind((SERVER, 0))
            self.port = udp.getsockname()[1]
            try:
                tcp.bind((SERVER, self.port))
                break
            except OSError:
                udp.close()
                tcp.close()
        tcp.listen()
        self.udp, self.tcp = sockets.enter_context(udp), sockets.enter_context(tcp)

    def answer(self, *replies: Callable[[dns.message.Message], bytes]) -> None:
        """Each query over UDP gets its packets."""
        wire, client = self.udp.recvfrom(4096)
        for reply in replies:
            self.udp.sendto(reply(dns.message.from_wire(wire)), client)

    def answer_over_tcp(self, reply: Callable[[dns.message.Message], bytes]) -> None:
        connection, _ = self.tcp.accept()
        with connection, connection.makefile("rb") as stream:
            query = dns.message.from_wire(stream.read(int.from_bytes(stream.read(2), "big")))
            wire = reply(query)
            connection.sendall(len(wire).to_bytes(2, "big") + wire)


@contextmanager
def meanwhile(*work: Callable[[], None]) -> Iterator[None]:
    def all_of_it() -> None:
        for each in work:
            each()

    thread = threading.Thread(target=all_of_it)
    thread.start()
    yield
    thread.join()


@pytest.fixture
def liar() -> Iterator[Liar]:
    with ExitStack() as sockets:
        yield Liar(sockets)


def truncated(query: dns.message.Message) -> bytes:
    reply = dns.message.make_response(query)
    reply.flags |= dns.flags.TC
    return reply.to_wire()


def whole(query: dns.message.Message) -> bytes:
    reply = dns.message.make_response(query)
    addresses = [f"192.0.2.{last}" for last in range(200)]
    reply.answer.append(dns.rrset.from_text_list(query.question[0].name, 30, "IN", "A", addresses))
    return reply.to_wire(max_size=65535)


def of_another_id(query: dns.message.Message) -> bytes:
    query.id ^= 1
    return whole(query)


def test_a_truncated_reply_is_asked_for_again_over_tcp(liar: Liar) -> None:
    with meanwhile(lambda: liar.answer(truncated), lambda: liar.answer_over_tcp(whole)):
        printed = lines("many.example", f"@{SERVER}:{liar.port}")

    assert len(section(printed, "ANSWER")) == 200
    assert f";; SERVER: {SERVER}#{liar.port}({SERVER}) (TCP)" in printed


def test_a_reply_to_another_question_is_none(liar: Liar) -> None:
    with meanwhile(lambda: liar.answer(of_another_id, whole)):
        assert len(lines("one.example", f"@{SERVER}:{liar.port}", "+short")) == 200


def test_a_question_that_is_lost_is_asked_again(liar: Liar) -> None:
    with meanwhile(liar.answer, lambda: liar.answer(whole)):
        assert len(lines("one.example", f"@{SERVER}:{liar.port}", "+short")) == 200


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (lambda _: b"garbage", "what came is no DNS reply"),
        (lambda query: query.to_wire()[:2] + b"\x81\x80\0\1\0\1\0\0\0\0\xc0", "what came is no DNS reply"),
    ],
    ids=["garbage", "cut"],
)
def test_what_is_no_reply_is_said(liar: Liar, reply: Callable[[dns.message.Message], bytes], said: str) -> None:
    with meanwhile(lambda: liar.answer(reply)):
        ran = run("query", "one.example", f"@{SERVER}:{liar.port}")

    assert ran.returncode == 1
    assert ran.stderr.startswith(f"Error: {SERVER} port {liar.port}: {said}")
    assert "Traceback" not in ran.stderr


def of_all_kinds() -> bytes:
    reply = dns.message.make_response(dns.message.make_query("one.example", "ANY", use_edns=0))
    for text in ("A 192.0.2.1", 'TXT "a" "b"', 'NAPTR 1 2 "u" "s" "x" .', "SOA a. b. 1 2 3 4 5", "TYPE999 \\# 1 01"):
        reply.answer.append(dns.rrset.from_text("one.example.", 5, "IN", *text.split(None, 1)))
    return reply.to_wire()


REPLY = of_all_kinds()


@given(
    st.lists(st.tuples(st.integers(0, len(REPLY) - 1), st.integers(0, 255)), max_size=20), st.integers(0, len(REPLY))
)
@settings(max_examples=300, deadline=None)
def test_whatever_a_server_sends_is_printed_or_said_to_be_no_reply(changes: list[tuple[int, int]], end: int) -> None:
    wire = bytearray(REPLY)
    for at, octet in changes:
        wire[at] = octet

    try:
        message = lookup.parse(bytes(wire[:end]))
    except lookup.Malformed:
        return
    reply = lookup.Reply(message, end, 0.001, SERVER, SERVER, 53, "UDP")
    assert as_dig(reply, "one.example").encode().startswith(b"; <<>> clusterdns ")
    as_dig_short(reply).encode()


def test_a_connection_that_is_closed_is_said(liar: Liar) -> None:
    def hang_up() -> None:
        liar.tcp.accept()[0].close()

    with meanwhile(hang_up):
        ran = run("query", "one.example", "--tcp", f"@{SERVER}:{liar.port}")

    assert ran.returncode == 1
    assert ran.stderr.startswith(f"Error: {SERVER} port {liar.port}: ")


def test_a_server_that_says_nothing_is_given_up(liar: Liar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup, "SECONDS", 0.1)
    query = dnslib.DNSRecord.question("one.example")

    with pytest.raises(lookup.NoReply, match=f"^no reply from {SERVER} port {liar.port} within "):
        lookup.ask(query, SERVER, liar.port)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "there is no name to ask for"),
        (["one.example", "BOGUS"], "'BOGUS' is no type of records"),
        (["one.example", "@127.0.0.1:99999"], "'99999' is no port"),
        (["one.example", "@"], "'@' names no server"),
        (["one.example", "@[::1:53"], "'@[::1:53' names no server"),
        (["-x", "one.example"], "'one.example' is not an IP address"),
    ],
)
def test_words_that_make_no_question_are_explained(words: list[str], said: str) -> None:
    ran = run("query", *words)

    assert ran.returncode == 2
    assert ran.stderr.startswith("Usage: clusterdns query [OPTIONS] NAME [TYPE] [@SERVER[:PORT]]\n")
    assert f"Error: {said}" in ran.stderr


@pytest.mark.parametrize("name", ["a..example", f"{'a' * 64}.example", ".".join(["a" * 60] * 5)])
def test_what_is_no_name_is_said(name: str) -> None:
    ran = run("query", name, f"@{SERVER}:1")

    assert ran.returncode == 1
    assert ran.stderr.startswith(f"Error: '{name} A' can't be asked: ")


def test_it_starts_without_what_only_a_server_needs() -> None:
    ran = subprocess.run(
        [sys.executable, "-X", "importtime", *CLUSTERDNS[1:], "query", "one.example", f"@{SERVER}:1"],
        capture_output=True,
        text=True,
        check=False,
    )

    imported = {line.rpartition("|")[2].strip() for line in ran.stderr.splitlines() if line.startswith("import time:")}
    assert "dnslib" in imported
    assert not imported & {"asyncio", "dns", "msgspec", "yaml", "ssl", "watchfiles", "clusterdns.plugins", "rich"}
