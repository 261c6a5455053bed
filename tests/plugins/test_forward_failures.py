"""Upstreams that lie, stall and die."""

import asyncio
import contextlib
import socket
import struct

import dns.message
import pytest
from upstreams import OK, Upstream, asked, dead, forwards, gives, told, until

from clusterdns.dns.edns import Opt

QUICK = "read_timeout 30ms"
good = gives("@ 30 A 192.0.2.1")


def unused_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def values(chain, name):
    """What a metric counts, by its last label."""
    (family,) = [family for family in chain.world.metrics.collect() if family.name == name]
    return {sample.labels[-1][1] if sample.labels else "": sample.value for sample in family.samples}


def test_a_datagram_with_another_id_or_from_elsewhere_is_not_the_reply():
    async def story():
        def lies(query):
            wire = bytearray(gives("@ 30 A 203.0.113.6")(query).to_wire())
            port = upstream.asked[-1].port
            stranger.sendto(wire, ("127.0.0.1", port))  # all of it right but where it comes from
            wire[0] ^= 1
            upstream.send(bytes(wire), port)
            upstream.send(bytes(wire[:7]), port)
            upstream.send(b"", port)
            return good(query)

        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            async with Upstream(lies) as upstream, forwards(to=upstream.text) as chain:
                assert await asked(chain) == OK

    told(story())


def test_who_guesses_ids_has_few_tries_at_a_port():
    async def story():
        def guesses(query):
            wire = bytearray(good(query).to_wire())
            wire[0] ^= 1
            for _ in range(101):
                upstream.send(bytes(wire), upstream.asked[-1].port)

        async with Upstream(guesses) as upstream, forwards(to=upstream.text) as chain:
            (reply,) = await asked(chain)
            assert reply.endswith("too many replies to other queries")
            assert len({query.port for query in upstream.asked}) == len(upstream.asked) == 2

    told(story())


def test_a_late_reply_is_not_taken_for_that_of_a_later_query():
    async def story():
        async with Upstream(dead) as upstream, forwards(QUICK, "max_fails 0", to=upstream.text) as chain:
            await asked(chain)
            late = [(query.port, good(query.query).to_wire()) for query in upstream.asked]
            upstream.answer = gives("@ 30 A 192.0.2.99")
            for port, wire in late:
                upstream.send(wire, port)
            assert await asked(chain) == ["NOERROR ra", "www.example. 30 A 192.0.2.99"]

    told(story())


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_reply_to_another_question_is_an_error_at_once(transport):
    def another(query):
        reply = good(query)
        reply.question = dns.message.make_query("evil.example.", "A").question
        return reply

    async def story():
        async with Upstream(another) as upstream, forwards(to=f"{upstream.text} {upstream.text}") as chain:
            assert await asked(chain, transport=transport) == ["FORMERR"]
            assert len(upstream.asked) == 1

    told(story())


def test_a_message_that_contradicts_itself_is_no_reply():
    def garbage(query):
        wire = bytearray(good(query).to_wire())
        wire[-6:-4] = b"\0\3"  # an address of three octets
        return bytes(wire[:-1])

    async def story():
        async with Upstream(garbage) as upstream, forwards("max_fails 0", to=upstream.text) as chain:
            assert (await asked(chain))[0].startswith("SERVFAIL unanswered: dns: an address of impossible length")

    told(story())


def test_more_than_the_client_takes_comes_back_as_truncated():
    async def story():
        long = gives(f'@ 30 TXT "{"x" * 250}" "{"y" * 250}" "{"z" * 250}"')
        async with Upstream(long) as upstream, forwards(to=upstream.text) as chain:
            assert await asked(chain, "www.example. TXT") == ["NOERROR tc ra"]
            assert len(await asked(chain, "www.example. TXT", opt=Opt(1232))) == 2
            assert len(await asked(chain, "www.example. TXT", transport="tcp")) == 2

    told(story())


def test_a_port_where_nobody_listens_is_told_at_once():
    async def story():
        port = unused_port()
        async with forwards("max_fails 0", to=f"127.0.0.1:{port}") as chain:
            (udp,) = await asked(chain)
            assert udp.startswith("SERVFAIL unanswered: read udp 127.0.0.1:")
            assert udp.endswith(f"->127.0.0.1:{port}: read: connection refused")
            assert await asked(chain, transport="tcp") == [
                f"SERVFAIL unanswered: dial tcp 127.0.0.1:{port}: connect: connection refused"
            ]

    told(story())


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_an_upstream_that_stalls_is_given_up_for_the_next(transport):
    async def story():
        async with (
            Upstream(dead) as first,
            Upstream() as second,
            forwards(QUICK, "policy sequential", to=f"{first.text} {second.text}") as chain,
        ):
            assert await asked(chain, transport=transport) == OK
            assert (len(first.asked), len(second.asked)) == (1, 1)

    told(story())


def test_two_attempts_for_each_upstream_are_enough():
    async def story():
        async with Upstream(dead) as first, Upstream(dead) as second:
            async with forwards(QUICK, "max_fails 0", to=f"{first.text} {second.text}") as chain:
                (reply,) = await asked(chain)
                assert reply.endswith("i/o timeout")
                assert (len(first.asked), len(second.asked)) == (2, 2)
            async with forwards(QUICK, "max_fails 0", "max_connect_attempts 1", to=first.text) as chain:
                await asked(chain)
                assert len(first.asked) == 3

    told(story())


def test_a_client_that_gives_up_leaves_nothing_behind():
    async def story():
        async with Upstream(dead) as upstream, forwards(to=upstream.text) as chain:
            for transport in ("udp", "tcp"):
                task = asyncio.create_task(asked(chain, transport=transport))
                await until(lambda: upstream.asked)
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
                upstream.asked.clear()
            upstream.answer = good
            assert await asked(chain) == OK

    told(story())


def test_an_idle_connection_that_the_upstream_has_closed_costs_nothing():
    async def story():
        async with Upstream() as upstream, forwards("max_connect_attempts 1", to=upstream.text) as chain:
            upstream.hang_up = True
            for _ in range(5):
                assert await asked(chain, transport="tcp") == OK
            assert upstream.connections == 5

    told(story())


def test_a_stream_that_ends_without_reply_is_a_failure():
    async def story():
        async with Upstream(dead) as upstream, forwards("max_fails 0", to=upstream.text) as chain:
            upstream.hang_up = True
            assert await asked(chain, transport="tcp") == ["SERVFAIL unanswered: EOF"]

    told(story())


def test_an_upstream_that_failed_is_probed_until_it_is_well():
    async def story():
        async with Upstream(dead) as first, Upstream() as second:
            first.hang_up = True
            options = ("force_tcp", "policy sequential", "health_check 10ms", "max_fails 1")
            async with forwards(*options, to=f"{first.text} {second.text}") as chain:
                upstream = chain.setting.plugins["forward"].upstreams[0]
                assert await asked(chain) == OK
                await until(lambda: upstream.down(1))
                assert values(chain, "coredns_proxy_healthcheck_failures_total") == {first.text: 2}
                first.asked.clear()
                assert await asked(chain) == OK
                assert not first.asked  # it is left out
                first.answer, first.hang_up = gives("@ 30 A 192.0.2.77"), False
                await until(lambda: not upstream.fails)
                assert await asked(chain) == ["NOERROR ra", "www.example. 30 A 192.0.2.77"]
                probes = first.probed
                await asyncio.sleep(0.05)
                assert first.probed == probes

    told(story())


def test_probes_are_asked_as_the_options_want():
    async def story():
        async with Upstream(dead) as upstream:
            options = (QUICK, "health_check 10ms no_rec domain health.example", "force_tcp")
            async with forwards(*options, to=upstream.text) as chain:
                await asked(chain)
                await until(lambda: any(b"health" in query.wire for query in upstream.asked))
                probe = next(query for query in upstream.asked if b"health" in query.wire)
                assert (probe.transport, probe.query.flags) == ("tcp", 0)
                assert probe.query.question[0].to_text() == "health.example. IN NS"

    told(story())


def down(chain):
    for upstream in chain.setting.plugins["forward"].upstreams:
        upstream.fails = 100


def test_if_all_are_down_one_is_asked_all_the_same():
    async def story():
        async with Upstream() as first, Upstream() as second, forwards(to=f"{first.text} {second.text}") as chain:
            down(chain)
            assert await asked(chain) == OK
            assert values(chain, "coredns_forward_healthcheck_broken_total") == {"": 1}

    told(story())


def test_if_all_are_down_nobody_is_asked_if_that_is_wanted():
    async def story():
        async with Upstream() as upstream, forwards("failfast_all_unhealthy_upstreams", to=upstream.text) as chain:
            down(chain)
            assert await asked(chain) == ["SERVFAIL unanswered: no healthy proxies"]
            assert not upstream.asked

    told(story())


def test_a_stream_may_come_octet_by_octet_and_with_replies_to_others():
    async def story():
        async def talk(reader, writer):
            (length,) = struct.unpack("!H", await reader.readexactly(2))
            reply = good(dns.message.from_wire(await reader.readexactly(length))).to_wire()
            other = bytes([reply[0] ^ 1]) + reply[1:]
            for message in (other, reply):
                for octet in struct.pack("!H", len(message)) + message:
                    writer.write(bytes([octet]))
                    await asyncio.sleep(0)
            writer.close()

        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, forwards(to=f"127.0.0.1:{port}") as chain:
            assert await asked(chain, transport="tcp") == OK

    told(story())
