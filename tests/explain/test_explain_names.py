"""Names that the cluster lacks: what is said of them, and what would do."""

import pytest
from explaining import pod, service

SHOP = """\
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Service
metadata: {name: orders, namespace: shop}
spec: {ports: [{name: http, port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {ports: [{name: http, port: 80}]}
"""


def test_a_service_of_another_namespace_is_named(explain):
    told = explain("orders", SHOP)

    assert told.status == 1
    assert told.summary == (
        "orders does not resolve: there is no Service orders in namespace default, but one in namespace shop"
    )
    assert told.hint == "ask for orders.shop"
    assert told.json["code"] == "other-namespace"


def test_a_service_that_is_asked_for_in_the_wrong_namespace_is_named(explain):
    told = explain("web.shop", SHOP)

    assert "there is no Service web in namespace shop, but one in namespace default" in told.summary
    assert told.hint == "ask for web.default"


def test_a_namespace_that_is_not_there_is_named(explain):
    told = explain("orders.payments", SHOP)

    assert "there is no namespace payments, but a Service orders is in namespace shop" in told.summary
    assert explain("nobody.payments", SHOP).summary.endswith("there is no namespace payments")


@pytest.mark.parametrize(
    ("typed", "meant", "ask"),
    [
        ("ordres.shop", "orders", "orders.shop"),
        ("orders.shpo", "shop", "orders.shop"),
        ("wbe", "web", "web"),
        ("wbe.default.svc.cluster.local", "web", "web.default.svc.cluster.local"),
        ("web.defautl.svc.cluster.local", "default", "web.default.svc.cluster.local"),
    ],
)
def test_a_slip_of_the_pen_is_seen(explain, typed, meant, ask):
    told = explain(typed, SHOP)

    assert f"did you mean {meant}?" in told.summary
    assert told.hint == f"ask for {ask}"


def test_who_asks_for_nothing_alike_is_told_what_there_is(explain):
    told = explain("zebra", SHOP)

    assert told.summary == "zebra does not resolve: there is no Service zebra in namespace default"
    assert told.hint == "one of kubernetes, web"


def test_the_clusters_domain_is_told_to_who_spells_it_otherwise(explain):
    told = explain("orders.shop.svc.cluster.lcoal", SHOP)

    assert "Service shop/orders is there, but the cluster's zone is cluster.local, not cluster.lcoal" in told.summary
    assert told.hint == "ask for orders.shop.svc.cluster.local"


def test_the_clusters_domain_is_that_of_the_cluster(explain):
    told = explain("orders.shop.svc.cluster.local --cluster-domain k8s.example", SHOP)

    assert "the cluster's zone is k8s.example, not cluster.local" in told.summary


@pytest.mark.parametrize("name", ["*.orders.shop", "any.shop", "*.default.svc.cluster.local"])
def test_wildcards_are_none(explain, name):
    told = explain(name, SHOP)

    assert f"'{name.partition('.')[0]}' is no wildcard: CoreDNS has none since 1.9.0" in told.summary


def test_what_the_search_list_makes_of_a_whole_name_is_said_to_be_that(explain):
    told = explain("orders.shop.svc", SHOP)

    assert told.answers
    query = told.query("orders.shop.svc.default.svc.cluster.local.")
    assert query["outcome"] == "NXDOMAIN"
    assert query["reasons"][0]["sentence"] == (
        "'orders.shop.svc' has its namespace already, and the search list adds another one"
    )


def test_a_name_below_the_zone_that_is_neither_of_svc_nor_of_pod_has_no_place(explain):
    told = explain("orders.cluster.local.", SHOP)

    assert "names of a cluster end in svc or pod before its zone, not in 'orders'" in told.summary


def test_a_name_that_ends_in_local_belongs_to_mdns(explain):
    corefile = ". {\n kubernetes cluster.local\n template ANY ANY . {\n  rcode NXDOMAIN\n }\n}\n"
    told = explain("printer.local", SHOP, corefile)

    assert "printer.local ends in .local, which belongs to multicast DNS (RFC 6762)" in told.summary
    assert "clusterdns doctor" in told.hint


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("namespaces default", "namespace shop is there, but kubernetes at {} does not show it"),
        ("namespace_labels tier=gold", "namespace shop is there, but kubernetes at {} does not show it"),
        ("labels tier=gold", "Service shop/orders is there, but kubernetes at {} does not show it"),
    ],
)
def test_what_the_corefile_hides_is_said_to_be_hidden(explain, tmp_path, option, said):
    told = explain("orders.shop", SHOP, f"cluster.local {{\n kubernetes {{\n  {option}\n }}\n}}\n")

    assert said.format(tmp_path / "Corefile:2") in told.summary


def test_a_namespace_before_its_service_is_put_behind_it(explain):
    told = explain("shop.orders", SHOP)

    assert "the namespace stands before the Service: Service orders is in namespace shop" in told.summary
    assert told.hint == "ask for orders.shop"


def test_a_whole_name_without_svc_is_completed(explain):
    told = explain("orders.shop.cluster.local", SHOP)

    assert "svc is missing between the namespace and the zone: Service shop/orders is there" in told.summary
    assert told.hint == "ask for orders.shop.svc.cluster.local"


def test_a_whole_name_without_a_namespace_is_completed(explain):
    told = explain("orders.svc.cluster.local", SHOP)

    assert "the namespace is missing before svc: Service shop/orders is there" in told.summary
    assert told.hint == "ask for orders.shop.svc.cluster.local"


DEPLOYMENT = """\
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: backend}
spec:
  selector: {matchLabels: {app: backend}}
  template: {metadata: {labels: {app: backend}}, spec: {containers: [{name: c, image: i}]}}
"""


def test_a_deployment_has_no_name_without_a_service(explain):
    told = explain("backend", SHOP + DEPLOYMENT)

    assert "Deployment default/backend is no Service, and Deployments have no names of their own" in told.summary
    assert told.hint == "a Service that selects its Pods"


def test_the_service_that_selects_a_deployment_is_the_name_to_ask_for(explain):
    told = explain("backend", SHOP.replace("ports: [", "selector: {app: backend}, ports: [") + DEPLOYMENT)

    assert told.hint == "ask for web, a Service that selects it"


def test_a_pod_has_no_name_of_its_own(explain):
    told = explain("box", SHOP + "---\n" + pod("box"))

    assert "Pod default/box is no Service, and Pods have no names of their own" in told.summary


IMPORT = """\
---
apiVersion: multicluster.x-k8s.io/v1alpha1
kind: ServiceImport
metadata: {name: orders, namespace: shop}
spec: {type: ClusterSetIP, ips: [10.112.0.7], ports: [{port: 80, protocol: TCP}]}
"""
TWO_ZONES = "cluster.local clusterset.local {\n kubernetes {\n  multicluster clusterset.local\n }\n}\n"


def test_services_that_other_clusters_export_have_a_zone_of_their_own(explain):
    told = explain("orders.shop.svc.clusterset.local", SHOP + IMPORT, TWO_ZONES)

    assert told.answers == ["10.112.0.7"]
    assert "ServiceImport shop/orders, which other clusters export" in told.summary
    lacking = explain("web.default.svc.clusterset.local", SHOP + IMPORT, TWO_ZONES)
    assert "there is no ServiceImport web in namespace default" in lacking.summary
    assert lacking.hint == "ask for web.default.svc.cluster.local, where Services are"


def test_an_endpoint_of_a_service_that_is_not_there_is_a_missing_service(explain):
    told = explain("web-0.nodes.default", service("{ports: [{port: 80}]}"))

    assert "there is no Service nodes in namespace default" in told.summary


def test_a_name_of_the_outside_is_not_taken_for_an_endpoint(explain):
    told = explain("www.example.com", service("{ports: [{port: 80}]}"))

    assert "no-service" not in told.codes


def test_a_namespace_before_a_service_of_its_own_pods_is_swapped(explain):
    told = explain("default.web", service("{selector: {app: web}, ports: [{port: 80}]}") + pod("a"))

    assert "the namespace stands before the Service: Service web is in namespace default" in told.summary
    assert told.hint == "ask for web.default"
