"""What a Corefile may say of forwarding, and how upstreams are found."""

import random
import re
from pathlib import Path

import pytest
from chain import Chain
from upstreams import OK, Upstream, asked, forwards, gives, told

from clusterdns.corefile import CorefileError
from clusterdns.dns.names import parse_name
from clusterdns.plugins.base import StartError
from clusterdns.plugins.forward.options import Options
from clusterdns.plugins.forward.policy import POLICIES
from clusterdns.plugins.forward.pool import Keep, Pool
from clusterdns.plugins.forward.targets import parse_targets


def options_of(text: str) -> Options:
    return Chain(f". {{\n{text}\n}}").setting.plugins["forward"].options


def test_every_option_is_read():
    options = options_of(
        """forward example.org 127.0.0.1 {
            except a.example.org b.example.org
            prefer_udp
            expire 20s
            max_age 1m
            max_idle_conns 7
            read_timeout 300ms
            max_fails 3
            max_connect_attempts 4
            doh_method GET
            tls_servername dns.example
            policy round_robin
            health_check 1s no_rec domain health.example
            max_concurrent 99
            next NXDOMAIN servfail
            next_on_nodata
            failfast_all_unhealthy_upstreams
            failover REFUSED NOTIMPL
            resolver 127.0.0.1 [::1]:5353
            source_address ::ffff:127.0.0.1
        }"""
    )
    targets = options.targets
    options.targets = []
    assert list(map(str, targets)) == ["127.0.0.1:53"]
    assert options == Options(
        zone=parse_name("example.org"),
        excepted=(parse_name("a.example.org"), parse_name("b.example.org")),
        prefer_udp=True,
        expire=20.0,
        max_age=60.0,
        max_idle=7,
        read_timeout=0.3,
        max_fails=3,
        max_attempts=4,
        doh_method="GET",
        tls_server_name="dns.example",
        policy="round_robin",
        probe_interval=1.0,
        probe_recursion=False,
        probe_name=parse_name("health.example"),
        max_concurrent=99,
        next_rcodes=frozenset({2, 3}),
        next_on_nodata=True,
        failfast=True,
        failover_rcodes=frozenset({4, 5}),
        resolvers=(("127.0.0.1", 53), ("::1", 5353)),
        source="127.0.0.1",
    )


def test_a_network_that_is_several_zones_is_warned_of():
    chain = Chain(". {\nforward 10.0.0.0/15 127.0.0.1\n}")
    assert chain.setting.plugins["forward"].options.zone == parse_name("0.10.in-addr.arpa")
    assert "plugin/forward: Unsupported CIDR notation: '10.0.0.0/15' expands to" in chain.log.getvalue()


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("forward", "Corefile:2: forward: FROM is missing"),
        ("forward .", "1 argument expected after '.', no arguments found"),
        ("forward a..b 127.0.0.1", "'a..b' is not a zone"),
        ("forward . 127.0.0.300", "'127.0.0.300' is not an IP address, a file or a host name"),
        ("forward . 127.0.0.1:domain", "'domain' is not a port"),
        ("forward . quic://127.0.0.1", "'quic' is not supported as a destination protocol"),
        ("forward . https://1.1.1.1/dns-query", "has a path, which is always /dns-query"),
        ("forward . " + "127.0.0.1 " * 16, "16 upstreams are named (15 is the most)"),
        ("forward . 127.0.0.1 {\nprefer_tcp\n}", "Corefile:3: forward: unknown property 'prefer_tcp'"),
        ("forward . 127.0.0.1 {\nmax_fails many\n}", "max_fails 'many' is not a number (max_fails N)"),
        ("forward . 127.0.0.1 {\nmax_fails 1 2\n}", "unknown property '2'"),
        ("forward . 127.0.0.1 {\nforce_tcp yes\n}", "unexpected 'yes'"),
        ("forward . 127.0.0.1 {\nread_timeout 0\n}", "read_timeout 0 leaves no time for a reply"),
        ("forward . 127.0.0.1 {\nmax_age 5s\n}", "max_age (5s) is less than expire (10s)"),
        ("forward . 127.0.0.1 {\npolicy fair\n}", "unknown policy 'fair'"),
        ("forward . 127.0.0.1 {\nhealth_check 1s rec\n}", "unknown option 'rec'"),
        ("forward . 127.0.0.1 {\nfailover NOERROR\n}", "NOERROR is no reason to try the next upstream"),
        ("forward . 127.0.0.1 {\nnext OOPS\n}", "unknown response code 'OOPS'"),
        ("forward . 127.0.0.1 {\nresolver localhost\n}", "resolver 'localhost' is not an IP address or IP:PORT"),
        ("forward . 127.0.0.1 {\nsource_address here\n}", "source_address 'here' is not an IP address"),
        ("forward . tls://127.0.0.1%a.example {\ntls_servername b.example\n}", "while tls_servername is set"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(line, problem):
    with pytest.raises(CorefileError) as error:
        options_of(line)
    assert problem in str(error.value)
    assert str(error.value).startswith("Corefile:")


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("127.0.0.1", ["dns 127.0.0.1:53"]),
        ("dns://127.0.0.1:5300", ["dns 127.0.0.1:5300"]),
        ("::1", ["dns [::1]:53"]),
        ("[2001:db8::1]:5300", ["dns [2001:db8::1]:5300"]),
        ("tls://9.9.9.9", ["tls 9.9.9.9:853"]),
        ("tls://9.9.9.9%dns.quad9.net:854", ["tls 9.9.9.9:854 dns.quad9.net"]),
        ("tls://[2620:fe::fe%dns.quad9.net]:853", ["tls [2620:fe::fe]:853 dns.quad9.net"]),
        ("https://1.1.1.1", ["https 1.1.1.1:443"]),
        ("dns.example", ["dns dns.example:53 to resolve"]),
        ("tls://dns.example%name.example", ["tls dns.example:853 name.example to resolve"]),
        ("/etc/resolv.conf", ["dns 192.0.2.53:53", "dns [fe80::1]:53"]),
        ("/etc/empty.conf", []),
    ],
)
def test_targets_are_addresses_files_and_host_names(word, found):
    files = {
        "/etc/resolv.conf": "search example.\nnameserver 192.0.2.53\nnameserver fe80::1%eth0\n",
        "/etc/empty.conf": "\n",
    }

    def read(path):
        if path not in files:
            raise FileNotFoundError(path)
        return files[path]

    targets = parse_targets(word, read)
    assert [
        " ".join([target.transport, str(target), target.server_name, "to resolve" * target.unresolved]).split()
        for target in targets
    ] == [text.split() for text in found]


def test_a_file_without_name_servers_is_no_upstream(tmp_path: Path):
    (tmp_path / "resolv.conf").write_text("\n")
    with pytest.raises(CorefileError, match="no upstream is named"):
        options_of(f"forward . {tmp_path}/resolv.conf")


def test_a_file_that_is_missing_ends_the_start():
    chain = forwards(to="/nowhere/resolv.conf")
    sentence = "forward: file '/nowhere/resolv.conf' can't be read"

    async def story():
        with pytest.raises(StartError, match=re.escape(sentence)):
            async with chain:
                pass

    told(story())
    assert [list(check()) for check in chain.setting.checks] == [[sentence]]


def test_host_names_are_resolved_at_the_start_by_the_first_resolver_that_knows():
    async def story():
        async with (
            Upstream() as upstream,
            Upstream(gives(rcode="NXDOMAIN")) as ignorant,
            Upstream(gives("@ 30 A 127.0.0.1")) as resolver,
        ):
            resolvers = f"resolver {ignorant.text} {resolver.text}"
            to = f"dns.example:{upstream.port} 127.0.0.1:{upstream.port}"
            async with forwards(resolvers, to=to) as chain:
                assert await asked(chain) == OK
                (only,) = chain.setting.plugins["forward"].upstreams  # named twice, asked once
                assert only.text == upstream.text
            asked_for = [query.query.question[0].to_text() for query in resolver.asked]
            assert asked_for == ["dns.example. IN A", "dns.example. IN AAAA"]

    told(story())


def test_a_host_name_that_nobody_knows_ends_the_start():
    async def story():
        async with Upstream(gives(rcode="NXDOMAIN")) as resolver:
            with pytest.raises(StartError, match=r"forward: no addresses found for 'dns\.example'"):
                async with forwards(f"resolver {resolver.text}", to="dns.example"):
                    pass

    told(story())


def test_the_system_resolves_host_names_if_no_resolver_is_given():
    async def story():
        async with Upstream() as upstream, forwards(to=f"localhost:{upstream.port}") as chain:
            texts = [each.text for each in chain.setting.plugins["forward"].upstreams]
            assert upstream.text in texts

    told(story())


def test_a_source_address_is_bound():
    async def story():
        async with Upstream() as upstream, forwards("source_address 127.0.0.9", to=upstream.text) as chain:
            sources = []
            reply = upstream.datagram_received
            upstream.datagram_received = lambda data, address: (sources.append(address[0]), reply(data, address))
            assert await asked(chain) == OK
            assert await asked(chain, transport="tcp") == OK
            assert sources == ["127.0.0.9"]

    told(story())


def test_a_policy_is_fair():
    order = POLICIES["random"](random.Random(1))
    firsts = [order("abc")[0] for _ in range(300)]
    assert all(80 < firsts.count(each) < 120 for each in "abc")
    assert sorted(order("abc")) == list("abc")


class Idle:
    """A connection as far as a pool looks at it."""

    def __init__(self):
        self.created = self.used = 0.0
        self.closed = False

    def close(self):
        self.closed = True


def test_a_pool_gives_the_connection_that_rested_longest():
    pool = Pool(Keep(lambda: 0.0, expire=10.0, max_age=0.0, max_idle=0))
    first, second = Idle(), Idle()
    pool.give(first)
    pool.give(second)
    assert pool.take() is first


def test_a_pool_closes_what_rested_too_long_or_is_too_old_or_one_too_many():
    now = [0.0]
    pool = Pool(Keep(lambda: now[0], expire=10.0, max_age=25.0, max_idle=2))
    idle = [Idle() for _ in range(3)]
    for each in idle:
        pool.add(each)
        pool.give(each)
    assert [each.closed for each in idle] == [False, False, True]
    for now[0] in (9.0, 18.0):
        pool.give(pool.take())
    assert [each.closed for each in idle] == [False, True, True]  # the second had nothing to do for 18 seconds
    now[0] = 26.0
    assert pool.take() is None  # the first was used 8 seconds ago, but is 26 seconds old
    assert idle[0].closed


def test_a_pool_that_was_stopped_keeps_nothing():
    pool = Pool(Keep(lambda: 0.0, expire=10.0, max_age=0.0, max_idle=0))
    idle, busy = Idle(), Idle()
    pool.give(idle)
    pool.stop()
    pool.give(busy)
    assert idle.closed
    assert busy.closed
