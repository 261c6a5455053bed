import asyncio

import dns.message
import dns.opcode
import pytest
from chain import Chain, lines_of, make_query

from clusterdns.corefile import CorefileError
from clusterdns.dns import codes
from clusterdns.dns.reply import Unanswered
from clusterdns.dns.text import record_text

ZONE = "$TTL 5\n@ SOA ns h {serial} 1 1 1 1\n@ NS ns\nwww A 192.0.2.1\na A 192.0.2.2\n"


@pytest.fixture
def chain_of(tmp_path):
    """A chain of file and transfer whose zone has serial 7; options of transfer are given."""
    (tmp_path / "db").write_text(ZONE.format(serial=7))

    def make(options="to *", zones=""):
        text = f"example.org {{\n transfer {zones} {{\n{options}\n }}\n file db {{\n  reload 5s\n }}\n}}"
        return Chain(text, root=tmp_path)

    return make


def transferred(chain, question="example.org. AXFR", serial=None, **how):
    """The reply to a question over TCP, and the records of its messages as text, message by message."""
    query = make_query(question, **{"transport": "tcp", **how})
    query.serial = serial
    reply = chain.reply(query)
    return reply, [[record_text(record) for record in message] for message in reply.transfer or ()]


SOA = "example.org. 5 IN SOA ns.example.org. h.example.org. 7 1 1 1 1"


def test_the_whole_zone_goes_out_soa_first_and_last(chain_of):
    chain = chain_of()
    reply, messages = transferred(chain)
    assert reply.flags & codes.AA
    assert messages == [
        [
            SOA,
            "example.org. 5 IN NS ns.example.org.",
            "a.example.org. 5 IN A 192.0.2.2",
            "www.example.org. 5 IN A 192.0.2.1",
            SOA,
        ]
    ]
    assert (
        'Outgoing transfer of 5 records of zone "example.org." to 10.240.0.1 for 7 SOA serial' in chain.log.getvalue()
    )


def test_the_octets_of_all_messages_are_logged_and_counted_when_the_last_is_out(tmp_path):
    (tmp_path / "db").write_text(
        ZONE.format(serial=7) + "".join(f'h{number} TXT "{"x" * 200}"\n' for number in range(500))
    )
    chain = Chain(". {\n prometheus\n log\n transfer example.org {\n  to *\n }\n file db example.org\n}", root=tmp_path)
    query = make_query("example.org. AXFR", transport="tcp")
    messages = chain.reply(query).transfer
    first = next(iter(messages))
    assert "AXFR IN" not in chain.log.getvalue()
    octets = sum(12 + 17 + sum(len(r.owner) + len(r.tail) for r in message) for message in [first, *messages])
    assert f'"AXFR IN example.org. tcp 29 false 65535" NOERROR qr,aa,rd {octets} ' in chain.log.getvalue()
    sizes = next(f for f in chain.world.metrics.collect() if f.name == "coredns_dns_response_size_bytes")
    assert [sample.value for sample in sizes.samples if sample.suffix == "_sum"] == [octets]


def test_a_large_zone_goes_out_in_several_messages(chain_of, tmp_path):
    text = ZONE.format(serial=7) + "".join(f'h{number} TXT "{"x" * 200}"\n' for number in range(1000))
    (tmp_path / "db").write_text(text)
    _, messages = transferred(chain_of())
    assert len(messages) == 4
    records = [record for message in messages for record in message]
    assert len(records) == len(set(records)) + 1 == 1005


def test_an_ixfr_of_an_older_serial_is_the_whole_zone(chain_of):
    _, messages = transferred(chain_of(), "example.org. IXFR", serial=6)
    assert [len(message) for message in messages] == [5]


def test_an_ixfr_of_the_current_serial_is_the_soa_alone(chain_of):
    chain = chain_of()
    reply, messages = transferred(chain, "example.org. IXFR", serial=7)
    assert messages == []
    assert lines_of(reply) == ["NOERROR", SOA.replace(" IN ", " ")]
    assert "Outgoing noop, incremental transfer for up to date zone" in chain.log.getvalue()


def test_an_ixfr_has_to_say_its_serial(chain_of):
    with pytest.raises(Unanswered) as unanswered:
        transferred(chain_of(), "example.org. IXFR")
    assert unanswered.value.rcode == 2


def test_a_transfer_over_udp_is_refused(chain_of):
    assert chain_of().ask("example.org. AXFR") == ["REFUSED unanswered"]


def test_only_those_named_may_transfer(chain_of):
    chain = chain_of("to 192.0.2.1 [2001:db8::1]:5353")
    assert lines_of(transferred(chain, client="192.0.2.2")[0]) == ["REFUSED"]
    assert transferred(chain, client="192.0.2.1")[1]
    assert transferred(chain, client="2001:db8:0::1")[1]


def test_what_is_no_zone_is_not_transferred(chain_of):
    chain = chain_of()
    assert chain.ask("www.example.org. AXFR", transport="tcp") == ["REFUSED unanswered"]
    assert chain.ask("www.example.org. A", transport="tcp")[1] == "www.example.org. 5 A 192.0.2.1"
    chain = chain_of(zones="sub.example.org")
    assert chain.ask("example.org. AXFR", transport="tcp") == ["REFUSED unanswered"]


def test_the_longest_zone_of_several_rules_counts(tmp_path):
    (tmp_path / "db").write_text(ZONE.format(serial=7))
    rules = "transfer example.org {\n  to 192.0.2.1\n }\n transfer sub.example.org {\n  to *\n }"
    chain = Chain(f". {{\n {rules}\n file db example.org sub.example.org\n}}", root=tmp_path)
    assert lines_of(transferred(chain, "example.org. AXFR")[0]) == ["REFUSED"]
    assert transferred(chain, "sub.example.org. AXFR")[1]


def test_a_zone_whose_file_is_missing_is_servfail(chain_of, tmp_path):
    (tmp_path / "db").unlink()
    assert chain_of().ask("example.org. AXFR", transport="tcp") == ["SERVFAIL unanswered no SOA"]


# NOTIFY.


class Secondary(asyncio.DatagramProtocol):
    """Takes NOTIFY, says `rcode`, remembers."""

    def __init__(self, rcode=0):
        self.rcode = rcode
        self.heard = asyncio.Queue()

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        message = dns.message.from_wire(data)
        reply = dns.message.make_response(message)
        reply.set_rcode(self.rcode)
        self.transport.sendto(reply.to_wire(), address)
        self.heard.put_nowait((message, address[0]))


async def listen(secondary):
    """The port where the secondary listens from now on."""
    where = await asyncio.get_running_loop().create_datagram_endpoint(lambda: secondary, local_addr=("127.0.0.1", 0))
    return where[0].get_extra_info("sockname")[1]


def test_secondaries_are_told_at_the_start_and_of_every_change(chain_of, tmp_path):
    async def story():
        secondary = Secondary()
        port = await listen(secondary)
        chain = chain_of(f"to * 127.0.0.1:{port}\nsource 127.0.0.9")
        async with chain, asyncio.timeout(10):
            told, source = await secondary.heard.get()
            assert told.opcode() == dns.opcode.NOTIFY
            assert told.question[0].to_text() == "example.org. IN SOA"
            assert source == "127.0.0.9"
            (tmp_path / "db").write_text(ZONE.format(serial=8))
            chain.repeat()
            await secondary.heard.get()
            chain.repeat()
        assert secondary.heard.empty(), "nothing has changed"
        secondary.transport.close()

    asyncio.run(story())


def test_a_secondary_that_refuses_is_told_three_times_and_then_the_log(chain_of):
    async def story():
        secondary = Secondary(rcode=5)
        port = await listen(secondary)
        chain = chain_of(f"to 127.0.0.1:{port}")
        async with chain, asyncio.timeout(10):
            for _ in range(3):
                await secondary.heard.get()
            while "was not accepted" not in chain.log.getvalue():
                await asyncio.sleep(0)
        assert f"Notify for zone example.org. was not accepted by 127.0.0.1:{port}: rcode was REFUSED" in (
            chain.log.getvalue()
        )
        assert secondary.heard.empty()
        secondary.transport.close()

    asyncio.run(story())


def test_the_end_does_not_wait_for_secondaries(chain_of):
    async def story():
        secondary = Secondary()
        port = await listen(secondary)
        secondary.datagram_received = lambda *_: None
        async with asyncio.timeout(1), chain_of(f"to 127.0.0.1:{port}"):
            pass
        secondary.transport.close()

    asyncio.run(story())


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ("", "Corefile:4: transfer: 'to' is missing"),
        ("to", "Corefile:3: transfer: .*to ADDRESS"),
        ("to example.org", "Corefile:3: transfer: 'example.org' is not an IP address"),
        ("to 10.0.0.0/8", "Corefile:3: transfer: '10.0.0.0/8' is not an IP address"),
        ("to *\nsource example.org", "Corefile:4: transfer: source 'example.org' is not an IP address"),
        ("to *\nsource ::1\nsource ::1", "Corefile:5: transfer: source is already given"),
        ("from 192.0.2.1", "Corefile:3: transfer: unknown property 'from'"),
    ],
)
def test_what_can_not_be_is_told_with_its_place(chain_of, options, problem):
    with pytest.raises(CorefileError, match=f"^{problem}"):
        chain_of(options)
