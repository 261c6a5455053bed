"""Replies that are put together for questions that nobody has asked before: another case, a cookie, another name.

The server is asked in process, past its packet cache for what is right, and through it for what it makes of that.
"""

import dns.edns
import pytest
from in_process import ZONE, Answering, ask, same

from clusterdns.server import packetcache

FIRST_AND_LATER = [
    pytest.param(ask("web" + ZONE), ask("WeB.DEfault.svc.cluSTER.local"), id="case"),
    pytest.param(ask("WEB.default.svc.Cluster.local"), ask("web" + ZONE), id="lower case after mixed"),
    pytest.param(ask("web" + ZONE, "SRV"), ask("wEb.default.svc.CLUSTER.local", "SRV"), id="case of targets"),
    pytest.param(ask("db.data.svc.cluster.local", "MX"), ask("DB.data.svc.cluster.LOCAL", "MX"), id="case of a denial"),
    pytest.param(ask("web" + ZONE, cookie=b"a" * 8), ask("web" + ZONE, cookie=b"b" * 8), id="cookie"),
    pytest.param(ask("web" + ZONE, cookie=b"a" * 8), ask("wEB" + ZONE, cookie=b"b" * 8), id="cookie and case"),
    pytest.param(ask("no.such" + ZONE), ask("other.name.that.is.not.there" + ZONE), id="denials"),
    pytest.param(ask("No.Such.DEFAULT.svc.Cluster.local"), ask("other.name" + ZONE), id="denials after mixed case"),
    pytest.param(ask("no" + ZONE, cookie=b"c" * 8), ask("Nope.CLUSTER.local", cookie=b"d" * 8), id="denial and cookie"),
    pytest.param(ask("no" + ZONE, use_edns=0), ask("nothing.at.all" + ZONE, use_edns=0), id="denials with EDNS"),
    pytest.param(ask("10-0-0-1.default.pod.cluster.local"), ask("10-99-0-254.default.pod.cluster.LOCAL"), id="Pods"),
]


@pytest.mark.parametrize(("first", "later"), FIRST_AND_LATER)
def test_a_relative_of_a_question_gets_the_reply_that_the_chain_would_give(first, later):
    server = Answering()
    assert server.by_cache(later) is None
    server.by_chain(first)
    made = server.by_cache(later)
    assert made is not None
    assert same(made, server.by_chain(later))


@pytest.mark.parametrize(("first", "later"), FIRST_AND_LATER)
def test_metrics_count_it_as_the_chain_would(first, later):
    plain, caching = Answering(), Answering()
    for server in (plain, caching):
        server.by_chain(first)
    for _ in range(3):
        plain.by_chain(later)
        assert caching.by_cache(later)
    assert caching.counted() == plain.counted()


OTHERS = [
    pytest.param(ask("no.such" + ZONE), ask("web" + ZONE), id="a name that exists is not denied"),
    pytest.param(ask("no.such" + ZONE), ask("default.svc.cluster.local"), id="nor one that others are below"),
    pytest.param(ask("no.such" + ZONE), ask("10-0-0-1.default.pod.cluster.local"), id="nor a Pod"),
    pytest.param(ask("no.such" + ZONE), ask("no.such", "A"), id="nor one of another zone"),
    pytest.param(ask("no.such" + ZONE), ask("nope" + ZONE, "AAAA"), id="nor of another type"),
    pytest.param(ask("no.such" + ZONE), ask("nope" + ZONE, use_edns=0), id="nor one asked with EDNS"),
    pytest.param(
        ask("web" + ZONE, cookie=b"a" * 8), ask("web" + ZONE, cookie=b"a" * 16), id="a cookie of another length"
    ),
    pytest.param(
        ask("10-0-0-1.default.pod.cluster.local"), ask("10-0-0-256.default.pod.cluster.local"), id="no address"
    ),
    pytest.param(
        ask("10-0-0-1.default.pod.cluster.local"), ask("10-0-0-01.default.pod.cluster.local"), id="leading zero"
    ),
    pytest.param(
        ask("10-0-0-1.default.pod.cluster.local"), ask("10-0-0-1.nowhere.pod.cluster.local"), id="no namespace"
    ),
    pytest.param(
        ask("cluster.local", "NS"), ask("Cluster.local", "NS"), id="the top's name servers have no other case"
    ),
    pytest.param(
        ask("docs" + ZONE, "CNAME"), ask("DOCS.default.svc.CLUSTER.local", "CNAME"), id="a target that is given"
    ),
]


@pytest.mark.parametrize(("first", "later"), OTHERS)
def test_what_is_no_relative_is_asked_of_the_chain(first, later):
    server = Answering()
    server.by_chain(first)
    assert server.by_cache(later) is None


@pytest.mark.parametrize("name", ["web", "no"])
def test_a_question_that_was_rewritten_and_not_put_back_has_no_relatives(name):
    server = Answering(". {\n rewrite continue type AAAA A\n kubernetes cluster.local\n}")
    server.by_chain(ask(name + ZONE, "AAAA"))
    assert server.by_cache(ask(name.upper() + ZONE, "AAAA")) is None


def test_a_label_with_a_zero_octet_is_no_end_of_a_name():
    server = Answering()
    server.by_chain(ask("no.such" + ZONE))
    header = ask("x").to_wire()[:12]
    inner = b"\x03foo\x07default\x03svc\x07cluster\x05local\0"
    assert server.by_cache_raw(header + bytes([len(inner)]) + inner + b"\0\0\x01\0\x01") is None


@pytest.mark.parametrize(
    "above",
    ["hosts {\n 10.0.0.1 some.cluster.local\n fallthrough\n }", "log", "cache 30", "template IN A x.cluster.local"],
)
def test_a_plugin_above_that_has_to_be_asked_is_asked(above):
    server = Answering(f". {{\n {above}\n kubernetes cluster.local\n}}")
    server.by_chain(ask("no.such" + ZONE))
    assert server.by_cache(ask("nope" + ZONE)) is None


@pytest.mark.parametrize(
    "above",
    [
        "local", "header {\n response set ra\n }", "dns64 {\n allow_ipv4\n }", "acl {\n block net 10.0.0.0/8\n }",
        "acl lab.cluster.local {\n filter\n }",
    ],
)  # fmt: skip
def test_a_plugin_above_that_changes_some_replies_is_asked(above):
    server = Answering(f". {{\n {above}\n kubernetes cluster.local\n}}")
    for first, later in (("no.such" + ZONE, "localhost" + ZONE), ("web" + ZONE, "kubernetes" + ZONE)):
        server.by_chain(ask(first, "AAAA"))
        assert server.by_cache(ask(later, "AAAA")) is None


@pytest.mark.parametrize(
    "above",
    [
        "bufsize 600", "nsid here", "cancel", "shed", "local {\n localhost_prefix off\n }", "acl other {\n drop\n }",
        "fault other {\n drop\n }", "fault x.* *.x {\n empty\n }", "loadbalance",
    ],
)  # fmt: skip
@pytest.mark.parametrize("options", [(), (3,)], ids=["plain", "NSID"])
def test_a_plugin_above_that_changes_none_need_not_be_asked(above, options):
    server = Answering(f". {{\n {above}\n kubernetes cluster.local\n}}")
    how = {"use_edns": 0, "payload": 4096, "options": [dns.edns.GenericOption(code, b"") for code in options]}
    server.by_chain(ask("no.such" + ZONE, **how))
    later = ask("nope" + ZONE, **how)
    made = server.by_cache(later)
    assert (made is None) == (above == "nsid here" and bool(options))
    assert made is None or same(made, server.by_chain(later))


def test_another_server_block_below_the_zone_is_asked():
    server = Answering(". {\n kubernetes cluster.local\n}\nlab.cluster.local {\n whoami\n}")
    server.by_chain(ask("no.such" + ZONE))
    assert server.by_cache(ask("some.lab.cluster.local")) is None


def test_what_falls_through_to_another_plugin_is_asked():
    server = Answering(". {\n kubernetes cluster.local {\n fallthrough lab.cluster.local\n }\n whoami\n}")
    server.by_chain(ask("no.such" + ZONE))
    assert server.by_cache(ask("some.lab.cluster.local")) is None


def test_a_change_of_the_cluster_ends_all_of_it():
    server = Answering()
    for first in (ask("web" + ZONE), ask("no" + ZONE)):
        server.by_chain(first)
    server.world.revise()
    assert server.by_cache(ask("WEB" + ZONE)) is None
    assert server.by_cache(ask("nope" + ZONE)) is None


def test_strangers_cannot_fill_the_memory_by_asking_the_same_in_many_ways(monkeypatch):
    monkeypatch.setattr(packetcache, "MOST_OCTETS", 100_000)
    answering = Answering()
    for size in range(512, 712):
        answering.by_chain(ask("web" + ZONE, use_edns=0, payload=size))
        answering.by_chain(ask("10-0-0-1.default.pod.cluster.local", use_edns=0, payload=size))
    held = sum(answering.by_cache(ask("WEB" + ZONE, use_edns=0, payload=size)) is not None for size in range(512, 712))
    assert 0 < held < 100
