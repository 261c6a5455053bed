"""Zones transferred by the programs that people have: dig, kdig, and Knot as a secondary."""

import shutil
import subprocess
from contextlib import contextmanager

import dns.exception
import pytest
from asking import addresses, ask
from serving import free_port, wait_until

ZONE = """$TTL 60
@ SOA ns host {serial} 1h 1h 1w 5m
@ NS ns
ns A 127.0.0.1
www A {address}
$GENERATE 1-2000 host$ TXT "a zone of several messages, this is number $ of two thousand"
"""
COREFILE = """example.org {{
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

    def start(port=""):
        (tmp_path / "Corefile").write_text(COREFILE.format(zone=zone(), to=f"127.0.0.1:{port}" if port else ""))
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


@contextmanager
def knot(folder, port, primary):
    """Knot as a secondary of example.org at a port."""
    (folder / "knot.conf").write_text(
        f"""
server:
    rundir: {folder}
    listen: 127.0.0.1@{port}
database:
    storage: {folder}
log:
  - target: {folder}/knot.log
    any: debug
remote:
  - id: primary
    address: 127.0.0.1@{primary}
acl:
  - id: primary
    address: 127.0.0.1
    action: notify
zone:
  - domain: example.org
    storage: {folder}
    master: primary
    acl: primary
"""
    )
    process = subprocess.Popen(["knotd", "-c", folder / "knot.conf"], stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


def test_knot_follows_as_a_secondary(server, zone, tmp_path):
    if shutil.which("knotd") is None:
        pytest.skip("needs knotd")
    port = free_port()
    primary = server(port)

    def seen():
        try:
            return addresses(ask("www.example.org.", port=port, timeout=0.2))
        except (dns.exception.Timeout, OSError):
            return []

    with knot(tmp_path, port, primary.port):
        wait_until(lambda: seen() == ["192.0.2.1"], "Knot has not transferred the zone")
        assert addresses(primary.ask("www.example.org.")) == ["192.0.2.1"]
        zone(serial=2, address="192.0.2.2")
        wait_until(lambda: seen() == ["192.0.2.2"], "Knot was not told of the change")
        assert addresses(primary.ask("www.example.org.")) == ["192.0.2.2"]
