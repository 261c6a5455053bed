import pytest
from small_cluster import SmallCluster

from clusterdns.dns import codes
from clusterdns.dns.names import parse_name
from clusterdns.dns.text import record_text

OBJECTS = """
    {kind: Namespace, metadata: {name: default}}
    ---
    kind: Service
    metadata: {name: web}
    spec: {clusterIPs: [10.96.0.1, "fd00::1"], ports: [{name: http, port: 80}, {port: 81}]}
    ---
    {kind: Service, metadata: {name: out}, spec: {type: ExternalName, externalName: example.org}}
    ---
    {kind: Service, metadata: {name: db}, spec: {clusterIP: None}}
    ---
    {kind: Service, metadata: {name: hidden, namespace: nowhere}, spec: {clusterIP: 10.96.0.3}}
    ---
    {kind: ServiceImport, metadata: {name: far}, spec: {type: Headless}}
    ---
    kind: EndpointSlice
    metadata: {name: db-1, labels: {kubernetes.io/service-name: db}}
    endpoints: [{addresses: [10.244.0.1], hostname: db-0}, {addresses: [10.244.0.2]}]
    ports: [{name: sql, port: 5432}, {port: 99}]
    ---
    kind: EndpointSlice
    metadata: {name: db-2, labels: {kubernetes.io/service-name: db}}
    endpoints: [{addresses: [db.example.org]}]
    ports: [{name: any}]
    ---
    kind: EndpointSlice
    metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
    endpoints: [{addresses: [10.244.0.3]}]
    ---
    kind: EndpointSlice
    metadata:
      name: far-1
      labels: {multicluster.kubernetes.io/service-name: far, multicluster.kubernetes.io/source-cluster: east}
    endpoints: [{addresses: [10.1.0.1]}]
    ports: [{name: sql, port: 5432}]
"""


def lines(batches):
    return [record_text(record).replace(" IN ", " ") for batch in batches for record in batch]


@pytest.fixture
def table():
    zones = ("cluster.local", "clusterset.local", "10.in-addr.arpa")
    multicluster = (parse_name("clusterset.local"),)
    return SmallCluster(OBJECTS).table(*zones, multicluster=multicluster, own_addresses=("192.0.2.1", "2001:db8::1"))


def test_a_zone_is_transferred_as_coredns_does(table):
    soa = "cluster.local. 5 SOA ns.dns.cluster.local. hostmaster.cluster.local. 1 7200 1800 86400 5"
    assert lines(table.transfer(parse_name("cluster.local"))) == [
        soa,
        "cluster.local. 5 NS ns.dns.cluster.local.",
        "ns.dns.cluster.local. 0 A 192.0.2.1",
        "ns.dns.cluster.local. 0 AAAA 2001:db8::1",
        "db.default.svc.cluster.local. 5 A 10.244.0.1",
        "db-0.db.default.svc.cluster.local. 5 A 10.244.0.1",
        "_sql._tcp.db.default.svc.cluster.local. 5 SRV 0 50 5432 db-0.db.default.svc.cluster.local.",
        "db.default.svc.cluster.local. 5 A 10.244.0.2",
        "10-244-0-2.db.default.svc.cluster.local. 5 A 10.244.0.2",
        "_sql._tcp.db.default.svc.cluster.local. 5 SRV 0 50 5432 10-244-0-2.db.default.svc.cluster.local.",
        "_any._tcp.db.default.svc.cluster.local. 5 SRV 0 100 65535 .",
        "out.default.svc.cluster.local. 5 CNAME example.org.",
        "web.default.svc.cluster.local. 5 A 10.96.0.1",
        "web.default.svc.cluster.local. 5 AAAA fd00::1",
        "web.default.svc.cluster.local. 5 SRV 0 100 80 web.default.svc.cluster.local.",
        "_http._tcp.web.default.svc.cluster.local. 5 SRV 0 100 80 web.default.svc.cluster.local.",
        "web.default.svc.cluster.local. 5 SRV 0 100 81 web.default.svc.cluster.local.",
        soa,
    ]


def test_imports_are_transferred_without_their_cluster(table):
    assert lines(table.transfer(parse_name("clusterset.local")))[4:-1] == [
        "far.default.svc.clusterset.local. 5 A 10.1.0.1",
        "10-1-0-1.far.default.svc.clusterset.local. 5 A 10.1.0.1",
        "_sql._tcp.far.default.svc.clusterset.local. 5 SRV 0 100 5432 10-1-0-1.far.default.svc.clusterset.local.",
    ]


def test_a_reverse_zone_and_a_part_of_a_zone_have_forward_names(table):
    for zone in ("10.in-addr.arpa", "svc.cluster.local"):
        assert f"web.default.svc.{zone}. 5 A 10.96.0.1" in lines(table.transfer(parse_name(zone)))


def test_a_client_with_the_current_serial_gets_the_soa_alone(table):
    zone = parse_name("cluster.local")
    assert [record.rtype for batch in table.transfer(zone, 1) for record in batch] == [codes.SOA]
    assert len(lines(table.transfer(zone, 99))) > 2
    assert len(lines(table.transfer(zone, 0))) > 2


def test_a_zone_of_others_is_not_transferred(table):
    assert table.transfer(parse_name("example.org")) is None
