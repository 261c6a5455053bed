import pytest
from chain import Chain, make_query
from small_cluster import SmallCluster

from clusterdns.corefile import CorefileError
from clusterdns.dns.names import parse_name
from clusterdns.dns.reply import FOREVER, NEVER
from clusterdns.dns.text import record_text

SHOP = """
    {kind: Namespace, metadata: {name: shop}}
    ---
    kind: Service
    metadata: {name: web, namespace: shop}
    spec: {clusterIP: 10.96.0.1, externalIPs: [203.0.113.7], ports: [{name: http, port: 80}, {port: 81}]}
    ---
    kind: Service
    metadata: {name: lb, namespace: shop}
    spec: {type: LoadBalancer, clusterIP: 10.96.0.2, ports: [{name: http, port: 80}]}
    status: {loadBalancer: {ingress: [{ip: 203.0.113.8}, {hostname: lb.cloud.example}]}}
    ---
    {kind: Service, metadata: {name: db, namespace: shop}, spec: {clusterIP: None}}
    ---
    kind: EndpointSlice
    metadata: {name: db-1, namespace: shop, labels: {kubernetes.io/service-name: db}}
    endpoints: [{addresses: [10.244.0.1], hostname: db-0}, {addresses: [10.244.0.2], hostname: db-1}]
    ports: [{name: sql, port: 5432}]
    ---
    {kind: Namespace, metadata: {name: other}}
    ---
    {kind: Service, metadata: {name: twin, namespace: other}, spec: {clusterIP: 10.96.0.3, externalIPs: [203.0.113.7]}}
"""
CLOUD = """
    template IN A lb.cloud.example {
      answer "{{ .Name }} 60 IN A 192.0.2.1"
    }
    template IN AAAA lb.cloud.example {
      answer "{{ .Name }} 60 IN AAAA 2001:db8::1"
    }
"""


def chain_of(*options, zones="example.org", cluster=("cluster.local",), more="", **how):
    lines = "\n".join(options)
    block = f". {{\n k8s_external {zones} {{\n{lines}\n }}\n kubernetes {' '.join(cluster)}\n{more}\n}}"
    return Chain(block, tables=SmallCluster(SHOP).tables, **how)


def test_a_load_balancer_with_a_host_name_is_an_alias_that_the_server_follows():
    chain = chain_of("ttl 30", more=CLOUD)
    assert chain.ask("lb.shop.example.org. A") == [
        "NOERROR aa",
        "lb.shop.example.org. 30 A 203.0.113.8",
        "lb.shop.example.org. 5 CNAME lb.cloud.example.",
        "lb.cloud.example. 60 A 192.0.2.1",
    ]
    assert chain.ask("_http._tcp.lb.shop.example.org. SRV") == [
        "NOERROR aa",
        "_http._tcp.lb.shop.example.org. 5 SRV 0 50 80 lb.shop.example.org.",
        "_http._tcp.lb.shop.example.org. 5 SRV 0 50 80 lb.cloud.example.",
        "additional lb.shop.example.org. 30 A 203.0.113.8",
        "additional lb.cloud.example. 60 A 192.0.2.1",
        "additional lb.cloud.example. 60 AAAA 2001:db8::1",
    ]


def test_an_alias_that_nobody_follows_is_the_answer_all_the_same():
    chain = chain_of(more="template ANY ANY lb.cloud.example {\n rcode NXDOMAIN\n }")
    assert chain.ask("lb.shop.example.org. AAAA") == ["NOERROR aa", "lb.shop.example.org. 5 CNAME lb.cloud.example."]


def test_what_only_the_cluster_decides_is_kept():
    chain = chain_of(more=CLOUD)
    for name in ("web.shop.example.org.", "nope.shop.example.org.", "example.org.", "dns.example.org."):
        assert chain.reply(make_query(f"{name} A")).good_until == FOREVER
    assert chain.reply(make_query("lb.shop.example.org. A")).good_until == NEVER


def test_an_address_of_several_services_has_several_names():
    chain = chain_of(zones="example.org in-addr.arpa")
    assert sorted(chain.ask("7.113.0.203.in-addr.arpa. PTR")[1:]) == [
        "7.113.0.203.in-addr.arpa. 5 PTR twin.other.example.org.",
        "7.113.0.203.in-addr.arpa. 5 PTR web.shop.example.org.",
    ]


def test_namespaces_that_are_not_listed_have_no_names():
    chain = chain_of(zones="example.org in-addr.arpa", cluster=("cluster.local {\n namespaces shop\n }",))
    assert chain.ask("7.113.0.203.in-addr.arpa. PTR")[1:] == ["7.113.0.203.in-addr.arpa. 5 PTR web.shop.example.org."]
    assert chain.ask("twin.other.example.org. A")[0] == "NXDOMAIN aa"


def test_names_that_do_not_exist_fall_through_and_others_do_not():
    chain = chain_of("fallthrough", more="whoami")
    assert chain.ask("nope.shop.example.org. A")[0] == "NOERROR aa"
    assert chain.ask("nope.shop.example.org. A")[1].startswith("additional")
    assert chain.ask("shop.example.org. A")[1].startswith("authority example.org. 5 SOA")


def test_what_fell_through_is_not_right_any_more_when_the_cluster_changes():
    chain = chain_of("fallthrough", zones="local", cluster=("cluster.local",))
    reply = chain.reply(make_query("web.shop.svc.cluster.local. A"))
    assert reply.answer
    assert reply.still is None


def test_other_names_go_on():
    assert chain_of(more="whoami").ask("web.shop.example.net. A")[0] == "NOERROR aa"


@pytest.mark.parametrize("name", ["a.b.c.web.shop.example.org.", "a.b.c.d.web.shop.example.org."])
def test_there_is_nothing_further_below(name):
    assert chain_of().ask(f"{name} A")[0] == "NXDOMAIN aa"


def test_one_label_too_many_is_a_port_or_an_endpoint_and_does_not_matter():
    assert chain_of().ask("any.web.shop.example.org. A")[1:] == ["any.web.shop.example.org. 5 A 203.0.113.7"]


def transferred(chain, serial=None):
    batches = chain.setting.plugins["k8s_external"].transfer(parse_name("example.org"), serial)
    return [record_text(record).replace(" IN ", " ", 1) for batch in batches for record in batch]


def test_a_whole_zone_has_addresses_aliases_and_services():
    lines = transferred(chain_of("headless", "ttl 30", addresses=["192.0.2.53"]))
    soa = "example.org. 30 SOA ns1.dns.example.org. hostmaster.dns.example.org. 1 7200 1800 86400 30"
    assert (lines[0], lines[-1]) == (soa, soa)
    assert set(lines[1:-1]) == {
        "example.org. 30 NS ns1.dns.example.org.",
        "ns1.dns.example.org. 30 A 192.0.2.53",
        "web.shop.example.org. 30 A 203.0.113.7",
        "web.shop.example.org. 5 SRV 0 100 80 web.shop.example.org.",
        "_http._tcp.web.shop.example.org. 5 SRV 0 100 80 web.shop.example.org.",
        "_._tcp.web.shop.example.org. 5 SRV 0 100 81 web.shop.example.org.",
        "lb.shop.example.org. 30 A 203.0.113.8",
        "lb.shop.example.org. 5 CNAME lb.cloud.example.",
        "lb.shop.example.org. 5 SRV 0 100 80 lb.shop.example.org.",
        "_http._tcp.lb.shop.example.org. 5 SRV 0 100 80 lb.shop.example.org.",
        "twin.other.example.org. 30 A 203.0.113.7",
        "db.shop.example.org. 30 A 10.244.0.1",
        "db.shop.example.org. 30 A 10.244.0.2",
        "db.shop.example.org. 5 SRV 0 50 5432 db-0.db.shop.example.org.",
        "db.shop.example.org. 5 SRV 0 50 5432 db-1.db.shop.example.org.",
        "db-0.db.shop.example.org. 30 A 10.244.0.1",
        "db-0.db.shop.example.org. 5 SRV 0 100 5432 db-0.db.shop.example.org.",
        "db-1.db.shop.example.org. 30 A 10.244.0.2",
        "db-1.db.shop.example.org. 5 SRV 0 100 5432 db-1.db.shop.example.org.",
        "_sql._tcp.db.shop.example.org. 5 SRV 0 50 5432 db-0.db.shop.example.org.",
        "_sql._tcp.db.shop.example.org. 5 SRV 0 50 5432 db-1.db.shop.example.org.",
    }


def test_who_has_the_serial_needs_no_records():
    assert len(transferred(chain_of(), serial=1)) == 1
    assert len(transferred(chain_of(), serial=0)) > 1


def test_a_zone_of_others_is_not_transferred():
    assert chain_of().setting.plugins["k8s_external"].transfer(parse_name("shop.example.org"), None) is None


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ("ttl 3601", "3601"),
        ("ttl", "ttl SECONDS"),
        ("ttl long", "TTL 'long' is not a number"),
        ("apex", "apex LABEL"),
        ("apex a..b", "LABEL 'a..b' has an empty label"),
        ("zone a", "unknown property 'zone'"),
    ],
)
def test_what_is_wrong_is_said(options, problem):
    with pytest.raises(CorefileError, match="k8s_external: ") as error:
        chain_of(options)
    assert problem in str(error.value)


def test_it_needs_the_cluster_of_the_kubernetes_plugin():
    with pytest.raises(CorefileError, match="the kubernetes plugin must be in the same server block"):
        Chain(". {\n k8s_external example.org\n whoami\n}")
