"""The cluster changes between queries: with replies kept and without, every client gets the same at every moment."""

import asyncio
import io
import random
from itertools import product

import dns.edns
import dns.message
import pytest
from test_server_kept import CLIENTS, Clock, samples, text_of

from clusterdns import corefile
from clusterdns.cluster.settings import Settings
from clusterdns.dns.query import UDP
from clusterdns.logs import Log
from clusterdns.server.keeper import Keeper
from clusterdns.server.service import Service
from clusterdns.server.site import Defaults, make_sites

STEADY = """
{kind: Service, apiVersion: v1, metadata: {name: web}, spec: {clusterIP: 10.96.0.80, ports: [{name: http, port: 80}]}}
---
{kind: Service, apiVersion: v1, metadata: {name: alias}, spec: {type: ExternalName, externalName: LATE}}
---
{kind: Service, apiVersion: v1, metadata: {name: two}, spec: {clusterIP: None, ports: [{name: http, port: 80}]}}
---
kind: EndpointSlice
apiVersion: discovery.k8s.io/v1
metadata: {name: two-1, labels: {kubernetes.io/service-name: two}}
addressType: IPv4
endpoints: [{addresses: [10.244.9.1]}, {addresses: [10.244.9.2]}]
ports: [{name: http, port: 80}]
---
kind: Pod
apiVersion: v1
metadata: {name: client}
spec: {hostNetwork: true, containers: [{name: main, image: x}]}
status: {podIP: 198.51.100.9, phase: Running}
""".replace("LATE", "late.default.svc.cluster.local")
SERVICE = """
kind: Service
apiVersion: v1
metadata: {name: NAME}
spec: {clusterIP: IP, externalIPs: [203.0.113.7], ports: [{name: http, port: 80}]}
"""
SLICE = """
---
kind: EndpointSlice
apiVersion: discovery.k8s.io/v1
metadata: {name: late-1, labels: {kubernetes.io/service-name: late}}
addressType: IPv4
endpoints: [{addresses: [10.244.8.1], hostname: one}, {addresses: [10.244.8.2], conditions: {ready: READY}}]
ports: [{name: http, port: 80}]
"""
LAB = """
---
{kind: Namespace, apiVersion: v1, metadata: {name: lab}}
---
{kind: Service, apiVersion: v1, metadata: {name: web, namespace: lab}, spec: {clusterIP: 10.96.0.90}}
"""


def service(name, ip):
    return SERVICE.replace("NAME", name).replace("IP", ip)


STEPS = (
    "# nothing yet",
    service("late", "10.96.0.70"),
    service("late", "10.96.0.71"),
    service("late", "10.96.0.71") + LAB,
    service("late", "None") + SLICE.replace("READY", "true") + LAB,
    service("late", "None") + SLICE.replace("READY", "false"),
    service("late", "None"),
    service("other", "10.96.0.70"),
    "# nothing any more",
    service("late", "10.96.0.70") + LAB,
)

NAMES = (
    "web.default.svc.cluster.local", "WEB.default.svc.Cluster.local", "two.default.svc.cluster.local",
    "late.default.svc.cluster.local", "Late.default.svc.cluster.LOCAL", "alias.default.svc.cluster.local",
    "_http._tcp.late.default.svc.cluster.local", "one.late.default.svc.cluster.local",
    "a.b.late.default.svc.cluster.local", "web.lab.svc.cluster.local", "x.web.lab.svc.cluster.local",
    "10-1-2-3.lab.pod.cluster.local", "10-1-2-4.lab.pod.cluster.local", "lab.svc.cluster.local", "cluster.local",
    "host.example.lab.svc.cluster.local", "host.example.svc.cluster.local", "host.example.cluster.local",
    "late.default.example.org", "two.default.example.org", "late.default.default.svc.cluster.local",
    "ns.dns.cluster.local", "NS.dns.Cluster.local", "70.0.96.10.in-addr.arpa", "1.8.244.10.in-addr.arpa", "example.org",
)  # fmt: skip
BLOCKS = {
    "all": ". {\n prometheus\n errors\n loadbalance\n kubernetes cluster.local in-addr.arpa {\n pods insecure\n }\n}",
    "verified": ". {\n loadbalance\n kubernetes cluster.local {\n pods verified\n ttl 30\n }\n whoami\n}",
    "log": ". {\n log\n loadbalance\n kubernetes cluster.local {\n pods insecure\n }\n}",
    "fallthrough": ". {\n kubernetes cluster.local {\n fallthrough\n }\n template ANY ANY {\n rcode REFUSED\n }\n}",
    "hosts": ". {\n hosts {\n 10.0.0.1 late.default.svc.cluster.local\n fallthrough\n }\n kubernetes cluster.local\n}",
    "cache": ". {\n prometheus\n cache 30\n loadbalance\n kubernetes cluster.local\n}",
    "cookies": ". {\n loadbalance\n kubernetes cluster.local\n}",
    "external": ". {\n prometheus\n autopath @kubernetes\n k8s_external example.org in-addr.arpa {\n headless\n"
    " fallthrough\n }\n kubernetes cluster.local {\n pods verified\n }\n whoami\n}",
    "empty": ". {\n kubernetes cluster.local {\n ignore empty_service\n zonal\n }\n}",
}


def questions(cookies):
    """Packets, with EDNS and a cookie of each one's own if wanted."""
    made = []
    for number, (name, rdtype) in enumerate(product(NAMES, ("A", "AAAA", "SRV", "TXT", "PTR", "NS", "SOA"))):
        options = [dns.edns.GenericOption(10, b"%08d" % number)] if cookies else None
        made.append(dns.message.make_query(name, rdtype, id=7, use_edns=0 if cookies else None, options=options))
    return [message.to_wire() for message in made]


async def tell(block, folder, *, keeping):
    """All that clients, the log and the metrics tell while the manifests change."""
    chance = random.Random(2)
    clock = Clock()
    (folder / "changing.yaml").write_text(STEPS[0])
    keeper = Keeper(Settings(), (str(folder),), Log(io.StringIO()))
    keeper.world.clock = keeper.world.wall = clock
    assert not keeper.load()
    keeper.world.random = random.Random(1)
    sites, problems = make_sites(corefile.parse(BLOCKS[block], "Corefile", env={}), keeper.world, Defaults())
    assert not problems
    server = Service("dns://:53", [(zone, site) for site in sites for zone in site.setting.zones], keeper.world)
    asked, replies, hits = questions(cookies=block == "cookies"), [], 0
    for number, step in enumerate(STEPS + STEPS[:4]):
        (folder / "changing.yaml").write_text(step)
        keeper.catch_up()
        clock.now += 0.4
        for client, wire in product(CLIENTS, chance.sample(asked, 40) if number else asked):
            kept = server.kept[UDP, 4]
            reply = (kept.get(wire, clock.now) or kept.told(wire, client, clock.now)) if keeping else None
            hits += reply is not None
            replies.append((wire, reply or await server.answer(wire, UDP, client, ("192.0.2.53", 53))))
    for kept in server.kept.values():
        kept.settle()
    keeper.world.log.flush()
    return replies, keeper.world.log.stream.getvalue(), samples(keeper.world.metrics), hits


@pytest.mark.parametrize("block", BLOCKS)
def test_nobody_can_tell_whether_replies_are_kept_while_the_cluster_changes(block, tmp_path):
    (tmp_path / "steady.yaml").write_text(STEADY)
    replies, log, metrics, _ = asyncio.run(tell(block, tmp_path, keeping=False))
    kept_replies, kept_log, kept_metrics, hits = asyncio.run(tell(block, tmp_path, keeping=True))
    for (wire, reply), (_, kept_reply) in zip(replies, kept_replies, strict=True):
        assert reply == kept_reply or text_of(reply) == text_of(kept_reply), dns.message.from_wire(wire).question[0]
    assert kept_log == log
    assert kept_metrics == metrics
    assert hits > 50
