"""What one address of the server does with a packet: which server block takes it, and what stands guard before it."""

import io
import struct

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import pytest
from answering import Stub, address_of, make_service, query_wire
from in_process import Answering

from clusterdns.dns import codes
from clusterdns.dns.names import parse_name
from clusterdns.dns.query import TCP, UDP
from clusterdns.dns.reply import FOREVER, Reply
from clusterdns.logs import Log
from clusterdns.plugins.base import Plugin, Setting, World
from clusterdns.records.tables import Tables
from clusterdns.server.chain import link
from clusterdns.server.service import MAX_DEPTH, Service
from clusterdns.server.site import Site

CLIENT, LOCAL = ("192.0.2.7", 40212), ("192.0.2.53", 53)


def send(service, wire, transport=UDP, client=CLIENT):
    """What comes back to a packet, from a chain that waits for nothing."""
    coroutine = service.answer(wire, transport, client, LOCAL)
    with pytest.raises(StopIteration) as end:
        coroutine.send(None)
    return end.value.value


def ask(service, name, rdtype="A", **how):
    return dns.message.from_wire(send(service, query_wire(name, rdtype, **how)))


class Named(Plugin):
    """Answers with a response code that tells which server block it stands in."""

    name = "named"

    def __init__(self, rcode):
        self.rcode = rcode

    async def serve(self, query, next):
        return Reply.to(query, self.rcode)


def service_of(*zones, **setting):
    """Server blocks with these zones; the first answers with response code 0, the second with 1, and so on."""
    world = World(Tables(), log=Log(io.StringIO()))
    sites = [
        (parse_name(zone), Site(Setting(world, (parse_name(zone),), **setting), link([Named(number)])))
        for number, zone in enumerate(zones)
    ]
    return Service("dns://:53", sites, world)


@pytest.mark.parametrize(
    ("name", "block"),
    [
        ("web.shop.example.", 2), ("Shop.Example.", 2), ("example.", 1), ("workshop.example.", 1), ("other.", 0),
        (".", 0),
    ],
)  # fmt: skip
def test_a_question_goes_to_the_block_of_the_longest_zone(name, block):
    assert ask(service_of(".", "example.", "shop.example."), name).rcode() == block


def test_a_question_outside_all_zones_is_refused():
    reply = ask(service_of("example."), "other.", use_edns=0)
    assert reply.rcode() == dns.rcode.REFUSED
    assert reply.edns == 0
    assert dns.flags.to_text(reply.flags) == "QR RD"


def test_a_block_without_a_plugin_refuses():
    assert ask(make_service(), "web.example.").rcode() == dns.rcode.REFUSED


@pytest.mark.parametrize(
    ("zones", "name", "block"),
    [
        (("example.", "shop.example."), "shop.example.", 0),
        (("example.", "shop.example."), "web.shop.example.", 0),
        (("example.", "b.example.", "a.b.example."), "a.b.example.", 0),
        (("shop.example.",), "shop.example.", 0),
        ((".", "shop.example."), "shop.example.", 1),
        ((".", "shop.example."), "other.", 0),
        ((".",), ".", 0),
    ],
)
def test_a_question_for_ds_goes_to_the_parent_but_never_to_the_root(zones, name, block):
    assert ask(service_of(*zones), name, "DS").rcode() == block


def test_classes_other_than_in_are_refused_unless_a_plugin_wants_them():
    assert ask(service_of("."), "version.bind.", "TXT", rdclass="CH").rcode() == dns.rcode.REFUSED
    assert ask(service_of(".", any_class=True), "version.bind.", "TXT", rdclass="CH").rcode() == dns.rcode.NOERROR


def test_edns_of_another_version_is_badvers():
    wire = send(service_of("."), query_wire("web.example.", use_edns=1, payload=4096))
    reply = dns.message.from_wire(wire)
    assert (reply.rcode(), reply.edns, reply.payload) == (dns.rcode.BADVERS, 0, 0)
    assert reply.question
    assert struct.unpack_from("!H", wire, 2)[0] == codes.QR | codes.RD


def test_what_can_be_forwarded_may_be_of_any_class():
    here = 'template CH TXT {\n answer "{{ .Name }} 5 CH TXT here"\n }'
    server = Answering(f". {{\n forward . 127.0.0.1:1\n}}\nexample {{\n {here}\n}}")
    reply = dns.message.from_wire(server.by_chain(dns.message.make_query("web.example.", "TXT", "CH")))
    assert [rrset.to_text() for rrset in reply.answer] == ['web.example. 5 CH TXT "here"']


def test_the_class_is_looked_at_before_the_version_of_edns():
    reply = ask(service_of("."), "version.bind.", "TXT", rdclass="CH", use_edns=1)
    assert reply.rcode() == dns.rcode.REFUSED


def test_a_notify_reaches_the_chain_and_is_answered_as_one():
    wire = bytearray(query_wire("example.", "SOA"))
    wire[2] = codes.NOTIFY << 3 | 1
    reply = send(service_of("."), bytes(wire))
    assert struct.unpack_from("!H", reply, 2)[0] == codes.QR | codes.NOTIFY << 11


def test_rd_and_cd_come_back_and_other_flags_do_not():
    wire = bytearray(query_wire("example."))
    wire[2:4] = struct.pack("!H", codes.AA | codes.TC | codes.RD | codes.RA | 0x40 | codes.AD | codes.CD)
    assert struct.unpack_from("!H", send(service_of("."), bytes(wire)), 2)[0] == codes.QR | codes.RD | codes.CD


def test_a_code_that_only_edns_can_say_is_not_said_without():
    service = make_service(Named(23))
    assert ask(service, "example.", use_edns=0).rcode() == dns.rcode.BADCOOKIE
    assert send(service, query_wire("example.")) is None


def test_the_outcome_that_a_plugin_raises_is_a_bare_reply():
    reply = ask(make_service(Stub()), "bare.example.", use_edns=0)
    assert reply.rcode() == dns.rcode.REFUSED
    assert not reply.answer


def test_a_chain_that_ends_without_an_answer_is_servfail():
    class Passes(Plugin):
        name = "passes"

        async def serve(self, query, next):
            return await next(query)

    assert ask(make_service(Passes()), "example.").rcode() == dns.rcode.SERVFAIL


def test_what_plugins_make_is_encoded_or_servfail():
    class Wrong(Plugin):
        name = "wrong"

        async def serve(self, query, next):
            reply = Reply.to(query)
            reply.answer = [address_of(query, "10.0.0.1"), None]
            return reply

    service = make_service(Wrong())
    assert ask(service, "example.").rcode() == dns.rcode.SERVFAIL
    assert "Recovered from panic" in service.world.log.stream.getvalue()


def test_with_debug_a_failure_ends_the_server():
    service = make_service(Stub(), debug=True)
    ended = []
    service.world.fail = ended.append
    ask(service, "fails.example.")
    assert "RuntimeError: the stub fails" in ended[0]
    assert "Traceback" in ended[0]


def test_with_stacktrace_the_log_says_where_it_failed():
    service = make_service(Stub(), stacktrace=True)
    ask(service, "fails.example.")
    assert "answering.py" in service.world.log.stream.getvalue()


class Chases(Plugin):
    """Asks the server for the same name again."""

    name = "chases"
    deepest = 0

    async def serve(self, query, next):
        self.deepest = max(self.deepest, query.depth)
        inner = await query.server.ask(query, query.spelled, codes.AAAA)
        return Reply.to(query, codes.SERVFAIL if inner is None else inner.rcode)


def test_a_server_that_asks_itself_for_ever_gives_up():
    chases = Chases()
    assert ask(make_service(chases), "example.").rcode() == dns.rcode.SERVFAIL
    assert chases.deepest == MAX_DEPTH


def test_what_the_server_asks_itself_is_of_class_in():
    asked = []

    class Inner(Plugin):
        name = "inner"

        async def serve(self, query, next):
            asked.append((query.name, query.qtype, query.qclass))
            if query.depth == 0:
                await query.server.ask(query, b"\6target\0", codes.AAAA)
            return Reply.to(query)

    ask(make_service(Inner(), any_class=True), "example.", "TXT", rdclass="CH")
    assert asked == [(b"\7example\0", codes.TXT, codes.CH), (b"\6target\0", codes.AAAA, codes.IN)]


def test_a_drop_inside_what_the_server_asks_itself_is_no_answer():
    class Outer(Plugin):
        name = "outer"

        async def serve(self, query, next):
            if query.depth:
                return await next(query)
            assert await query.server.ask(query, b"\4drop\0", codes.A) is None
            return Reply.to(query)

    assert ask(make_service(Outer(), Stub()), "example.").rcode() == dns.rcode.NOERROR


def test_a_reply_is_not_kept_when_the_world_was_revised_meanwhile():
    class Revises(Plugin):
        name = "revises"

        async def serve(self, query, next):
            reply = Reply.to(query)
            reply.good_until = FOREVER
            query.server.world.revise()
            return reply

    service = make_service(Revises())
    wire = query_wire("example.")
    send(service, wire)
    assert service.kept[UDP, 4].get(wire, 0) is None


@pytest.mark.parametrize("transport", [UDP, TCP])
@pytest.mark.parametrize("client", ["192.0.2.7", "2001:db8::7"])
def test_a_reply_is_kept_for_its_transport_and_ip_version_only(transport, client):
    service = make_service(Stub())
    wire = query_wire("kept.example.")
    send(service, wire, transport, (client, 40212))
    version = 6 if ":" in client else 4
    assert {where for where, kept in service.kept.items() if kept.get(wire, 0)} == {(transport, version)}
