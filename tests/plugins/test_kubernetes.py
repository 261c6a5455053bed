import asyncio

import pytest
from chain import Chain, make_query
from small_cluster import SmallCluster

from clusterdns.corefile import CorefileError
from clusterdns.dns.reply import FOREVER, NEVER, Reply

WEB = """
    {kind: Namespace, metadata: {name: default}}
    ---
    {kind: Service, metadata: {name: web}, spec: {clusterIP: 10.96.0.1, ports: [{name: http, port: 80}]}}
    ---
    {kind: Service, metadata: {name: out}, spec: {type: ExternalName, externalName: www.example.org}}
"""


def chain_of(*options, block=".", zones="cluster.local", more="", text=WEB, **how):
    """A chain with the kubernetes plugin, and the cluster it answers for."""
    lines = "".join(f"  {option}\n" for option in options)
    cluster = SmallCluster(text)
    return Chain(f"{block} {{\n kubernetes {zones} {{\n{lines} }}\n{more}}}", tables=cluster.tables, **how), cluster


def test_an_answer_follows_the_cluster_while_the_server_runs():
    chain, cluster = chain_of()
    question = "web.default.svc.cluster.local. A"
    assert chain.ask(question)[1].endswith("A 10.96.0.1")
    cluster.apply("{kind: Service, metadata: {name: web}, spec: {clusterIP: 10.96.0.2}}")
    assert chain.ask(question)[1].endswith("A 10.96.0.2")
    cluster.delete("Service", "web")
    assert chain.ask(question)[0] == "NXDOMAIN aa"
    cluster.delete("Namespace", "default")
    assert chain.ask("default.svc.cluster.local. A")[0] == "NXDOMAIN aa"


@pytest.mark.parametrize("question", ["web.default.svc.cluster.local. A", "nope.default.svc.cluster.local. A"])
def test_a_reply_that_only_the_table_decided_may_be_kept(question):
    chain, _ = chain_of()
    assert chain.reply(make_query(question)).good_until == FOREVER


@pytest.mark.parametrize("question", ["Cluster.local. NS", "out.default.svc.cluster.local. A"])
def test_a_reply_that_the_case_or_another_server_decided_is_not_kept(question):
    chain, _ = chain_of(more=" whoami\n")
    assert chain.reply(make_query(question)).good_until == NEVER


def test_a_reply_can_be_changed_without_changing_the_table():
    chain, _ = chain_of()
    query = make_query("web.default.svc.cluster.local. SRV")
    first = chain.reply(query)
    first.answer.clear()
    first.additional.clear()
    assert len(chain.reply(query).answer) == 1
    assert len(chain.reply(query).additional) == 1


class Upstream:
    """What the server says when it is asked for a target."""

    address = "dns://:53"

    def __init__(self, reply):
        self.reply = reply
        self.asked = []

    async def ask(self, query, spelled, qtype):
        self.asked.append((spelled, qtype))
        return self.reply


async def _ask_with(chain, upstream, question):
    query = make_query(question)
    query.server = upstream
    query.received = chain.clock()
    return await chain.first(query)


def test_an_alias_that_nobody_says_anything_about_is_nodata():
    chain, _ = chain_of()
    upstream = Upstream(None)
    reply = asyncio.run(_ask_with(chain, upstream, "out.default.svc.cluster.local. AAAA"))
    assert upstream.asked == [(b"\x03www\x07example\x03org\0", 28)]
    assert reply.answer == []
    assert len(reply.authority) == 1


def test_a_truncated_target_truncates_the_answer():
    chain, _ = chain_of()
    reply = asyncio.run(_ask_with(chain, Upstream(Reply(0, 0x0200)), "out.default.svc.cluster.local. A"))
    assert [record.rtype for record in reply.answer] == [5]
    assert reply.flags & 0x0200


def test_with_bind_no_address_of_the_server_is_known():
    chain, _ = chain_of(more=" bind 127.0.0.1\n", addresses=["192.0.2.53"])
    assert chain.ask("cluster.local. NS")[:1] == ["NOERROR aa"]
    assert chain.ask("cluster.local. NS")[1].startswith("authority cluster.local. 5 SOA")


def test_loopback_addresses_name_no_server_and_interfaces_are_no_part_of_an_address():
    chain, _ = chain_of(addresses=["127.0.0.1", "::1", "fe80::1%eth0"])
    assert chain.ask("ns.dns.cluster.local. AAAA")[1:] == ["ns.dns.cluster.local. 5 AAAA fe80::1"]


def test_zones_are_those_of_the_server_block_unless_named():
    chain, _ = chain_of(block="cluster.local 10.in-addr.arpa", zones="")
    assert chain.ask("1.0.96.10.in-addr.arpa. PTR")[1].endswith("PTR web.default.svc.cluster.local.")


def test_options_for_an_api_server_are_named_in_the_log_and_left_alone():
    chain, _ = chain_of(
        "endpoint https://10.0.0.1:6443 https://10.0.0.2:6443",
        "tls cert key ca",
        "kubeconfig no-such-file context",
        "apiserver_qps 1.5",
        "apiserver_burst 10",
        "apiserver_max_inflight 3",
        "startup_timeout 1m30s",
    )
    assert chain.ask("web.default.svc.cluster.local. A")[0] == "NOERROR aa"
    assert len(chain.log.getvalue().splitlines()) == 1
    assert "no API server is asked: endpoint, tls, kubeconfig, apiserver_qps" in chain.log.getvalue()


@pytest.mark.parametrize(
    ("option", "problem"),
    [
        ("ttl 3601", "Corefile:3: kubernetes: TTL '3601' is more than 3600 (ttl SECONDS)"),
        ("ttl", "Corefile:3: kubernetes: 1 argument expected after 'ttl', no arguments found (ttl SECONDS)"),
        ("pods some", "Corefile:3: kubernetes: unknown value for pods 'some'"),
        ("pods verified insecure", "'insecure' is one argument too many for 'pods'"),
        ("namespaces", "1 argument expected after 'namespaces'"),
        ("labels tier>1", "label selector 'tier>1': '>' is not an operator"),
        ("namespace_labels =a", "label selector '=a': '=' is not a label"),
        ("ignore empty_services", "unknown value to ignore 'empty_services'"),
        ("endpoint_pod_names yes", "'yes' is one argument too many"),
        ("zonal eu", "'eu' is one argument too many"),
        ("tls cert key", "3 arguments expected after 'tls'"),
        ("apiserver_burst -1", "limit '-1' is less than 0"),
        ("apiserver_qps fast", "rate 'fast' is not a number"),
        ("startup_timeout 5", "timeout '5'"),
        ("multicluster clusterset.local", "a multicluster zone must be among the plugin's zones"),
        ("upstream 8.8.8.8", "unknown property 'upstream'"),
    ],
)
def test_a_wrong_option_is_refused_with_its_place(option, problem):
    with pytest.raises(CorefileError) as error:
        chain_of(option)
    assert problem in str(error.value)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["namespaces a", "namespace_labels b"], "namespaces and namespace_labels cannot both be set"),
        (["zonal", "noendpoints"], "zonal needs the endpoints that noendpoints leaves out"),
    ],
)
def test_options_that_contradict_each_other_are_refused(options, problem):
    with pytest.raises(CorefileError, match=problem):
        chain_of(*options)


def test_one_zone_must_not_be_reverse():
    with pytest.raises(CorefileError, match="there must be a zone that is not a reverse one"):
        chain_of(zones="10.0.0.0/8 d.f.ip6.arpa")


def test_what_coredns_accepts_is_accepted():
    chain_of("ignore", "ttl 5 6", "multicluster", "fallthrough", "namespaces a", "namespaces b c")
