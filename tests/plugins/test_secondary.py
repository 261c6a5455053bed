"""secondary: zones from other servers, which change, fail, and list further zones."""

import shutil
import socket

import dns.message
import dns.opcode
import dns.query
import dns.rcode
import pytest
from asking import addresses
from chain import Chain
from primaries import SECRET, primary
from serving import free_port, wait_until

from clusterdns.corefile import CorefileError

TSIG = f"""
    tsig {{
        secret transfer.key. {SECRET}
    }}
"""


@pytest.mark.parametrize("kind", ["knotd", "named"])
def test_a_zone_of_knot_or_bind_is_transferred_signed_and_followed(serve, tmp_path, kind):
    if shutil.which(kind) is None:
        pytest.skip(f"needs {kind}")
    port = free_port()
    with primary(kind, tmp_path / kind, port) as server:
        corefile = tmp_path / "Corefile"
        corefile.write_text(
            f"example.org {{{TSIG} secondary {{\n transfer from 127.0.0.1:{server.port}\n key transfer.key.\n }}\n}}\n"
        )
        ours = serve("--bare", "--conf", corefile, port=port)
        wait_until(lambda: addresses(ours.ask("www.example.org.")) == ["192.0.2.1"], "it was not transferred")
        assert len(ours.ask("host2000.example.org.", "TXT").answer) == 1
        server.change(2, "192.0.2.2")
        wait_until(lambda: addresses(ours.ask("www.example.org.")) == ["192.0.2.2"], "the change was not followed")
        assert len(ours.ask("host2000.example.org.", "TXT").answer) == 1


def test_a_primary_that_wants_a_signature_gives_nothing_without(serve, tmp_path):
    if shutil.which("knotd") is None:
        pytest.skip("needs knotd")
    port = free_port()
    with primary("knotd", tmp_path / "knot", port) as server:
        (tmp_path / "Corefile").write_text(
            f"example.org {{\n secondary {{\n transfer from 127.0.0.1:{server.port}\n }}\n}}\n"
        )
        ours = serve("--bare", "--conf", tmp_path / "Corefile", port=port)
        wait_until(lambda: "Failed to transfer `example.org.'" in ours.log(), "it does not say so")
        assert ours.ask("www.example.org.").rcode() == dns.rcode.SERVFAIL


ZONE = "$TTL 60\n@ SOA ns host {serial} {refresh} 1 {expire} 60\n@ NS ns\nns A 127.0.0.1\n{more}\n"


@pytest.fixture
def ours(serve, tmp_path):
    """A primary and a secondary of ours: starts the first with zones, the second with lines."""

    def write(zone, serial, more="", refresh=3600, expire=7200):
        new = tmp_path / f"{zone}.new"
        new.write_text(ZONE.format(serial=serial, more=more, refresh=refresh, expire=expire))
        new.rename(tmp_path / zone)

    class Both:
        def __init__(self) -> None:
            self.write = write
            self.ports = free_port(), free_port()

        def start_primary(self, *zones, lines=""):
            to = f"transfer {{\n to * 127.0.0.1:{self.ports[1]}\n }}"
            blocks = [
                f"{zone} {{\n file {tmp_path}/{zone} {{\n reload 100ms\n }}\n {to}\n {lines}\n}}\n" for zone in zones
            ]
            (tmp_path / "Primary").write_text("".join(blocks))
            self.primary = serve("--bare", "--conf", tmp_path / "Primary", port=self.ports[0])

        def start_secondary(self, zone, lines=""):
            where = f"secondary {zone} {{\n transfer from 127.0.0.1:1 127.0.0.1:{self.ports[0]}\n {lines}\n }}"
            (tmp_path / "Secondary").write_text(f". {{\n {where}\n transfer {{\n to *\n }}\n whoami\n}}\n")
            self.secondary = serve("--bare", "--conf", tmp_path / "Secondary", port=self.ports[1])

        def says(self, name, rdtype="A"):
            return [rdata.to_text() for rrset in self.secondary.ask(name, rdtype).answer for rdata in rrset]

    return Both()


def test_a_zone_is_asked_for_until_it_comes_and_can_be_transferred_on(ours):
    ours.write("example.org", 1, "www A 192.0.2.1")
    ours.start_secondary("example.org")
    assert ours.secondary.ask("www.example.org.").rcode() == dns.rcode.SERVFAIL
    wait_until(lambda: "retrying in 0.25s" in ours.secondary.log(), "it does not try again")
    ours.start_primary("example.org")
    wait_until(lambda: ours.says("www.example.org.") == ["192.0.2.1"], "it was not transferred")
    assert ours.secondary.ask("elsewhere.example.").additional
    messages = dns.query.xfr("127.0.0.1", "example.org.", port=ours.ports[1])
    assert sum(len(rrset) for message in messages for rrset in message.answer) == 5


def test_who_asks_while_a_zone_is_on_its_way_waits_for_it(ours):
    ours.write("example.org", 1, "www A 192.0.2.1")
    ours.start_primary("example.org", lines="fault {\n type AXFR\n delay 300ms\n }")
    ours.start_secondary("example.org")
    assert ours.says("www.example.org.") == ["192.0.2.1"]


def test_nobody_waits_long_for_a_primary_that_says_nothing(serve, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        where = f"secondary {{\n transfer from 127.0.0.1:{silent.getsockname()[1]}\n }}"
        (tmp_path / "Corefile").write_text(f"example.org {{\n {where}\n}}\n")
        ours = serve("--bare", "--conf", tmp_path / "Corefile", port=free_port())
        assert ours.ask("www.example.org.").rcode() == dns.rcode.SERVFAIL


def test_names_that_do_not_exist_may_fall_through(ours):
    ours.write("example.org", 1)
    ours.start_primary("example.org")
    ours.start_secondary("example.org", "fallthrough")
    wait_until(lambda: ours.says("ns.example.org."), "it was not transferred")
    assert ours.secondary.ask("nowhere.example.org.").additional


def test_a_zone_that_nobody_confirms_expires_and_comes_back(ours, tmp_path):
    ours.write("example.org", 1, "www A 192.0.2.1", refresh=1, expire=1)
    ours.start_primary("example.org")
    ours.start_secondary("example.org")
    wait_until(lambda: ours.says("www.example.org."), "it was not transferred")
    ours.primary.process.terminate()
    ours.primary.process.wait(20)
    expired = lambda: ours.secondary.ask("www.example.org.").rcode() == dns.rcode.SERVFAIL  # noqa: E731
    wait_until(expired, "it does not expire", patience=30)
    ours.start_primary("example.org")
    wait_until(lambda: ours.says("www.example.org."), "it does not come back", patience=30)


def test_strangers_may_say_what_they_like(ours):
    ours.write("example.org", 1)
    ours.start_secondary("example.org")
    notify = dns.message.make_query("example.org.", "SOA")
    notify.set_opcode(dns.opcode.NOTIFY)
    with pytest.raises(dns.exception.Timeout):
        dns.query.udp(notify, "127.0.0.1", 0.2, ours.ports[1], source="127.0.0.2")
    assert "Dropping notify from 127.0.0.2" in ours.secondary.log()


CATALOG = 'version TXT "2"\n'


def test_a_catalog_adds_zones_and_takes_them_away(ours):
    ours.write("catalog.example", 1, CATALOG + "a.zones PTR one.example.\nb.zones PTR other.example.net.")
    ours.write("one.example", 1, "www A 192.0.2.1")
    ours.write("two.example", 1, "www A 192.0.2.2")
    ours.start_primary("catalog.example", "one.example", "two.example")
    ours.start_secondary("catalog.example", "catalog example")
    wait_until(lambda: ours.says("www.one.example.") == ["192.0.2.1"], "the zone of the catalog is not served")
    assert "Skipped 1 member zones" in ours.secondary.log()
    ours.write("catalog.example", 2, CATALOG + "c.zones PTR two.example.")
    wait_until(lambda: ours.says("www.two.example.") == ["192.0.2.2"], "the catalog was not followed")
    assert not ours.says("www.one.example.")


def test_what_is_no_catalog_is_not_taken(ours):
    ours.write("catalog.example", 1, "a.zones PTR one.example.")
    ours.start_primary("catalog.example")
    ours.start_secondary("catalog.example", "catalog")
    wait_until(lambda: "is not of version 2" in ours.secondary.log(), "it does not say so")


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("secondary", "a primary is missing"),
        ("secondary {\n transfer from\n}", "an address is missing"),
        ("secondary {\n transfer to 127.0.0.1\n}", "unknown property"),
        ("secondary {\n transfer from *\n}", r"\*"),
        ("secondary {\n transfer from example.org\n}", "example.org"),
        ("secondary {\n transfer from 127.0.0.1\n key transfer.key.\n}", "no key transfer.key. is known"),
        ("secondary {\n transfer from 127.0.0.1\n unknown\n}", "unknown property"),
    ],
)
def test_what_is_no_secondary_is_an_error(lines, problem):
    with pytest.raises(CorefileError, match=problem):
        Chain(f"example.org {{\n {lines}\n}}")


def test_a_key_is_one_of_tsig():
    with pytest.raises(CorefileError, match="unknown algorithm"):
        Chain(f"example.org {{{TSIG} secondary {{\n transfer from 127.0.0.1\n key transfer.key rot13\n }}\n}}")
    chain = Chain(
        f"example.org {{{TSIG} secondary {{\n transfer from 127.0.0.1\n key transfer.key hmac-sha512\n }}\n}}"
    )
    assert "secondary" in chain.setting.plugins
