"""Endpoints that somebody wrote are mirrored to EndpointSlices, by the rules of the mirroring controller."""

import pytest
from controlling import Lab

SERVICE = """
apiVersion: v1
kind: Service
metadata: {name: outside, namespace: default, labels: {of: service}}
spec: {SPEC}
---
""".replace("SPEC", "ports: [{port: 80}]")
ENDPOINTS = """
apiVersion: v1
kind: Endpoints
metadata:
  name: outside
  namespace: default
  labels: {team: a}
  annotations: {note: kept, endpoints.kubernetes.io/last-change-trigger-time: '2026-01-01T00:00:00Z'}
subsets:
- addresses: [{ip: 192.0.2.1, hostname: one, nodeName: worker-1}, {ip: '2001:DB8::1'}]
  notReadyAddresses: [{ip: 192.0.2.2}]
  ports: [{name: http, port: 80}]
- addresses: [{ip: 192.0.2.3}]
  ports: [{name: admin, port: 81, protocol: UDP}]
---
"""


def test_a_slice_for_each_family_and_each_set_of_ports() -> None:
    lab = Lab(SERVICE + ENDPOINTS)
    found = {
        (one.address_type, one.ports[0].name, one.ports[0].port, one.ports[0].protocol): [
            (endpoint.addresses, endpoint.conditions.ready, endpoint.hostname, endpoint.node_name)
            for endpoint in one.endpoints
        ]
        for one in lab.slices("outside")
    }
    assert found == {
        ("IPv4", "http", 80, "TCP"): [
            (["192.0.2.1"], True, "one", "worker-1"),
            (["192.0.2.2"], False, None, None),
        ],
        ("IPv6", "http", 80, "TCP"): [(["2001:db8::1"], True, None, None)],
        ("IPv4", "admin", 81, "UDP"): [(["192.0.2.3"], True, None, None)],
    }


def test_labels_and_annotations_are_those_of_the_endpoints() -> None:
    one = Lab(SERVICE + ENDPOINTS).slices("outside")[0]
    assert one.metadata.labels == {
        "team": "a",
        "kubernetes.io/service-name": "outside",
        "endpointslice.kubernetes.io/managed-by": "endpointslicemirroring-controller.k8s.io",
    }
    assert one.metadata.annotations == {"note": "kept"}


def test_the_mirror_follows_endpoints_and_service() -> None:
    lab = Lab(ENDPOINTS)
    assert lab.slices("outside") == []
    lab.apply(SERVICE)
    assert "192.0.2.3" in lab.ready("outside")
    lab.apply(ENDPOINTS.replace("192.0.2.3", "192.0.2.4"))
    assert "192.0.2.3" not in lab.ready("outside")
    assert "192.0.2.4" in lab.ready("outside")
    lab.delete("Endpoints", "outside")
    assert lab.slices("outside") == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("labels: {team: a}", "labels: {endpointslice.kubernetes.io/skip-mirror: 'true'}"),
        ("{note: kept,", "{control-plane.alpha.kubernetes.io/leader: '{}',"),
    ],
)
def test_some_endpoints_are_not_mirrored(before: str, after: str) -> None:
    assert Lab(SERVICE + ENDPOINTS.replace(before, after)).slices("outside") == []


def test_endpoints_of_a_service_with_a_selector_are_not_mirrored() -> None:
    lab = Lab(SERVICE.replace("spec: {", "spec: {selector: {app: web}, ") + ENDPOINTS)
    assert lab.ready("outside") == []


def test_subsets_with_the_same_ports_share_a_slice_whatever_their_order() -> None:
    text = """
        apiVersion: v1
        kind: Endpoints
        metadata: {name: outside, namespace: default}
        subsets:
        - {addresses: [{ip: 192.0.2.1}], ports: [{name: a, port: 1}, {name: b, port: 2}]}
        - {addresses: [{ip: 192.0.2.2}], ports: [{name: b, port: 2}, {name: a, port: 1}]}
        """
    lab = Lab(SERVICE)
    lab.apply(text)
    (one,) = lab.slices("outside")
    assert [endpoint.addresses for endpoint in one.endpoints] == [["192.0.2.1"], ["192.0.2.2"]]


def test_at_most_a_thousand_addresses_of_a_subset_are_mirrored() -> None:
    addresses = ", ".join(f"{{ip: 10.1.{number // 250}.{number % 250 + 1}}}" for number in range(1001))
    lab = Lab(SERVICE)
    lab.apply(
        "{apiVersion: v1, kind: Endpoints, metadata: {name: outside, namespace: default}, "
        f"subsets: [{{addresses: [{addresses}], ports: [{{port: 80}}]}}]}}"
    )
    assert len(lab.ready("outside")) == 1000


def test_a_mirror_from_a_live_cluster_is_replaced_or_stands_for_endpoints_that_are_missing() -> None:
    mirror = """
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        addressType: IPv4
        metadata:
          name: outside-abcde
          namespace: default
          labels:
            kubernetes.io/service-name: outside
            endpointslice.kubernetes.io/managed-by: endpointslicemirroring-controller.k8s.io
        endpoints: [{addresses: [192.0.2.9]}]
        """
    lab = Lab(SERVICE)
    lab.apply(mirror)
    assert lab.ready("outside") == ["192.0.2.9"]
    lab.apply(ENDPOINTS)
    assert "192.0.2.9" not in lab.ready("outside")
    assert "192.0.2.1" in lab.ready("outside")
