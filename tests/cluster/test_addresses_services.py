"""Cluster addresses of Services: stable, unique, given ones honoured, in both families."""

from ipaddress import ip_address, ip_network

import pytest
from controlling import Lab

from clusterdns.cluster.objects import Service
from clusterdns.cluster.settings import DEFAULT_POD_CIDRS, Settings, parse_cidrs


def service(name: str, spec: str = "{}", namespace: str = "default") -> str:
    return f"{{apiVersion: v1, kind: Service, metadata: {{name: {name}, namespace: {namespace}}}, spec: {spec}}}\n---\n"


PORTS = "ports: [{port: 80}]"


def test_a_service_gets_an_address_of_the_range() -> None:
    lab = Lab(service("web", f"{{{PORTS}}}"))
    spec = lab.one(Service, "web").spec
    assert ip_address(spec.cluster_ip) in ip_network("10.96.0.0/12")
    assert spec.cluster_ips == [spec.cluster_ip]
    assert (spec.ip_families, spec.ip_family_policy) == (["IPv4"], "SingleStack")
    assert spec.ports[0].target_port == 80


def test_other_services_change_no_address() -> None:
    alone = Lab(service("web", f"{{{PORTS}}}")).cluster_ips("web")
    lab = Lab("".join(service(f"other-{number}", f"{{{PORTS}}}") for number in range(50)))
    lab.apply(service("web", f"{{{PORTS}}}"))
    assert lab.cluster_ips("web") == alone
    lab.delete("Service", "other-7")
    assert lab.cluster_ips("web") == alone
    addresses = [one.spec.cluster_ip for one in lab.cluster.services.values()]
    assert len(set(addresses)) == len(addresses)


def test_a_given_address_is_honoured_and_handed_to_nobody_else() -> None:
    wished = Lab(service("web", f"{{{PORTS}}}")).cluster_ips("web")[0]
    lab = Lab(service("web", f"{{{PORTS}}}"))
    lab.apply(service("first-come", f"{{clusterIP: {wished}, {PORTS}}}"))
    assert lab.cluster_ips("first-come") == [wished]
    assert lab.cluster_ips("web") != [wished]
    lab.delete("Service", "first-come")
    assert lab.cluster_ips("web") == [wished]


def test_a_given_address_may_lie_outside_the_range() -> None:
    assert Lab(service("web", f"{{clusterIP: 10.11.4.10, {PORTS}}}")).cluster_ips("web") == ["10.11.4.10"]


def test_headless_services_have_no_address() -> None:
    lab = Lab(service("db", "{clusterIP: None, selector: {app: db}}") + service("free", "{clusterIP: None}"))
    spec = lab.one(Service, "db").spec
    assert (spec.cluster_ip, spec.cluster_ips, spec.ip_families) == ("None", ["None"], ["IPv4"])
    free = lab.one(Service, "free").spec
    assert (free.ip_families, free.ip_family_policy) == (["IPv4", "IPv6"], "RequireDualStack")


def test_an_externalname_has_neither_address_nor_family() -> None:
    spec = Lab(service("out", "{type: ExternalName, externalName: example.com}")).one(Service, "out").spec
    assert (spec.cluster_ip, spec.cluster_ips, spec.ip_families, spec.ip_family_policy) == ("", [], [], "")


@pytest.mark.parametrize(
    ("asked", "families"),
    [
        ("ipFamilies: [IPv6]", ["IPv6"]),
        ("ipFamilyPolicy: PreferDualStack", ["IPv4", "IPv6"]),
        ("ipFamilyPolicy: RequireDualStack, ipFamilies: [IPv6]", ["IPv6", "IPv4"]),
        ("ipFamilyPolicy: PreferDualStack, clusterIP: 'fd00:10:96::77'", ["IPv6", "IPv4"]),
    ],
)
def test_a_service_gets_addresses_of_the_families_it_asks_for(asked: str, families: list[str]) -> None:
    spec = Lab(service("web", f"{{{asked}, {PORTS}}}")).one(Service, "web").spec
    assert spec.ip_families == families
    assert [f"IPv{ip_address(ip).version}" for ip in spec.cluster_ips] == families
    assert spec.cluster_ip == spec.cluster_ips[0]
    ranges = {4: ip_network("10.96.0.0/12"), 6: ip_network("fd00:10:96::/112")}
    assert all(ip_address(ip) in ranges[ip_address(ip).version] for ip in spec.cluster_ips)


def test_the_family_of_the_first_range_is_that_of_services_which_ask_for_none() -> None:
    cidrs = parse_cidrs("fd00:7::/112, 10.7.0.0/16", Settings().service_cidrs)
    lab = Lab(service("web", f"{{{PORTS}}}"), Settings(service_cidrs=cidrs))
    assert lab.one(Service, "web").spec.ip_families == ["IPv6"]
    assert ip_address(lab.cluster_ips("web")[0]) in ip_network("fd00:7::/112")


def test_a_range_that_is_too_small_is_a_problem_and_no_end() -> None:
    cidrs = parse_cidrs("10.7.0.0/30", Settings().service_cidrs)
    lab = Lab(settings=Settings(service_cidrs=cidrs, bare=True))
    lab.apply(service("a", f"{{{PORTS}}}") + service("b", f"{{{PORTS}}}"))
    assert lab.cluster_ips("a") == ["10.7.0.2"]
    assert lab.cluster_ips("b") == []
    assert lab.plane.shortages() == [
        "10.7.0.0/30 has no address for 1 Services, default/b the first (a larger --service-cidr would do)"
    ]
    lab.delete("Service", "a")
    assert lab.cluster_ips("b") == ["10.7.0.2"]
    assert lab.plane.shortages() == []


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("10.0.0.0/33", "'10.0.0.0/33' is not a range of addresses like 10.244.0.0/16"),
        ("10.0.0.1/16", "'10.0.0.1/16' is not a range"),
        ("10.0.0.0/16,10.1.0.0/16", "has two ranges of IPv4"),
        ("10.7.1.0", "'10.7.1.0' is one address; a range has a length, such as 10.7.0.0/16"),
        ("10.7.0.0/16, fd00:7::", "'fd00:7::' is one address; a range has a length, such as fd00:7::/56"),
    ],
)
def test_a_range_that_is_none_is_named(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        parse_cidrs(text, DEFAULT_POD_CIDRS)


def test_ranges_that_overlap_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        Settings(pod_cidrs=parse_cidrs("10.100.0.0/16", DEFAULT_POD_CIDRS))
