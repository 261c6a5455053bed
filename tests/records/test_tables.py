import gc
import ipaddress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_cluster import SmallCluster, objects_of

from clusterdns.cluster.changes import Change
from clusterdns.dns import codes
from clusterdns.dns.names import encode_name, parse_name, reverse_name
from clusterdns.dns.rdata import replace_names
from clusterdns.dns.text import record_text
from clusterdns.records.addresses import pack_address, reversed_address
from clusterdns.records.options import PodMode, TableOptions
from clusterdns.records.outcomes import Found, Missing
from clusterdns.records.spelling import respell
from clusterdns.records.table import Table
from clusterdns.records.view import View

OBJECTS = """
    {kind: Namespace, metadata: {name: default}}
    ---
    {kind: Service, metadata: {name: web}, spec: {clusterIP: 10.96.0.1, ports: [{name: http, port: 80}]}}
    ---
    {kind: Service, metadata: {name: db}, spec: {clusterIP: None}}
    ---
    {kind: Service, metadata: {name: out}, spec: {type: ExternalName, externalName: example.org}}
    ---
    kind: EndpointSlice
    metadata: {name: db-1, labels: {kubernetes.io/service-name: db}}
    endpoints: [{addresses: [10.244.0.1], hostname: db-0}, {addresses: ["fd00::1"]}]
    ports: [{name: sql, port: 5432}]
    ---
    {kind: Pod, metadata: {name: a}, status: {podIP: 10.244.0.1}}
    ---
    {kind: Service, metadata: {name: web, namespace: other}, spec: {clusterIP: 10.96.0.1}}
    ---
    kind: EndpointSlice
    metadata: {name: db-2, labels: {kubernetes.io/service-name: db}}
    endpoints: [{addresses: [10.244.0.1, 10.244.0.2]}]
    ---
    kind: EndpointSlice
    metadata: {name: db-1, labels: {kubernetes.io/service-name: web}}
    endpoints: [{addresses: [10.244.0.1], conditions: {ready: false}}]
    ---
    {kind: Namespace, metadata: {name: other}}
"""
SERVICE = "{kind: Service, metadata: {name: web}, spec: {clusterIP: 10.96.0.9}}"


@pytest.fixture
def cluster():
    return SmallCluster(OBJECTS)


def lookup(table, name, rtype=codes.A):
    return table.lookup(parse_name(name), rtype)


def test_a_table_that_was_read_stays_as_it_was(cluster):
    handle = cluster.open()
    before = handle.current
    cluster.apply(SERVICE)
    assert lookup(before, "web.default.svc.cluster.local").records[0].rdata == bytes([10, 96, 0, 1])
    assert lookup(handle.current, "web.default.svc.cluster.local").records[0].rdata == bytes([10, 96, 0, 9])


def test_equal_options_share_a_table(cluster):
    first, other = cluster.open(ttl=5), cluster.open(ttl=30)
    assert cluster.open(ttl=5) is first
    assert cluster.open(ttl=30) is other
    assert len(cluster.tables.all()) == 2


def test_a_table_is_kept_up_to_date_only_while_somebody_has_it(cluster):
    handle = cluster.open()
    assert cluster.tables.all() == [handle.current]
    del handle
    gc.collect()
    assert cluster.tables.all() == []


def test_watchers_hear_of_changes_that_a_table_shows(cluster):
    heard = []
    handle = cluster.open(pods=PodMode.INSECURE)
    cluster.tables.on_change(lambda: heard.append(handle.current.serial))
    cluster.apply("{kind: Pod, metadata: {name: b}, status: {podIP: 10.244.0.9}}")
    assert heard == []
    cluster.apply(SERVICE)
    assert heard == [cluster.serial]
    assert cluster.tables.revision == 1


def test_a_change_of_other_kinds_touches_no_table(cluster):
    handle = cluster.open()
    before = handle.current
    cluster.apply("{kind: Node, metadata: {name: node-1}}")
    assert handle.current is before


def test_a_name_of_no_zone_is_not_the_tables_business(cluster):
    table = cluster.table("cluster.local")
    assert lookup(table, "web.default.svc.example.org") is None
    assert lookup(table, "web.default.svc.xcluster.local") is None


def test_the_longest_zone_answers(cluster):
    table = cluster.table("local", "cluster.local")
    assert isinstance(lookup(table, "web.default.svc.cluster.local"), Found)
    assert lookup(table, "nope.cluster.local").soa.owner == parse_name("cluster.local")
    assert lookup(table, "nope.local").soa.owner == parse_name("local")


def test_names_that_do_not_exist_take_no_memory(cluster):
    table = cluster.table()
    for number in range(100):
        lookup(table, f"x{number}.default.svc.cluster.local")
    assert not table._kept


def test_a_name_that_is_no_domain_name_has_no_record():
    cluster = SmallCluster(f"""
        {{kind: Namespace, metadata: {{name: default}}}}
        ---
        {{kind: Service, metadata: {{name: db}}, spec: {{clusterIP: None}}}}
        ---
        {{kind: Service, metadata: {{name: out}}, spec: {{type: ExternalName, externalName: a..b}}}}
        ---
        kind: EndpointSlice
        metadata: {{name: db-1, labels: {{kubernetes.io/service-name: db}}}}
        endpoints: [{{addresses: [10.244.0.1], hostname: {"x" * 64}}}]
        ports: [{{name: sql, port: 1}}]
        ---
        kind: EndpointSlice
        metadata: {{name: nobodys}}
        endpoints: [{{addresses: [10.244.0.2]}}]
    """)
    table = cluster.table("cluster.local", "10.in-addr.arpa")
    assert isinstance(lookup(table, "db.default.svc.cluster.local"), Found)
    assert lookup(table, "db.default.svc.cluster.local", codes.SRV) == table.zone_of(parse_name("cluster.local")).nodata
    assert isinstance(lookup(table, "2.0.244.10.in-addr.arpa", codes.PTR), Missing)
    assert lookup(table, "out.default.svc.cluster.local").exists
    assert lookup(table, "out.default.svc.cluster.local", codes.CNAME).exists


def test_a_target_longer_than_a_name_can_be_is_left_out():
    label = "x" * 63
    cluster = SmallCluster(f"""
        {{kind: Namespace, metadata: {{name: default}}}}
        ---
        {{kind: ServiceImport, metadata: {{name: {label}}}, spec: {{type: Headless}}}}
        ---
        kind: EndpointSlice
        metadata:
          name: far
          labels:
            multicluster.kubernetes.io/service-name: {label}
            multicluster.kubernetes.io/source-cluster: {label}
        endpoints: [{{addresses: [10.1.0.1], hostname: {label}}}]
        ports: [{{name: sql, port: 1}}]
    """)
    zone = f"{'y' * 63}.set"
    table = cluster.table(zone, multicluster=(parse_name(zone),))
    assert isinstance(lookup(table, f"{label}.default.svc.{zone}"), Found)
    assert lookup(table, f"{label}.default.svc.{zone}", codes.SRV).exists


def test_a_long_chain_of_aliases_ends():
    def alias(number):
        target = f"a{number + 1}.default.svc.cluster.local"
        spec = f"{{type: ExternalName, externalName: {target}}}"
        return f"{{kind: Service, metadata: {{name: a{number}}}, spec: {spec}}}"

    last = "{kind: Service, metadata: {name: a20}, spec: {clusterIP: 10.96.0.1}}"
    documents = ["{kind: Namespace, metadata: {name: default}}", *map(alias, range(20)), last]
    table = SmallCluster("\n---\n".join(documents)).table()
    assert len(lookup(table, "a9.default.svc.cluster.local").records) == 12
    assert lookup(table, "a8.default.svc.cluster.local").exists


def test_the_listing_has_every_record(cluster):
    table = cluster.table("cluster.local", "10.in-addr.arpa", pods=PodMode.VERIFIED, own_addresses=("192.0.2.1",))
    listed = [record_text(record).replace(" IN ", " ") for record in table.records()]
    assert "db.default.svc.cluster.local. 5 A 10.244.0.1" in listed
    assert "10-244-0-1.default.pod.cluster.local. 5 A 10.244.0.1" in listed
    assert "out.default.svc.cluster.local. 5 CNAME example.org." in listed
    assert "_http._tcp.web.default.svc.cluster.local. 5 SRV 0 100 80 web.default.svc.cluster.local." in listed
    assert "1.0.96.10.in-addr.arpa. 5 PTR web.default.svc.cluster.local." in listed
    assert 'dns-version.cluster.local. 28800 TXT "1.1.0"' in listed
    assert "ns.dns.10.in-addr.arpa. 5 A 192.0.2.1" in listed
    assert len(listed) == len(set(listed))


DNS_PODS = """
    kind: EndpointSlice
    metadata: {name: kube-dns-1, namespace: kube-system, labels: {kubernetes.io/service-name: kube-dns}}
    endpoints: [{addresses: [10.244.0.IP]}]
"""
DNS = "{kind: Service, metadata: {name: kube-dns, namespace: kube-system}, spec: {clusterIP: 10.96.0.10}}"


def test_the_cluster_s_dns_pods_name_its_servers_as_they_come_and_go(cluster):
    handle = cluster.open(own_addresses=None)

    def servers():
        found = lookup(handle.current, "cluster.local", codes.NS)
        return [] if isinstance(found, Missing) else [record_text(record) for record in found.additional]

    assert servers() == []
    cluster.apply(DNS)
    cluster.apply(DNS_PODS.replace("IP", "3"))
    assert servers() == ["kube-dns.kube-system.svc.cluster.local. 5 IN A 10.96.0.10"]
    cluster.apply(DNS_PODS.replace("IP", "4"))
    assert servers() == ["kube-dns.kube-system.svc.cluster.local. 5 IN A 10.96.0.10"]
    cluster.delete("EndpointSlice", "kube-dns-1", "kube-system")
    assert servers() == []


def test_dns_pods_that_the_options_hide_have_their_addresses(cluster):
    handle = cluster.open(own_addresses=None, endpoints=False)
    cluster.apply(DNS_PODS.replace("IP", "3"))
    name = "ns.dns.cluster.local"
    assert [record_text(record) for record in lookup(handle.current, name).records] == [f"{name}. 5 IN A 10.244.0.3"]
    cluster.apply(DNS_PODS.replace("IP", "4"))
    assert [record_text(record) for record in lookup(handle.current, name).records] == [f"{name}. 5 IN A 10.244.0.4"]


DOCUMENTS = objects_of(OBJECTS)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, len(DOCUMENTS) - 1), st.booleans()), max_size=25))
def test_many_changes_make_the_same_view_as_a_fresh_start(steps):
    options = TableOptions((b"\0",), pods=PodMode.VERIFIED, multicluster=(b"\0",))
    view, present = View(options), {}
    for index, keep in steps:
        thing = DOCUMENTS[index]
        old, new = present.pop(thing.key(), None), thing if keep else None
        view = view.changed([Change(thing.key(), old, new)])
        if new is not None:
            present[thing.key()] = new
    assert view == View(options).changed([Change(key, None, thing) for key, thing in present.items()])


CHANGING = objects_of(f"""{OBJECTS}
    ---
    kind: Service
    metadata: {{name: inner}}
    spec: {{type: ExternalName, externalName: web.default.svc.cluster.local}}
    ---
    {{kind: Service, metadata: {{name: web}}, spec: {{clusterIP: 10.96.0.9, ports: [{{name: http, port: 80}}]}}}}
    ---
    {{kind: Service, metadata: {{name: web}}, spec: {{clusterIP: None}}}}
    ---
    kind: EndpointSlice
    metadata: {{name: db-1, labels: {{kubernetes.io/service-name: db}}}}
    endpoints: [{{addresses: [web.default.svc.cluster.local], hostname: db-0}}]
    ports: [{{name: sql, port: 5432}}]
""")
ASKED = [
    (parse_name(f"{relative}cluster.local"), rtype)
    for relative in (
        "web.default.svc.", "inner.default.svc.", "db.default.svc.", "db-0.db.default.svc.", "web.other.svc.", "",
        "_http._tcp.web.default.svc.", "10-244-0-1.default.pod.", "default.svc.", "ns.dns.",
    )
    for rtype in (codes.A, codes.AAAA, codes.SRV, codes.CNAME, codes.TXT, codes.NS, codes.SOA)
]  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(CHANGING) - 1), st.booleans(), st.booleans()), max_size=15))
def test_after_many_changes_a_table_says_what_a_new_one_would(steps):
    options = TableOptions((parse_name("cluster.local"),), pods=PodMode.VERIFIED, own_addresses=("10.244.0.1",))
    present = {thing.key(): thing for thing in CHANGING}
    table = Table(View(options), 0).changed([Change(key, None, thing) for key, thing in present.items()], 1)
    for serial, (index, keep, ask) in enumerate([(0, True, True), *steps], start=2):
        thing = CHANGING[index]
        old, new = present.pop(thing.key(), None), thing if keep else None
        table = table.changed([Change(thing.key(), old, new)], serial)
        if new is not None:
            present[thing.key()] = new
        fresh = Table(table.view, table.serial)
        for name, rtype in ASKED if ask else ():
            assert table.lookup(name, rtype) == fresh.lookup(name, rtype), (name, rtype)


@settings(max_examples=200)
@given(st.binary(max_size=40), st.sampled_from([codes.A, codes.SRV, codes.TXT, codes.PTR, codes.SOA, codes.NS, 65]))
def test_any_labels_are_found_or_missing(left, rtype):
    table = SmallCluster(OBJECTS).table("cluster.local", "ip6.arpa", zonal=True, pods=PodMode.INSECURE)
    parts = [bytes([len(part)]) + part for part in left.split(b".") if part]
    for zone in ("default.svc.cluster.local", "default.pod.cluster.local", "pod.cluster.local", "ip6.arpa"):
        name = b"".join(parts).lower() + parse_name(zone)
        assert isinstance(table.lookup(name, rtype), Found | Missing)


@given(st.sampled_from(["web", "db", "db-0.db", "nope", "_sql._tcp.db"]), st.integers(0, 2**40))
def test_spelling_changes_no_answer_but_its_case(relative, upper):
    table = SmallCluster(OBJECTS).table()
    text = f"{relative}.default.svc.cluster.local"
    spelled = encode_name("".join(char.upper() if upper >> at & 1 else char for at, char in enumerate(text)))
    name = spelled.lower()
    outcome = respell(table.zone_of(name), name, spelled, codes.SRV, table.lookup(name, codes.SRV))
    assert _lower(outcome) == table.lookup(name, codes.SRV)
    if isinstance(outcome, Found):
        assert all(record.owner == spelled for record in outcome.records)


def _lower(outcome):
    def lower(record):
        return record.with_owner(record.owner.lower()).with_rdata(
            replace_names(record.rtype, record.rdata, bytes.lower)
        )

    if isinstance(outcome, Missing):
        return Missing(lower(outcome.soa), outcome.exists)
    return Found(tuple(map(lower, outcome.records)), tuple(map(lower, outcome.additional)))


@given(st.ip_addresses())
def test_addresses_come_back_from_their_reverse_names(address):
    mapped = address.ipv4_mapped if address.version == 6 else None
    assert reversed_address(reverse_name(address)) == str(mapped or address)
    assert pack_address(str(address)) == (mapped or address).packed


@pytest.mark.parametrize(
    "text", ["", "1.2.3", "01.2.3.4", "1.2.3.4.5", "fe80::1%eth0", ":::", "example.org", "1.2.3.4 "]
)
def test_what_is_no_address_is_none(text):
    assert pack_address(text) is None


def test_an_address_mapped_into_ipv6_is_ipv4():
    assert pack_address("::ffff:10.0.0.1") == ipaddress.IPv4Address("10.0.0.1").packed
