"""Any name and type, any answer of a server: each is explained, and nothing fails."""

import asyncio
from io import StringIO
from itertools import cycle

import pytest
from asking_sites import AskedSites
from explaining import pod, service
from hypothesis import given, settings
from hypothesis import strategies as st

from clusterdns.advice.survey import Survey
from clusterdns.dns import codes
from clusterdns.dns.names import encode_name
from clusterdns.dns.record import Record
from clusterdns.dns.reply import Reply
from clusterdns.explain.client import client_of
from clusterdns.explain.remote import RemoteServer
from clusterdns.explain.report import as_json, explain
from clusterdns.explain.tree import print_tree
from clusterdns.explain.walk import follow
from clusterdns.records.apex import soa
from clusterdns.stub import RESOLVERS

CLUSTER = (
    service("{selector: {app: web}, ports: [{name: http, port: 80}]}")
    + service("{clusterIP: None, selector: {app: web}}", "nodes")
    + service("{type: ExternalName, externalName: web.default.svc.cluster.local}", "alias")
    + service("{type: ExternalName, externalName: circle.default.svc.cluster.local}", "circle")
    + pod("box", spec="hostname: busy, subdomain: nodes")
)
COREFILE = """\
cluster.local clusterset.local in-addr.arpa {
    kubernetes {
        pods verified
        multicluster clusterset.local
        zonal
        fallthrough in-addr.arpa
    }
    cache
}
example.com {
    hosts {
        192.0.2.1 www.example.com
    }
}
"""
WORDS = [
    "web", "nodes", "alias", "circle", "box", "busy", "default", "kube-system", "svc", "pod", "cluster", "clusterset",
    "local", "_http", "_tcp", "http", "tcp", "10-244-0-1", "*", "any", "box-0", "a", "in-addr", "arpa", "example",
    "com", "ns", "dns", "pin", "_zone", "é",
]  # fmt: skip
NAMES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=9).map(".".join)
TYPES = st.sampled_from([codes.A, codes.AAAA, codes.SRV, codes.PTR, codes.CNAME, codes.TXT, codes.ANY, codes.SOA, 65])
RCODES = st.sampled_from([None, 0, 2, 3, 5, 9, 16])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> AskedSites:
    return AskedSites(tmp_path_factory.mktemp("fuzz"), COREFILE, CLUSTER)


@settings(max_examples=100, deadline=None)
@given(NAMES, TYPES, st.sampled_from(RESOLVERS), st.integers(0, 6))
def test_any_name_is_explained(server: AskedSites, name: str, qtype: int, resolver: str, ndots: int) -> None:
    client = client_of(server.keeper.cluster, "cluster.local", "default/box", resolver, ndots)
    survey = Survey(server.keeper.cluster)

    walked = asyncio.run(follow(server.sites.ask, name, (qtype,), client, survey, server.sites))
    told = explain(walked)

    assert told.summary.startswith(name)
    assert told.resolves == bool(told.answers)
    assert len(as_json(told)["queries"]) == walked.queries
    assert told.resolves or all(each.reasons for step in walked.steps for each in step.answers)


SOAS = st.builds(lambda name, ttl: soa(encode_name(name), ttl, 2**31), NAMES, st.integers(0, 2**31))
OTHERS = st.builds(
    Record,
    NAMES.map(encode_name),
    st.sampled_from([codes.A, codes.CNAME, codes.SRV, codes.TXT, 65, 999]),
    st.integers(0, 2**31),
    st.one_of(st.binary(max_size=40), NAMES.map(encode_name)),
)
RECORDS = st.lists(st.one_of(SOAS, OTHERS), max_size=3)


@st.composite
def replies(draw: st.DrawFn) -> Reply | str:
    """What a server may say, sense or none."""
    rcode = draw(RCODES)
    if rcode is None:
        return "no reply"
    reply = Reply(rcode)
    reply.answer, reply.authority = draw(RECORDS), draw(RECORDS)
    return reply


@settings(max_examples=40, deadline=None)
@given(NAMES, TYPES, st.lists(replies(), min_size=1, max_size=4))
def test_whatever_a_server_says_is_explained(
    server: AskedSites, name: str, qtype: int, said: list[Reply | str]
) -> None:
    client = client_of(server.keeper.cluster, "cluster.local", "default", "glibc")
    replies = cycle(said)
    remote = RemoteServer("192.0.2.53:53", lambda *_: next(replies), server.sites, ("web.yaml", 2e9))

    walked = asyncio.run(follow(remote.ask, name, (qtype,), client, Survey(server.keeper.cluster), server.sites))

    as_json(explain(walked))
    print_tree(explain(walked), StringIO())
