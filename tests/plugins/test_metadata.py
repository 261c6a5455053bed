from contextlib import suppress

import pytest
from chain import Chain, make_query
from small_cluster import SmallCluster

from clusterdns.corefile import CorefileError
from clusterdns.dns.reply import Unanswered

OBJECTS = """
{kind: Namespace, metadata: {name: shop}}
---
kind: Pod
metadata: {name: web-0, namespace: shop, labels: {app: web, tier: front}}
status: {podIP: 10.240.0.7, phase: Running}
"""


def metadata_of(chain, question, **how):
    """What is known of a query once it was answered."""
    query = make_query(question, **how)
    with suppress(Unanswered):
        chain.reply(query)
    return query.metadata


def collected(name, zones="", options="", client="10.240.0.1"):
    """The metadata of a query in a cluster."""
    cluster = SmallCluster()
    cluster.apply(OBJECTS)
    block = f". {{\n metadata {zones}\n kubernetes cluster.local 10.0.0.0/8 {{\n{options}\n }}\n}}"
    return metadata_of(Chain(block, tables=cluster.tables), f"{name} A", client=client)


def of_kubernetes(**parts):
    labels = dict.fromkeys(("port-name", "protocol", "endpoint", "service", "namespace", "kind"), "")
    return {f"kubernetes/{label}": value for label, value in (labels | parts).items()}


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Web.Shop.svc.Cluster.local.", {"service": "web", "namespace": "shop", "kind": "svc"}),
        ("a.web.shop.svc.cluster.local.", {"endpoint": "a", "service": "web", "namespace": "shop", "kind": "svc"}),
        (
            "_http._tcp.web.shop.svc.cluster.local.",
            {"port-name": "http", "protocol": "tcp", "service": "web", "namespace": "shop", "kind": "svc"},
        ),
        ("1-2-3-4.shop.pod.cluster.local.", {"service": "1-2-3-4", "namespace": "shop", "kind": "pod"}),
        ("shop.svc.cluster.local.", {"namespace": "shop", "kind": "svc"}),
        ("svc.cluster.local.", {}),  # CoreDNS looks no further then
        ("cluster.local.", {}),
    ],
)
def test_what_a_name_of_the_cluster_says(name, parts):
    assert collected(name) == of_kubernetes(**parts)


@pytest.mark.parametrize("name", ["web.cluster.local.", "a.b.c.web.shop.svc.cluster.local.", "1.0.0.10.in-addr.arpa."])
def test_a_name_that_says_nothing_is_told_as_that(name):
    assert collected(name) == {"kubernetes/parse-error": "invalid query name"}


def test_topology_zones_are_told_if_they_may_be_asked_for():
    options = " zonal"
    assert collected("web.shop.svc.cluster.local.", options=options)["kubernetes/zone"] == ""
    name = "Zone-a.x.pin._zone.web.shop.svc.cluster.local."
    assert collected(name, options=options)["kubernetes/zone"] == "zone-a.x"
    assert collected(name) == {"kubernetes/parse-error": "invalid query name"}


def test_the_pod_that_asks_is_told_if_pods_are_known():
    asked = collected("web.example.", options=" pods verified", client="10.240.0.7")
    assert asked == {
        "kubernetes/client-namespace": "shop",
        "kubernetes/client-pod-name": "web-0",
        "kubernetes/client-label/app": "web",
        "kubernetes/client-label/tier": "front",
    }
    assert collected("web.example.", options=" pods verified") == {}
    assert collected("web.example.", client="10.240.0.7") == {}


def test_nothing_is_collected_outside_of_its_zones():
    assert collected("web.shop.svc.cluster.local.", zones="example.org") == {}
    assert collected("web.shop.svc.cluster.local.", zones="example.org cluster.local") != {}


def test_without_the_plugin_nothing_is_collected():
    assert metadata_of(Chain(". {\n whoami\n}"), "web. A") is None


def test_the_log_shows_it():
    cluster = SmallCluster()
    cluster.apply(OBJECTS)
    line = "{name} {/kubernetes/client-pod-name} {/kubernetes/endpoint}. {/no/label} {/log/class}"
    plugins = f'metadata\n log . "{line}"\n kubernetes cluster.local {{\n pods verified\n }}'
    chain = Chain(f". {{\n {plugins}\n}}", tables=cluster.tables)
    chain.ask("web.shop.svc.cluster.local. A", client="10.240.0.7")
    assert chain.log.getvalue() == "[INFO] web.shop.svc.cluster.local. web-0 . - denial\n"


def test_the_wildcard_that_answered_is_told(tmp_path):
    (tmp_path / "zone").write_text("@ 60 SOA ns h 1 2 3 4 5\n*.wild A 192.0.2.1\nweb A 192.0.2.2\n")
    chain = Chain(". {\n metadata\n cache\n file zone example\n}", root=tmp_path)
    for _ in range(2):  # the second from the cache
        for name, wildcard in (("a.wild.example.", "*.wild.example."), ("web.example.", None)):
            assert metadata_of(chain, f"{name} A").get("zone/wildcard") == wildcard


def test_templates_see_it():
    rule = 'answer "{{ .Name }} 5 IN TXT {{ .Meta `view/name` }}"\n'
    rule += " expr metadata('view/name') == 'mine'"
    chain = Chain(f". {{\n metadata\n view mine {{\n }}\n template IN TXT . {{\n {rule}\n }}\n}}")
    assert chain.ask("web. TXT")[1] == 'web. 5 TXT "mine"'


@pytest.mark.parametrize("block", ["metadata {\n foo\n }", "metadata\n metadata"])
def test_what_is_wrong_is_told(block):
    with pytest.raises(CorefileError, match=r"Corefile:[23]: metadata: "):
        Chain(f". {{\n {block}\n}}")
