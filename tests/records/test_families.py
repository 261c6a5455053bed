"""What a family says of a name is what the table says, whatever the name, and after every change of the cluster."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_cluster import SmallCluster

from clusterdns.dns import codes
from clusterdns.dns.names import from_labels, name_text, parse_name
from clusterdns.records import families
from clusterdns.records.families import Absences, Denials, PodAddresses, family_of
from clusterdns.records.options import PodMode

OBJECTS = """
    {kind: Namespace, metadata: {name: default}}
    ---
    {kind: Service, metadata: {name: web}, spec: {clusterIP: 10.96.0.1, ports: [{name: http, port: 80}]}}
    ---
    {kind: Service, metadata: {name: db}, spec: {clusterIP: None}}
    ---
    kind: EndpointSlice
    metadata: {name: db-1, labels: {kubernetes.io/service-name: db}}
    endpoints: [{addresses: [10.244.0.1], hostname: db-0}]
    ports: [{name: sql, port: 5432}]
"""
ZONE = parse_name("cluster.local")
LABELS = (
    b"web", b"db", b"db-0", b"_http", b"_tcp", b"default", b"svc", b"pod", b"ns", b"dns", b"dns-version", b"cluster",
    b"local", b"arpa", b"in-addr", b"10", b"10-0-0-1", b"example", b"com", b"\x03svc", b"\x03com\x03svc", b"x" * 63,
)  # fmt: skip
ZONES = (ZONE, parse_name("local"), parse_name("arpa"), b"\0")
RELATIVE = st.lists(st.sampled_from(LABELS), max_size=6).map(from_labels).filter(lambda name: len(name) < 200)


@given(names=st.lists(RELATIVE, min_size=1, max_size=12), zone=st.sampled_from(ZONES))
@settings(max_examples=100, deadline=None)
def test_exactly_the_names_that_the_table_lacks_are_denied(names, zone):
    handle = SmallCluster(OBJECTS).open(name_text(zone))
    table = handle.current
    for qtype in (codes.A, codes.SRV, codes.TXT, codes.PTR, codes.NS):
        denials = Denials(handle, zone, qtype, "kubernetes")
        for relative in names:
            name = relative[:-1] + zone
            lacks = table.lookup(name, qtype) is table.zone_of(name).nxdomain
            assert (denials.answer(name) is not None) == lacks, (name, qtype)


SEVERAL = tuple(map(parse_name, ("cluster.local", "in-addr.arpa", "local.example", "ip6.arpa")))


@given(names=st.lists(st.tuples(RELATIVE, st.sampled_from(SEVERAL)), min_size=2, max_size=12))
@settings(max_examples=100, deadline=None)
def test_each_zone_denies_names_of_its_own_only(names):
    handle = SmallCluster(OBJECTS).open(*map(name_text, SEVERAL))
    table = handle.current
    families = {zone: Denials(handle, zone, codes.A, "kubernetes") for zone in SEVERAL}
    for relative, zone in names:
        name = relative[:-1] + zone
        lacks = table.lookup(name, codes.A) is table.zone_of(name).nxdomain
        for other, denials in families.items():
            assert (denials.answer(name) is not None) == (lacks and other == zone), (name, other)


def test_what_one_zone_has_found_out_is_no_denial_of_another():
    handle = SmallCluster(OBJECTS).open("cluster.local", "in-addr.arpa")
    name = parse_name("a.up.example.default.svc.cluster.local")
    reverse = Denials(handle, parse_name("in-addr.arpa"), codes.PTR, "kubernetes")
    assert reverse.answer(parse_name("1.2.3.10.in-addr.arpa"))
    assert Denials(handle, ZONE, codes.PTR, "kubernetes").answer(name)
    assert reverse.answer(name) is None


@given(names=st.lists(RELATIVE, min_size=1, max_size=12))
@settings(max_examples=50, deadline=None)
def test_exactly_the_names_without_records_have_none_but_for_the_name_server(names):
    handle = SmallCluster(OBJECTS).open()
    table = handle.current
    zone = table.zone_of(ZONE)
    for qtype in (codes.A, codes.AAAA, codes.SRV, codes.TXT, codes.SOA):
        absences = Absences(handle, ZONE, qtype, "kubernetes")
        for relative in names:
            name = relative[:-1] + ZONE
            empty = table.lookup(name, qtype) is zone.nodata and not zone.is_server(name)
            assert (absences.answer(name) is not None) == empty, (name, qtype)


@given(octets=st.binary(min_size=1, max_size=80), zone=st.sampled_from(ZONES))
def test_octets_that_are_no_name_do_no_harm(octets, zone):
    handle = SmallCluster(OBJECTS).open(name_text(zone), pods=PodMode.INSECURE)
    for family in (
        Denials(handle, zone, codes.A, "kubernetes"),
        Absences(handle, zone, codes.AAAA, "kubernetes"),
        PodAddresses(handle, parse_name("default.pod.cluster.local"), "kubernetes"),
    ):
        for name in (octets, octets + zone, octets + b"\x01x" + zone):
            assert family.answer(name) is None or handle.current.zone_of(name) is not None


def test_a_name_of_another_zone_is_not_denied():
    handle = SmallCluster(OBJECTS).open()
    denials = Denials(handle, ZONE, codes.A, "kubernetes")
    assert denials.answer(parse_name("nope.default.svc.cluster.local"))
    assert denials.answer(parse_name("nope.default.svc.cluster.locas")) is None
    assert denials.answer(parse_name("x.local")) is None
    assert denials.answer(b"\x80" + parse_name("x.nope.default.svc.cluster.local")) is None
    assert denials.answer(b"\x3fx\0") is None


def test_a_name_that_comes_to_exist_is_denied_no_longer():
    cluster = SmallCluster(OBJECTS)
    denials = Denials(cluster.open(), ZONE, codes.A, "kubernetes")
    name, below = parse_name("late.default.svc.cluster.local"), parse_name("x.y.late.default.svc.cluster.local")
    assert denials.answer(below)
    first = denials.answer(name)
    cluster.apply("{kind: Service, metadata: {name: late}, spec: {clusterIP: 10.96.0.7}}")
    assert denials.answer(name) is None
    second = denials.answer(parse_name("more.default.svc.cluster.local"))
    assert first != second, "the serial of the zone has grown"
    cluster.delete("Service", "late")
    assert denials.answer(name)


def test_the_address_is_in_the_name_only_as_long_as_the_namespace_is_there():
    cluster = SmallCluster(OBJECTS)
    handle = cluster.open(pods=PodMode.INSECURE)
    name = parse_name("10-0-0-1.default.pod.cluster.local")
    found = handle.current.lookup(name, codes.A)
    family = family_of(handle, handle.current.zone_of(name), name, codes.A, found, "kubernetes")
    assert family.answer(name).endswith(found.records[0].tail)
    cluster.delete("Namespace", "default")
    assert family.answer(name) is None
    cluster.apply("{kind: Namespace, metadata: {name: default}}")
    assert family.answer(name)


@pytest.mark.parametrize("inner", ["lab.cluster.local", "10-0-0-1.default.pod.cluster.local"])
def test_a_zone_with_another_one_below_it_has_no_families(inner):
    handle = SmallCluster(OBJECTS).open("cluster.local", inner, pods=PodMode.INSECURE)
    for name in map(parse_name, ("nope.cluster.local", "10-0-0-2.default.pod.cluster.local")):
        zone = handle.current.zone_of(name)
        assert family_of(handle, zone, name, codes.A, handle.current.lookup(name, codes.A), "kubernetes") is None


def test_names_that_strangers_make_up_are_not_remembered_for_ever(monkeypatch):
    monkeypatch.setattr(families, "MOST_VOID", 10)
    handle = SmallCluster(OBJECTS).open()
    denials = Denials(handle, ZONE, codes.A, "kubernetes")
    for number in range(100):
        assert denials.answer(parse_name(f"a.b.c{number}.default.svc.cluster.local"))
    assert len(handle.current.zone_of(ZONE).void) <= 10
