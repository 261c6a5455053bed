"""secondary: primaries that stall, lie or fail. What they send is no zone, and the one from before stays."""

import asyncio
import io
import socketserver
import threading
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rrset
import pytest

from clusterdns.dns.names import parse_name
from clusterdns.logs import Log
from clusterdns.plugins.secondary import primaries
from clusterdns.plugins.secondary.primaries import NotTransferred, Primaries
from clusterdns.records.zones.catalog import BadCatalog, read_catalog

ORIGIN = parse_name("example.org.")
SOA = "example.org. 60 IN SOA ns.example.org. host.example.org. 1 2 3 4 5"


@contextmanager
def primary(*texts, raw=None, stalls=False):
    """A primary that answers every question with these records, or these octets, or not at all."""
    released = threading.Event()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            size = int.from_bytes(self.rfile.read(2), "big")
            question = dns.message.from_wire(self.rfile.read(size))
            if stalls:
                released.wait(10)
                return
            reply = dns.message.make_response(question)
            reply.flags |= dns.flags.AA
            reply.answer = [dns.rrset.from_text(*text.split(None, 4)) for text in texts]
            wire = question.to_wire()[:2] + raw if raw is not None else reply.to_wire()
            self.wfile.write(len(wire).to_bytes(2, "big") + wire)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server.server_address[1]
        released.set()
        server.shutdown()


def from_port(port):
    found = Primaries(Log(io.StringIO()))
    found.addresses.append(("127.0.0.1", port))
    return found


def transferred(port):
    return asyncio.run(from_port(port).transfer(ORIGIN, None))


@pytest.mark.parametrize(
    "texts",
    [
        [],
        ["www.example.org. 60 IN A 192.0.2.1"],
        [SOA],
        [SOA.replace("example.org. 60", "example.net. 60"), SOA.replace("example.org. 60", "example.net. 60")],
    ],
    ids=["nothing", "no SOA", "no end", "another zone"],
)
def test_what_is_no_zone_is_not_taken(texts):
    with primary(*texts) as port, pytest.raises(NotTransferred):
        transferred(port)


@pytest.mark.parametrize("odd", ["www.example.net. 60 IN A 192.0.2.1", "example.org. 60 IN CNAME elsewhere.example."])
def test_what_has_no_place_in_a_zone_is_left_out(odd):
    with primary(SOA, odd, SOA) as port:
        zone = transferred(port).zone
    assert zone.soa is not None
    assert not zone.nodes


@pytest.mark.parametrize("raw", [b"", b"\x84\0", b"\x84\0\0\1\0\1\0\0\0\0\xc0\x0c\0\6\0\1", b"\xff" * 500])
def test_garbage_is_not_taken(raw):
    with primary(raw=raw) as port:
        with pytest.raises(NotTransferred):
            transferred(port)
        with pytest.raises(NotTransferred):
            asyncio.run(from_port(port).serial(ORIGIN))


def test_a_primary_that_stalls_is_given_up(monkeypatch):
    monkeypatch.setattr(primaries, "_SECONDS", 0.05)
    with primary(stalls=True) as port:
        with pytest.raises(NotTransferred):
            transferred(port)
        with pytest.raises(NotTransferred):
            asyncio.run(from_port(port).serial(ORIGIN))


def test_whatever_goes_wrong_with_a_zone_is_no_more_than_a_zone_that_was_not_transferred(monkeypatch):
    def fail(*_):
        raise RecursionError("too deep")

    monkeypatch.setattr(primaries, "Zone", fail)
    with primary(SOA, "example.org. 60 IN NS ns.example.org.", SOA) as port, pytest.raises(NotTransferred):
        transferred(port)


@pytest.mark.parametrize("asked", ["serial", "transfer"])
def test_of_thousands_of_zones_a_few_are_asked_for_at_a_time(monkeypatch, asked):
    running, most = 0, 0
    lock = threading.Lock()

    def transfer(*_, **__):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        barrier.wait(0.01)
        with lock:
            running -= 1
        raise OSError("no")

    barrier = threading.Event()
    for name in ("inbound_xfr", "tcp"):
        monkeypatch.setattr(primaries.dns.query, name, transfer)

    async def run():
        found = from_port(1)
        ask = {"serial": lambda: found.serial(ORIGIN), "transfer": lambda: found.transfer(ORIGIN, None)}[asked]
        await asyncio.gather(*(ask() for _ in range(100)), return_exceptions=True)

    asyncio.run(run())
    assert 1 < most <= primaries.MOST_AT_ONCE


CATALOG = [SOA, "example.org. 60 IN NS invalid.", 'version.example.org. 60 IN TXT "2"']


@pytest.mark.parametrize(
    ("listed", "zones"),
    [
        (["a.zones.example.org. 60 IN PTR ."], [b"\0"]),
        (["a.b.zones.example.org. 60 IN PTR one.example."], []),
        (["zones.example.org. 60 IN PTR one.example."], []),
        (["a.zones.example.org. 60 IN TXT one.example."], []),
        ([r"\000\255.zones.example.org. 60 IN PTR \000\010.Example."], [b"\2\0\n\7example\0"]),
        (["coo.a.zones.example.org. 60 IN PTR other.example."], []),
    ],
)
def test_what_a_catalog_lists_may_be_odd(listed, zones):
    with primary(*CATALOG, *listed, SOA) as port:
        assert list(read_catalog(transferred(port).zone)) == zones


@pytest.mark.parametrize(
    "listed",
    [
        ["a.zones.example.org. 60 IN PTR one.example.", "b.zones.example.org. 60 IN PTR ONE.example."],
        ["a.zones.example.org. 60 IN PTR one.example.", "a.zones.example.org. 60 IN PTR two.example."],
        ['version.example.org. 60 IN TXT "3"'],
    ],
)
def test_a_catalog_that_contradicts_itself_is_not_taken(listed):
    with primary(*CATALOG, *listed, SOA) as port, pytest.raises(BadCatalog):
        read_catalog(transferred(port).zone)
