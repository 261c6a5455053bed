"""Faults where they are served: by a whole server block behind the packet cache, and on real sockets."""

import asyncio

import dns.message
import dns.query
import pytest
from answering import PATIENCE, answering, framed, query_wire, read_framed
from test_server_kept import CLIENTS, Clock, make_world, questions

from clusterdns import corefile
from clusterdns.dns import codes
from clusterdns.dns.query import UDP
from clusterdns.plugins.fault import Faults, make_fault
from clusterdns.server.service import Service
from clusterdns.server.site import Defaults, make_sites
from clusterdns.testing import ClusterDNS

WEB = "web.default.svc.cluster.local"
BLOCK = """
. {
    prometheus
    errors
    FAULT
    loadbalance
    cache 30 {
        disable success cluster.local
        disable denial cluster.local
    }
    kubernetes cluster.local in-addr.arpa {
        pods insecure
        fallthrough in-addr.arpa
    }
    whoami
}
"""
FAULTS = """
    fault web.default.svc.cluster.local web.example.org {
        client 192.0.2.0/24
        rcode SERVFAIL
        times 3
    }
    fault *.default.pod.cluster.local {
        type A
        share 50%
        truncate
    }
    fault {
        selector app=db
        empty
    }
"""
STRUCK = ("web.default.svc.cluster.local.", "web.example.org.", "db.data.svc.cluster.local.")


def service_of(fault="", plugins=frozenset()):
    world = make_world(Clock())
    text = BLOCK.replace("FAULT", fault)
    sites, problems = make_sites(corefile.parse(text, "Corefile", env={}), world, Defaults(plugins=plugins))
    assert not problems, problems
    return Service("dns://:53", [(zone, site) for site in sites for zone in site.setting.zones], world)


def replies_of(service):
    """What each client gets for each question, asked twice, and how many of these replies were kept ones."""

    async def ask():
        replies, hits = {}, 0
        for turn in (1, 2):
            for client in CLIENTS:
                for wire in questions():
                    kept = service.kept[UDP, 4].get(wire, service.clock())
                    hits += kept is not None
                    replies[wire, client, turn] = kept or await service.answer(wire, UDP, client, ("192.0.2.53", 53))
        return replies, hits

    return asyncio.run(ask())


def is_spared(wire):
    name = str(dns.message.from_wire(wire).question[0].name).lower()
    return name not in STRUCK and not name.endswith("default.pod.cluster.local.")


@pytest.mark.parametrize(("fault", "plugins"), [(FAULTS, ()), ("", {"fault"})], ids=["Corefile", "program"])
def test_other_names_get_the_same_octets_from_the_packet_cache_too(fault, plugins):
    without, hits_without = replies_of(service_of())
    service = service_of(fault, frozenset(plugins))
    service.world.shared(Faults).add(make_fault(STRUCK, rcode="NXDOMAIN", times=3))
    with_faults, hits = replies_of(service)
    spared = [key for key in without if is_spared(key[0])]
    assert len(spared) > len(without) / 2
    assert all(with_faults[key] == without[key] for key in spared)
    assert any(with_faults[key] != without[key] for key in without.keys() - spared)
    assert hits > hits_without / 2


def test_names_that_nobody_has_are_still_denied_without_a_chain_unless_a_fault_may_strike():
    service = service_of("fault x*.default.svc.cluster.local {\n drop\n times 1\n }")

    def is_kept(name):
        return service.kept[UDP, 4].get(query_wire(name), service.clock()) is not None

    asyncio.run(service.answer(query_wire("a.default.svc.cluster.local"), UDP, *CLIENTS))
    assert is_kept("b.default.svc.cluster.local")
    assert not is_kept("x1.default.svc.cluster.local")
    assert asyncio.run(service.answer(query_wire("x2.default.svc.cluster.local"), UDP, *CLIENTS)) is None


def test_a_fault_strikes_also_where_the_right_reply_was_kept():
    service = service_of(plugins=frozenset({"fault"}))
    faults = service.world.shared(Faults)
    fault = make_fault(WEB, rcode="SERVFAIL", times=1)

    def ask():
        wire = query_wire(WEB)
        reply = service.kept[UDP, 4].get(wire, service.clock())
        return reply or asyncio.run(service.answer(wire, UDP, *CLIENTS))

    right = ask()
    assert service.kept[UDP, 4].get(query_wire(WEB), service.clock()) == right
    faults.add(fault)
    assert dns.message.from_wire(ask()).rcode() == codes.SERVFAIL
    assert ask() == ask() == right
    assert service.kept[UDP, 4].get(query_wire(WEB), service.clock()) == right


def test_a_name_may_become_one_that_a_fault_is_for():
    service = (
        "{kind: Service, apiVersion: v1, metadata: {name: web LABELS}, "
        "spec: {clusterIP: 10.96.0.80, ports: [{port: 80}]}}"
    )
    with ClusterDNS(service.replace("LABELS", "")) as cluster:
        cluster.fault(selector="tier=back", empty=True)
        assert [cluster.resolve(WEB) for _ in range(2)] == [["10.96.0.80"], ["10.96.0.80"]]
        cluster.apply(service.replace("LABELS", ", labels: {tier: back}"))
        assert cluster.resolve(WEB) == []
        cluster.apply(service.replace("LABELS", ""))
        assert cluster.resolve(WEB) == ["10.96.0.80"]


def test_a_block_that_answers_nothing_refuses_although_faults_could_be_added():
    world = make_world(Clock())
    text = ". {\n bind 127.0.0.1\n}"
    ((site,), _) = make_sites(corefile.parse(text, "Corefile", env={}), world, Defaults(plugins=frozenset({"fault"})))
    assert site.chain is None


def test_faults_are_counted_and_logged_as_what_clients_see():
    service = service_of(f"log\n fault {WEB} {{\n rcode NXDOMAIN\n }}")
    asyncio.run(service.answer(query_wire(WEB), UDP, *CLIENTS))
    assert f'"A IN {WEB}. udp' in service.world.log.stream.getvalue()
    responses = next(f for f in service.world.metrics.collect() if f.name == "coredns_dns_responses_total")
    assert [dict(sample.labels)["rcode"] for sample in responses.samples] == ["NXDOMAIN"]


# On real sockets


def in_service(fault="", plugins=frozenset()):
    service = service_of(fault, plugins)
    service.clock = service.world.clock = lambda: 0.0
    return answering(service)


def test_a_dropped_query_gets_no_reply_and_the_next_one_does():
    with in_service(f"fault {WEB} {{\n drop\n }}") as server, server.datagram() as client:
        client.send(query_wire(WEB, ident=1))
        client.send(query_wire("db." + WEB, ident=2))
        assert dns.message.from_wire(client.recv(4096)).id == 2
        client.setblocking(False)
        with pytest.raises(BlockingIOError):
            client.recv(4096)


def test_a_connection_lives_on_after_a_dropped_query():
    with in_service(f"fault {WEB} {{\n drop\n times 1\n }}") as server, server.connect() as client:
        client.sendall(framed(query_wire(WEB, ident=1)) + framed(query_wire(WEB, ident=2)))
        assert dns.message.from_wire(read_framed(client)).id == 2


def test_a_truncated_reply_makes_a_client_ask_again_over_tcp():
    with in_service(f"fault {WEB} {{\n truncate\n }}") as server:
        query = dns.message.make_query(WEB, "A")
        reply, tcp = dns.query.udp_with_fallback(query, server.host, PATIENCE, server.port)
        assert tcp
        assert [str(record) for rrset in reply.answer for record in rrset] == ["10.108.174.60"]
        cut = dns.query.udp(query, server.host, PATIENCE, server.port)
        assert (cut.flags & dns.flags.TC, cut.answer, cut.authority) == (dns.flags.TC, [], [])


@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
def test_a_delayed_reply_is_overtaken_by_others(tcp):
    with in_service(f"fault {WEB} {{\n delay 20ms\n }}") as server:
        with server.connect() if tcp else server.datagram() as client:
            client.settimeout(PATIENCE)
            for ident, name in enumerate((WEB, "db.data.svc.cluster.local", "other")):
                wire = query_wire(name, ident=ident)
                client.send(framed(wire) if tcp else wire)
            replies = [read_framed(client) if tcp else client.recv(4096) for _ in range(3)]
        assert [dns.message.from_wire(reply).id for reply in replies] == [1, 2, 0]
        assert dns.message.from_wire(replies[2]).answer


def test_what_is_delayed_is_still_answered_when_the_server_stops():
    fault = make_fault(WEB, delay=0.02)
    with in_service(plugins=frozenset({"fault"})) as server, server.datagram() as client:
        server.call(server.service.world.shared(Faults).add, fault)
        client.send(query_wire(WEB))
        server.wait_until(lambda: fault.applied)
        server.wait_for(server.stop())
        assert dns.message.from_wire(client.recv(4096)).answer
