"""Zones transferred by the programs that people have: dig, kdig, and Knot and BIND as secondaries."""

import shutil
import subprocess

import dns.exception
import pytest
from asking import addresses, ask
from primaries import SECRET
from secondaries import secondary
from serving import free_port, wait_until

ZONE = """$TTL 60
@ SOA ns host {serial} 1h 1h 1w 5m
@ NS ns
ns A 127.0.0.1
www A {address}
$GENERATE 1-2000 host$ TXT "a zone of several messages, this is number $ of two thousand"
"""
TSIG = f"""
    tsig {{
        secret transfer.key. {SECRET}
        require AXFR IXFR
    }}
"""
COREFILE = """example.org {{
    {tsig}
    transfer {{
        to * {to}
    }}
    file {zone} {{
        reload 100ms
    }}
}}
"""


@pytest.fixture
def zone(tmp_path):
    """Writes the zone file; returns its path."""

    def write(serial=1, address="192.0.2.1"):
        new = tmp_path / "db.new"
        new.write_text(ZONE.format(serial=serial, address=address))
        return new.rename(tmp_path / "db")

    return write


@pytest.fixture
def server(serve, zone, tmp_path):
    """A server of the zone that tells the secondary at a port."""

    def start(port="", tsig=""):
        to = f"127.0.0.1:{port}" if port else ""
        (tmp_path / "Corefile").write_text(COREFILE.format(zone=zone(), to=to, tsig=tsig))
        return serve("--bare", "--conf", tmp_path / "Corefile")

    return start


@pytest.mark.parametrize("program", ["dig", "kdig"])
def test_a_zone_is_transferred_whole(server, program):
    if shutil.which(program) is None:
        pytest.skip(f"needs {program}")
    command = [program, "@127.0.0.1", "-p", str(server().port), "example.org."]
    axfr = subprocess.run([*command, "AXFR"], capture_output=True, text=True, timeout=20, check=True).stdout
    assert sum("TXT" in line for line in axfr.splitlines()) == 2000
    ixfr = subprocess.run([*command, "IXFR=1"], capture_output=True, text=True, timeout=20, check=True).stdout
    assert "SOA" in ixfr
    assert "TXT" not in ixfr


def seen(port):
    """The addresses of a name, as a secondary has them; none as long as it does not answer."""
    try:
        return addresses(ask("www.example.org.", port=port, timeout=0.2))
    except (dns.exception.Timeout, OSError):
        return []


@pytest.mark.parametrize("is_signed", [False, True], ids=["unsigned", "signed"])
@pytest.mark.parametrize("kind", ["knotd", "named"])
def test_knot_and_bind_follow_as_secondaries(server, zone, tmp_path, kind, is_signed):
    if shutil.which(kind) is None:
        pytest.skip(f"needs {kind}")
    port = free_port()
    primary = server(port, TSIG if is_signed else "")
    with secondary(kind, tmp_path / kind, port, primary.port, is_signed=is_signed):
        wait_until(lambda: seen(port) == ["192.0.2.1"], f"{kind} has not transferred the zone")
        assert addresses(primary.ask("www.example.org.")) == ["192.0.2.1"]
        zone(serial=2, address="192.0.2.2")
        wait_until(lambda: seen(port) == ["192.0.2.2"], f"{kind} was not told of the change")
        assert addresses(primary.ask("www.example.org.")) == ["192.0.2.2"]
        assert len(ask("host2000.example.org.", "TXT", port=port).answer) == 1


@pytest.mark.parametrize("kind", ["knotd", "named"])
def test_who_does_not_sign_gets_no_zone_where_that_is_required(server, tmp_path, kind):
    if shutil.which(kind) is None:
        pytest.skip(f"needs {kind}")
    port = free_port()
    primary = server(port, TSIG)
    with secondary(kind, tmp_path / kind, port, primary.port, is_signed=False):
        log = tmp_path / kind / "log"
        wait_until(lambda: "REFUSED" in log.read_text().upper(), f"{kind} was not refused")
        assert not seen(port)
