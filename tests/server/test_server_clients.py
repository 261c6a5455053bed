"""The clients that people have get their answers."""

import shutil
import subprocess

import pytest
from answering import PATIENCE, Stub, answering


def run(program, server, *question):
    """What a client prints about a question."""
    if shutil.which(program) is None:
        pytest.skip(f"needs {program}")
    command = [program, f"@{server.host}", "-p", str(server.port), *question]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True)
    assert not any(fault in done.stdout for fault in ("mismatch", "malformed", "extra bytes", "parse")), done.stdout
    return done.stdout


@pytest.mark.parametrize("program", ["dig", "kdig"])
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("transport", ["+notcp", "+tcp"])
def test_an_address_is_found(program, host, transport):
    with answering(Stub(), host) as server:
        rdtype = "AAAA" if ":" in host else "A"
        answer = run(program, server, transport, "web.example", rdtype).split()
        assert rdtype in answer
        assert host in answer


@pytest.mark.parametrize("program", ["dig", "kdig"])
@pytest.mark.parametrize("edns", ["+noedns", "+bufsize=1232"])
def test_what_is_too_long_for_udp_is_asked_again_over_tcp(program, edns):
    with answering(Stub()) as server:
        answer = run(program, server, edns, "many-200.example")
        assert answer.count("\tA\t") == 200
        assert "(TCP)" in answer


@pytest.mark.parametrize("options", [["+keepopen", "+tcp"], ["+keepopen", "+tcp", "+cookie", "+nsid", "+dnssec"]])
def test_dig_asks_several_questions_over_one_connection(options):
    with answering(Stub()) as server:
        answer = run("dig", server, *options, "one.example", "two.example", "kept.example", "kept.example")
        assert answer.count("status: NOERROR") == 4


def test_dig_finds_its_cookie_again():
    with answering(Stub()) as server:
        assert "; COOKIE: 0123456789abcdef" in run("dig", server, "+cookie=0123456789abcdef", "kept.example")


def test_dig_takes_badvers_for_what_it_is():
    with answering(Stub()) as server:
        assert "status: BADVERS" in run("dig", server, "+edns=1", "+noednsnegotiation", "web.example")
