"""Queries that go on to upstreams, and what becomes of the replies."""

import asyncio
import contextlib

import dns.edns
import dns.flags
import dns.message
import pytest
from chain import Chain, make_query
from upstreams import OK, Upstream, asked, dead, forwards, gives, told, until

from clusterdns.dns import codes
from clusterdns.dns.edns import Opt


def test_the_reply_comes_back_as_the_upstream_gave_it():
    async def story():
        answer = gives(
            "@ 30 CNAME web.example.", "web.example. 60 A 192.0.2.1", authority=("example. 90 NS ns.example.",)
        )
        async with Upstream(answer) as upstream, forwards(to=upstream.text) as chain:
            assert await asked(chain) == [
                "NOERROR ra",
                "www.example. 30 CNAME web.example.",
                "web.example. 60 A 192.0.2.1",
                "authority example. 90 NS ns.example.",
            ]
            upstream.answer = gives(rcode="NXDOMAIN", authority=("example. 90 SOA ns. host. 1 2 3 4 5",), flags="AA AD")
            assert await asked(chain) == ["NXDOMAIN aa ra ad", "authority example. 90 SOA ns. host. 1 2 3 4 5"]
            for refusal in ("SERVFAIL", "REFUSED", "NOTIMP"):
                upstream.answer = gives(rcode=refusal)
                assert await asked(chain) == [f"{refusal} ra"]

    told(story())


def test_the_query_goes_on_as_it_came_but_for_its_id():
    async def story():
        async with Upstream() as upstream, forwards(to=upstream.text) as chain:
            opt = Opt(1400, codes.DO, ((10, b"12345678"), (8, b"\0\1\x18\0\xc0\0\2")))
            query = make_query("WWW.example. AAAA", opt=opt)
            query.flags |= codes.CD | codes.AD
            await chain.answer(query)
            (sent,) = [asked.query for asked in upstream.asked]
            assert sent.question[0].to_text() == "WWW.example. IN AAAA"
            assert dns.flags.to_text(sent.flags) == "RD AD CD"
            assert (sent.payload, sent.ednsflags) == (1400, dns.flags.DO)
            assert [option.otype for option in sent.options] == [10, 8]

    told(story())


def test_ids_and_source_ports_are_random():
    async def story():
        async with Upstream() as upstream, forwards(to=upstream.text) as chain:
            await asyncio.gather(*(asked(chain, f"name{number}.example. A") for number in range(30)))
            assert len({query.wire[:2] for query in upstream.asked}) > 20
            ports = [query.port for query in upstream.asked]
            assert len(set(ports)) == 30
            assert ports != sorted(ports)

    told(story())


def test_what_the_upstream_says_in_its_opt_record_reaches_the_client():
    def with_error(query):
        reply = gives("@ 30 A 192.0.2.1")(query)
        reply.use_edns(0, 0, 1232, options=[dns.edns.EDEOption(3)])
        return reply

    async def story():
        async with Upstream(with_error) as upstream, forwards(to=upstream.text) as chain:
            reply = await chain.answer(make_query("www.example. A", opt=Opt(1232)))
            assert reply.opt.options == ((15, b"\0\3"),)

    told(story())


@pytest.mark.parametrize(
    ("options", "client", "way"),
    [
        ((), "udp", ["udp"]),
        ((), "tcp", ["tcp"]),
        (("force_tcp",), "udp", ["tcp"]),
        (("prefer_udp",), "tcp", ["udp"]),
        (("prefer_udp", "force_tcp"), "udp", ["tcp"]),
    ],
)
def test_the_client_s_transport_is_used_unless_another_is_wanted(options, client, way):
    async def story():
        async with Upstream() as upstream, forwards(*options, to=upstream.text) as chain:
            assert await asked(chain, transport=client) == OK
            assert upstream.transports == way

    told(story())


def test_a_truncated_reply_is_passed_on_or_fetched_anew_over_tcp():
    async def story():
        async with Upstream(gives(flags="TC")) as upstream:
            async with forwards(to=upstream.text) as chain:
                assert await asked(chain) == ["NOERROR tc ra"]
            async with forwards("prefer_udp", to=upstream.text) as chain:
                await asked(chain)
            assert upstream.transports == ["udp", "udp", "tcp"]

    told(story())


def test_names_outside_the_zone_and_excepted_ones_go_to_the_next_plugin():
    async def story():
        async with Upstream() as upstream:
            block = f". {{\n forward example {upstream.text} {{\n except corp.example example\n }}\n whoami\n}}"
            async with Chain(block) as chain:
                await asked(chain, "www.elsewhere. A")
                await asked(chain, "www.corp.example. A")
                assert not upstream.asked
                await asked(chain, "example. A")  # the zone itself can't be excepted
                assert [query.query.question[0].name.to_text() for query in upstream.asked] == ["example."]

    told(story())


def test_the_next_line_is_asked_for_certain_replies():
    async def story():
        async with Upstream(gives(rcode="NXDOMAIN")) as first, Upstream() as second:
            first_line = f"forward example {first.text} {{\n next NXDOMAIN\n next_on_nodata\n }}"
            async with Chain(f". {{\n {first_line}\n forward . {second.text}\n}}") as chain:
                assert await asked(chain) == OK
                first.answer = gives()
                assert await asked(chain) == OK
                first.answer = gives(rcode="REFUSED")
                assert await asked(chain) == ["REFUSED ra"]
                assert await asked(chain, "www.elsewhere. A") == ["NOERROR ra", "www.elsewhere. 30 A 192.0.2.1"]
                assert (len(first.asked), len(second.asked)) == (3, 3)

    told(story())


def test_the_next_upstream_is_asked_for_certain_replies():
    async def story():
        async with Upstream(gives(rcode="SERVFAIL")) as first, Upstream() as second:
            to = f"{first.text} {second.text}"
            async with forwards("policy sequential", "failover SERVFAIL refused", to=to) as chain:
                assert await asked(chain) == OK
                second.answer = gives(rcode="REFUSED")
                assert await asked(chain) == ["REFUSED ra"]  # the last one's reply is the reply

    told(story())


def test_more_queries_at_a_time_than_wanted_are_refused():
    async def story():
        async with Upstream(dead) as upstream, forwards("max_concurrent 2", to=upstream.text) as chain:
            waiting = [asyncio.create_task(asked(chain)) for _ in range(2)]
            await until(lambda: len(upstream.asked) == 2)
            assert await asked(chain) == ["REFUSED unanswered: concurrent queries exceeded maximum 2"]
            upstream.answer = gives("@ 30 A 192.0.2.1")
            for task in waiting:
                task.cancel()
            await asyncio.wait(waiting)
            assert await asked(chain) == OK

    told(story())


def test_policies_choose_who_is_asked_first():
    async def story():
        async with contextlib.AsyncExitStack() as stack:
            upstreams = [await stack.enter_async_context(Upstream()) for _ in range(3)]
            to = " ".join(upstream.text for upstream in upstreams)

            async def shares(policy):
                async with forwards(f"policy {policy}", to=to) as chain:
                    order = []
                    for _ in range(30):
                        await asked(chain)
                        order += [each for each in upstreams if each.asked]
                        for each in upstreams:
                            each.asked.clear()
                    return order

            assert await shares("sequential") == upstreams[:1] * 30
            order = await shares("round_robin")
            assert order[:3] != order[1:4]
            assert order == order[:3] * 10
            order = await shares("random")
            assert set(order) == set(upstreams)
            assert order != order[:3] * 10

    told(story())


def test_metrics_tell_how_upstreams_did():
    async def story():
        async with Upstream() as upstream, forwards("max_fails 0", to=upstream.text) as chain:
            await asked(chain)
            await asked(chain)
            await asked(chain, transport="tcp")
            await asked(chain, transport="tcp")
            upstream.answer = gives(rcode="NXDOMAIN")
            await asked(chain)
            families = {family.name: family for family in chain.world.metrics.collect()}

            def values(name, suffix=""):
                samples = families[name].samples
                return {tuple(dict(s.labels).values()): s.value for s in samples if s.suffix == suffix}

            duration = values("coredns_proxy_request_duration_seconds", "_count")
            assert duration == {("forward", upstream.text, "NOERROR"): 4, ("forward", upstream.text, "NXDOMAIN"): 1}
            hits, misses = "coredns_proxy_conn_cache_hits_total", "coredns_proxy_conn_cache_misses_total"
            assert values(hits) == {("forward", upstream.text, "tcp"): 1}
            assert values(misses) == {("forward", upstream.text, "udp"): 3, ("forward", upstream.text, "tcp"): 1}
            assert values("coredns_forward_max_concurrent_rejects_total") == {(): 0}

    told(story())


def test_connections_are_used_again_and_then_closed():
    async def story():
        async with Upstream() as upstream, forwards("expire 5s", to=upstream.text) as chain:
            for _ in range(3):
                await asked(chain, transport="tcp")
            assert upstream.connections == 1
            chain.clock.now += 6
            chain.repeat()  # nobody asks, and yet they are closed
            await asked(chain, transport="tcp")
            assert upstream.connections == 2

    told(story())
