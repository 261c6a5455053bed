import asyncio

import dns.message
import pytest
from chain import Chain

from clusterdns.corefile import CorefileError, parse
from clusterdns.dns.query import TCP, UDP
from clusterdns.plugins.base import World
from clusterdns.records.tables import Tables
from clusterdns.server.chain import run
from clusterdns.server.service import make_services
from clusterdns.server.site import Defaults, make_sites

SLOW = ".:5300 {\n shed\n erratic {\n  delay 1 1h\n }\n}"
CLIENT, LOCAL = ("192.0.2.1", 4711), ("192.0.2.53", 5300)


def dropped_after(room, *transports):
    """What is counted when so many queries come and some of them may wait."""
    world = World(Tables())
    sites, problems = make_sites(parse(SLOW, "Corefile", env={}), world, Defaults())
    assert not problems
    (service,) = make_services(sites, world).values()
    wire = dns.message.make_query("web.example", "A").to_wire()

    async def ask():
        await sites[0].setting.starts[0]()
        waiting = set()
        for transport in transports:
            run(service.answer(wire, transport, CLIENT, LOCAL), lambda _: None, waiting, room)
        for each in list(waiting):
            each.cancel()
        await asyncio.wait({each.ended() for each in waiting}) if waiting else None

    asyncio.run(ask())
    (family,) = [family for family in world.metrics.collect() if family.name == "coredns_shed_dropped_total"]
    return {sample.labels[1][1]: sample.value for sample in family.samples if sample.labels[0][1] == "dns://:5300"}


def test_queries_that_are_given_up_are_counted():
    assert dropped_after(2, UDP, UDP, UDP, UDP, UDP) == {"query": 3, "response": 0}


def test_nothing_is_counted_where_all_have_room_or_none_comes_over_udp():
    assert dropped_after(5, UDP, UDP) == {"query": 0, "response": 0}
    assert dropped_after(1, TCP, TCP) == {"query": 0, "response": 0}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (". {\n shed extra\n}", "'extra' is one argument too many"),
        (". {\n shed {\n depth 10\n }\n}", "unknown property 'depth'"),
        (". {\n shed\n shed\n}", "can be used only once"),
    ],
)
def test_it_takes_no_options(text, complaint):
    with pytest.raises(CorefileError, match=f"shed: {complaint}"):
        Chain(text)


def test_it_is_for_plain_dns():
    _, problems = make_sites(parse("tls://. .:5300 {\n shed\n}", "Corefile", env={}), World(Tables()), Defaults())
    assert "Corefile:2: shed: only server blocks of plain DNS are supported, not tls://" in str(problems[0])
