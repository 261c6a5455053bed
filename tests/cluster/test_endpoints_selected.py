"""EndpointSlices of Services with a selector: which Pods are in them, and how."""

from ipaddress import ip_address

import pytest
from controlling import Lab

from clusterdns.cluster.objects import EndpointSlice, Service
from clusterdns.cluster.settings import Settings


def service(spec: str, meta: str = "") -> str:
    return (
        f"{{apiVersion: v1, kind: Service, metadata: {{name: web, namespace: default{meta}}}, spec: {{{spec}}}}}\n---\n"
    )


def pod(name: str, spec: str = "", status: str = "", meta: str = "", labels: str = "{app: web}") -> str:
    return (
        f"{{apiVersion: v1, kind: Pod, metadata: {{name: {name}, namespace: default, labels: {labels}{meta}}}, "
        f"spec: {{{spec or 'containers: [{name: c}]'}}}, status: {{{status}}}}}\n---\n"
    )


SELECTED = "selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]"
GONE = ", deletionTimestamp: '2026-01-01T00:00:00Z'"
NOT_READY = "podIP: 10.244.1.1, conditions: [{type: Ready, status: 'False'}]"


def conditions(lab: Lab) -> list[tuple[bool | None, bool | None, bool | None]]:
    """Ready, serving, terminating of each endpoint."""
    found = [endpoint.conditions for one in lab.slices("web") for endpoint in one.endpoints]
    return [(one.ready, one.serving, one.terminating) for one in found]


def test_a_service_has_the_pods_that_it_selects() -> None:
    lab = Lab(service(SELECTED) + pod("a") + pod("b") + pod("other", labels="{app: other}"))
    (one,) = lab.slices("web")
    assert lab.ready("web") == sorted(lab.ips("a") + lab.ips("b"))
    assert [(port.name, port.protocol, port.port) for port in one.ports] == [("http", "TCP", 8080)]
    assert one.address_type == "IPv4"
    endpoint = one.endpoints[0]
    assert (endpoint.target_ref.kind, endpoint.target_ref.namespace, endpoint.target_ref.name) == (
        "Pod",
        "default",
        "a",
    )
    assert endpoint.node_name == "worker-1"


def test_endpoints_follow_labels_selectors_and_pods() -> None:
    lab = Lab(service(SELECTED) + pod("a"))
    (before,) = lab.ready("web")
    lab.apply(pod("a", labels="{app: other}"))
    assert lab.ready("web") == []
    lab.apply(service("selector: {app: other}, ports: [{port: 80}]"))
    assert lab.ready("web") == [before]
    lab.delete("Pod", "a")
    assert lab.ready("web") == []


def test_an_empty_selector_selects_nothing() -> None:
    lab = Lab(service("ports: [{port: 80}]") + pod("a", labels="{}"))
    assert lab.slices("web") == []


def test_a_service_without_endpoints_has_an_empty_slice_of_each_family() -> None:
    lab = Lab(service(SELECTED + ", ipFamilyPolicy: RequireDualStack"))
    assert sorted((one.address_type, one.endpoints, one.ports) for one in lab.slices("web")) == [
        ("IPv4", [], []),
        ("IPv6", [], []),
    ]


def test_labels_come_from_the_service() -> None:
    headless = service("clusterIP: None, " + SELECTED, ", labels: {tier: gold, kubernetes.io/service-name: lie}")
    (one,) = Lab(headless + pod("a")).slices("web")
    assert one.metadata.labels == {
        "tier": "gold",
        "kubernetes.io/service-name": "web",
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
        "service.kubernetes.io/headless": "",
    }
    assert one.name.startswith("web-")
    (one,) = Lab(service(SELECTED) + pod("a")).slices("web")
    assert "service.kubernetes.io/headless" not in one.metadata.labels


@pytest.mark.parametrize(
    ("status", "meta", "expected"),
    [
        ("", "", [(True, True, False)]),
        (NOT_READY, "", [(False, False, False)]),
        ("podIP: 10.244.1.1", GONE, [(False, True, True)]),
        (NOT_READY, GONE, [(False, False, True)]),
        ("phase: Succeeded, podIP: 10.244.1.1", "", []),
        ("phase: Failed, podIP: 10.244.1.1", "", []),
        ("phase: Pending", "", []),
        ("phase: Pending, podIP: 10.244.1.1", "", [(True, True, False)]),
    ],
)
def test_conditions_are_those_of_the_pod(
    status: str, meta: str, expected: list[tuple[bool | None, bool | None, bool | None]]
) -> None:
    assert conditions(Lab(service(SELECTED) + pod("a", status=status, meta=meta))) == expected


def test_a_service_can_publish_pods_that_are_not_ready() -> None:
    publishing = service(SELECTED + ", publishNotReadyAddresses: true")
    assert conditions(Lab(publishing + pod("a", status=NOT_READY))) == [(True, False, False)]
    assert conditions(Lab(publishing + pod("a", meta=GONE))) == [(True, True, True)]


def test_an_endpoint_has_a_hostname_if_its_subdomain_is_the_service() -> None:
    pods = (
        pod("a", "hostname: one, subdomain: web, containers: [{name: c}]")
        + pod("b", "hostname: two, subdomain: other, containers: [{name: c}]")
        + pod("c", "subdomain: web, containers: [{name: c}]")
    )
    (one,) = Lab(service(SELECTED) + pods).slices("web")
    assert [endpoint.hostname for endpoint in one.endpoints] == ["one", None, None]


def test_named_target_ports_are_numbers_of_each_pod() -> None:
    def named(name: str, number: int) -> str:
        return pod(name, f"containers: [{{name: c, ports: [{{name: web, containerPort: {number}}}]}}]")

    lab = Lab(
        service("selector: {app: web}, ports: [{name: http, port: 80, targetPort: web}, {name: x, port: 1}]")
        + named("a", 8080)
        + named("b", 9090)
        + named("c", 8080)
        + pod("without")
    )
    by_ports = {
        tuple((port.name, port.port) for port in one.ports): [endpoint.target_ref.name for endpoint in one.endpoints]
        for one in lab.slices("web")
    }
    assert by_ports == {
        (("http", 8080), ("x", 1)): ["a", "c"],
        (("http", 9090), ("x", 1)): ["b"],
        (("x", 1),): ["without"],
    }


def test_a_sidecar_s_port_counts_and_the_protocol_must_agree() -> None:
    lab = Lab(
        service("selector: {app: web}, ports: [{port: 80, targetPort: side}, {name: u, port: 81, targetPort: main}]")
        .replace("{port: 80", "{name: t, port: 80")
        .replace("targetPort: main}", "targetPort: main, protocol: UDP}")
        + pod(
            "a",
            "containers: [{name: c, ports: [{name: main, containerPort: 1}]}], initContainers: ["
            "{name: early, ports: [{name: side, containerPort: 2}]},"
            "{name: s, restartPolicy: Always, ports: [{name: side, containerPort: 3}]}]",
        )
    )
    assert [(port.name, port.port) for one in lab.slices("web") for port in one.ports] == [("t", 3)]


def test_a_headless_service_needs_no_ports() -> None:
    lab = Lab(service("clusterIP: None, selector: {app: web}") + pod("a"))
    assert lab.ready("web") == lab.ips()
    assert lab.slices("web")[0].ports == []


def test_pods_get_an_ipv6_address_when_a_service_asks_it_of_them() -> None:
    lab = Lab(service(SELECTED) + pod("a") + pod("b", labels="{app: other}"))
    assert [ip_address(ip).version for ip in lab.ips()] == [4, 4]
    first = lab.ips("a")
    lab.apply(service(SELECTED + ", ipFamilyPolicy: PreferDualStack"))
    assert [ip_address(ip).version for ip in lab.ips("a")] == [4, 6]
    assert [ip_address(ip).version for ip in lab.ips("b")] == [4]
    assert lab.ips("a")[:1] == first
    assert {one.address_type: one.endpoints[0].addresses for one in lab.slices("web")} == {
        "IPv4": lab.ips("a")[:1],
        "IPv6": lab.ips("a")[1:],
    }
    lab.delete("Service", "web")
    assert lab.ips("a") == first


def test_families_left_open_are_filled_in_unless_the_cluster_is_bare() -> None:
    dual = pod("a", status="podIPs: [{ip: 10.244.1.1}, {ip: 'fd00::1'}], podIP: 10.244.1.1")
    for spec in (SELECTED, "clusterIP: None, " + SELECTED):
        assert Lab(service(spec) + dual).ready("web") == ["10.244.1.1"]
        bare = Lab(service(spec) + dual, Settings(bare=True))
        assert bare.ready("web") == ["10.244.1.1", "fd00::1"]
        assert bare.one(Service, "web").spec.ip_families == []


def test_a_slice_has_at_most_a_hundred_endpoints() -> None:
    lab = Lab(service(SELECTED) + "".join(pod(f"p{number:03}") for number in range(205)))
    slices = lab.slices("web")
    assert sorted(len(one.endpoints) for one in slices) == [5, 100, 100]
    assert len(lab.ready("web")) == 205


def test_an_endpoint_is_in_the_zone_of_its_node() -> None:
    node = """
        apiVersion: v1
        kind: Node
        metadata: {name: one, labels: {topology.kubernetes.io/zone: ZONE}}
        """
    lab = Lab(service(SELECTED) + pod("a"))
    lab.apply(node.replace("ZONE", "east"))
    assert lab.slices("web")[0].endpoints[0].zone == "east"
    lab.apply(node.replace("ZONE", "west"))
    assert lab.slices("web")[0].endpoints[0].zone == "west"


def test_an_externalname_with_a_selector_has_no_endpoints() -> None:
    lab = Lab(service("type: ExternalName, externalName: example.com, selector: {app: web}") + pod("a"))
    assert lab.slices("web") == []


def test_slices_that_a_controller_made_are_replaced_and_others_kept() -> None:
    made, kept = (
        f"{{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, addressType: IPv4, metadata: {{name: {name}, "
        f"namespace: default, labels: {{kubernetes.io/service-name: web{label}}}}}, "
        f"endpoints: [{{addresses: [{ip}]}}]}}\n---\n"
        for name, label, ip in (
            ("web-abcde", ", endpointslice.kubernetes.io/managed-by: endpointslice-controller.k8s.io", "10.244.7.7"),
            ("by-hand", "", "192.0.2.1"),
        )
    )
    lab = Lab(service(SELECTED) + pod("a", status="podIP: 10.244.1.1") + made + kept)
    assert lab.ready("web") == ["10.244.1.1", "192.0.2.1"]
    assert "web-abcde" not in [one.name for one in lab.cluster.of(EndpointSlice).values()]


def test_a_slice_that_names_no_service_or_none_that_is_there_is_shown_as_given() -> None:
    text = (
        "{{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, addressType: IPv4, "
        "metadata: {{name: {0}, namespace: default, labels: {1}}}, endpoints: []}}\n---\n"
    )
    lab = Lab(text.format("free", "{}") + text.format("early", "{kubernetes.io/service-name: later}"))
    assert [one.name for one in lab.slices("later")] == ["early"]
    assert lab.cluster.of(EndpointSlice).keys() >= {("default", "early"), ("default", "free")}
