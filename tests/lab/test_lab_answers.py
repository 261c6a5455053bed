"""What the lab answers, asked as a client does, at the node's cache; and which tiers had to be asked for it.

The lab is shared: a name is asked by one test only, since the caches remember.
"""

from collections.abc import Iterator

import pytest
from asking import addresses, rcode, records
from laboratory import Lab, laboratory
from serving import wait_until

CLUSTER = ["node-cache", "cluster-dns"]
INTRANET = [*CLUSTER, "intranet"]
INTERNET = [*INTRANET, "internet"]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with laboratory(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


def test_a_service_has_the_cluster_ip_that_its_manifest_gives(lab: Lab) -> None:
    reply, tiers = lab.ask_and_trace("service1.default.svc.cluster.local")

    assert records(reply) == ["service1.default.svc.cluster.local. A 10.11.4.10"]
    assert tiers == CLUSTER


@pytest.mark.parametrize("address", ["20.109.5.11", "20.109.5.12"])
def test_a_pod_is_known_by_its_address_with_dashes(lab: Lab, address: str) -> None:
    reply, tiers = lab.ask_and_trace(f"{address.replace('.', '-')}.default.pod.cluster.local")

    assert addresses(reply) == [address]
    assert tiers == CLUSTER


def test_an_address_without_a_pod_has_no_name(lab: Lab) -> None:
    reply, tiers = lab.ask_and_trace("20-109-5-99.default.pod.cluster.local")

    assert rcode(reply) == "NXDOMAIN"
    assert tiers == CLUSTER


def test_a_pod_with_hostname_and_subdomain_has_a_name_of_its_own(lab: Lab) -> None:
    reply, tiers = lab.ask_and_trace("pod5.headless1.default.svc.cluster.local")

    assert addresses(reply) == ["20.109.5.13"]
    assert tiers == CLUSTER


def test_a_headless_service_has_the_addresses_of_its_ready_pods(lab: Lab) -> None:
    reply, tiers = lab.ask_and_trace("headless1.default.svc.cluster.local")

    assert addresses(reply) == ["20.109.5.13", "20.109.5.14"]
    assert tiers == CLUSTER


def test_a_headless_service_names_its_ready_pods_by_srv(lab: Lab) -> None:
    reply, tiers = lab.ask_and_trace("headless1.default.svc.cluster.local", "SRV")

    assert tiers == CLUSTER
    assert records(reply) == [
        "headless1.default.svc.cluster.local. SRV 0 50 8080 20-109-5-14.headless1.default.svc.cluster.local.",
        "headless1.default.svc.cluster.local. SRV 0 50 8080 pod5.headless1.default.svc.cluster.local.",
    ]
    assert records(reply, "additional") == [
        "20-109-5-14.headless1.default.svc.cluster.local. A 20.109.5.14",
        "pod5.headless1.default.svc.cluster.local. A 20.109.5.13",
    ]


def test_a_service_without_selector_has_its_cluster_ip(lab: Lab) -> None:
    reply, tiers = lab.ask_and_trace("service2.default.svc.cluster.local")

    assert addresses(reply) == ["10.96.0.20"]
    assert tiers == CLUSTER


@pytest.mark.parametrize(("endpoint", "address"), [("20-109-5-12", "20.109.5.12"), ("mainframe", "192.168.0.40")])
def test_endpoints_written_by_hand_have_names_inside_the_cluster_and_outside(
    lab: Lab, endpoint: str, address: str
) -> None:
    reply, tiers = lab.ask_and_trace(f"{endpoint}.service2.default.svc.cluster.local")

    assert addresses(reply) == [address]
    assert tiers == CLUSTER


@pytest.mark.parametrize(("service", "cluster_ip"), [("service3", "10.96.0.80"), ("service4", "10.96.0.81")])
def test_a_published_service_is_its_cluster_ip_inside_the_cluster(lab: Lab, service: str, cluster_ip: str) -> None:
    reply, tiers = lab.ask_and_trace(f"{service}.default.svc.cluster.local")

    assert addresses(reply) == [cluster_ip]
    assert tiers == CLUSTER


@pytest.mark.parametrize(
    ("host", "address"), [("master", "192.168.0.30"), ("node1", "192.168.0.31"), ("node2", "192.168.0.32")]
)
def test_the_machines_are_named_by_the_intranet(lab: Lab, host: str, address: str) -> None:
    reply, tiers = lab.ask_and_trace(f"{host}.company.example")

    assert addresses(reply) == [address]
    assert tiers == INTRANET


def test_an_address_of_the_company_is_named_by_the_intranet(lab: Lab) -> None:
    reply, tiers = lab.ask_and_trace("31.0.168.192.in-addr.arpa", "PTR")

    assert records(reply) == ["31.0.168.192.in-addr.arpa. PTR node1.company.example."]
    assert tiers == INTRANET


def test_an_address_that_a_service_has_as_endpoint_is_named_by_the_cluster(lab: Lab) -> None:
    reply, tiers = lab.ask_and_trace("30.0.168.192.in-addr.arpa", "PTR")

    assert records(reply) == ["30.0.168.192.in-addr.arpa. PTR 192-168-0-30.kubernetes.default.svc.cluster.local."]
    assert tiers == CLUSTER


def test_the_api_server_is_on_the_master(lab: Lab) -> None:
    reply = lab.ask("kubernetes.default.svc.cluster.local", "SRV")
    assert [record.split()[-1] for record in records(reply)] == ["kubernetes.default.svc.cluster.local."]

    assert addresses(lab.ask("192-168-0-30.kubernetes.default.svc.cluster.local")) == ["192.168.0.30"]


def test_an_external_name_is_followed_through_intranet_and_internet(lab: Lab) -> None:
    reply, tiers = lab.ask_and_trace("code.default.svc.cluster.local")

    assert records(reply) == [
        "code.default.svc.cluster.local. CNAME github.com.",
        "github.com. A 203.0.113.10",
    ]
    assert tiers == CLUSTER
    assert lab.tiers_asked("github.com")[-2:] == ["intranet", "internet"]


def test_a_name_on_the_internet_is_asked_through_all_tiers_once(lab: Lab) -> None:
    reply, tiers = lab.ask_and_trace("www.google.com")
    assert addresses(reply) == ["198.51.100.30"]
    assert tiers == INTERNET
    first = reply.answer[0].ttl

    again, tiers = lab.ask_and_trace("www.google.com")
    assert addresses(again) == ["198.51.100.30"]
    assert tiers == ["node-cache"]

    assert 0 < first <= 30
    wait_until(lambda: lab.ask("www.google.com").answer[0].ttl < first, "the TTL did not count down", patience=3)
