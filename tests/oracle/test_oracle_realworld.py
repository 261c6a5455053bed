"""Manifests that people really apply, unchanged: every Service, every named port, every Pod by name resolves."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from asking import addresses, ask, rcode, records
from judges import NEEDS_ORACLE, oracle

from clusterdns.testing import ClusterDNS

pytestmark = NEEDS_ORACLE

SETS = ["online-boutique.yaml", "kube-prometheus", "kubernetes-examples", "coredns-ci-dns-test.yaml"]
NODES = 2  # as many as there are when no manifest has any
Object = dict[str, Any]


def test_no_set_is_forgotten() -> None:
    assert sorted(SETS) == sorted(path.name for path in oracle("realworld").iterdir() if path.name != "README.md")


@pytest.mark.parametrize("name", SETS)
def test_real_manifests_are_served(name: str) -> None:
    objects = list(read(oracle("realworld", name)))
    services = [each for each in objects if each["kind"] == "Service"]
    assert services

    with ClusterDNS(oracle("realworld", name)) as cluster:
        for service in services:
            check_service(cluster, service, objects)
        for workload in objects:
            if workload["kind"] == "StatefulSet":
                check_names_of_pods(cluster, workload)


def check_service(cluster: ClusterDNS, service: Object, objects: list[Object]) -> None:
    spec, name = service["spec"], name_of(service)
    reply = ask(name, port=cluster.port)
    if spec.get("type") == "ExternalName":
        assert records(reply)[0].startswith(f"{name} CNAME {spec['externalName'].rstrip('.')}.")
        return
    if spec.get("clusterIP") != "None":
        assert len(addresses(reply)) == 1
        assert spec.get("clusterIP") in (None, "", *addresses(reply))
        ready = 1
    else:
        ready = len(addresses(reply)) + len(addresses(ask(name, "AAAA", port=cluster.port)))
        assert ready == how_many_endpoints(service, objects)
        assert rcode(reply) == ("NOERROR" if ready else "NXDOMAIN")
    for port in spec.get("ports", []):
        if "name" in port and ready:
            protocol = port.get("protocol", "TCP").lower()
            assert len(cluster.resolve(f"_{port['name']}._{protocol}.{name}", "SRV")) == ready


def check_names_of_pods(cluster: ClusterDNS, workload: Object) -> None:
    governing = workload["spec"]["serviceName"]
    service = f"{governing}.{namespace_of(workload)}.svc.cluster.local."
    everybody = cluster.resolve(service)
    for ordinal in range(workload["spec"].get("replicas", 1)):
        (address,) = cluster.resolve(f"{workload['metadata']['name']}-{ordinal}.{service}")
        assert address in everybody


def how_many_endpoints(service: Object, objects: list[Object]) -> int:
    selector, namespace = service["spec"].get("selector"), namespace_of(service)
    same = [each for each in objects if namespace_of(each) == namespace]
    if not selector:
        by_hand = [e for e in same if e["kind"] == "Endpoints" and e["metadata"]["name"] == service["metadata"]["name"]]
        return sum(len(subset["addresses"]) for endpoints in by_hand for subset in endpoints["subsets"])
    return sum(pods_of(each) for each in same if selector.items() <= labels_of_pods(each).items())


def pods_of(workload: Object) -> int:
    if workload["kind"] == "Pod":
        return 1
    replicas = NODES if workload["kind"] == "DaemonSet" else workload["spec"].get("replicas", 1)
    assert isinstance(replicas, int)
    return replicas


def labels_of_pods(workload: Object) -> dict[str, str]:
    pod = workload if workload["kind"] == "Pod" else workload.get("spec", {}).get("template", {})
    labels = pod.get("metadata", {}).get("labels", {})
    assert isinstance(labels, dict)
    return labels


def read(path: Path) -> Iterator[Object]:
    for file in sorted(path.rglob("*.yaml")) if path.is_dir() else [path]:
        for document in yaml.safe_load_all(file.read_text()):
            if document:
                yield from document["items"] if document["kind"].endswith("List") else [document]


def name_of(service: Object) -> str:
    return f"{service['metadata']['name']}.{namespace_of(service)}.svc.cluster.local."


def namespace_of(each: Object) -> str:
    namespace = each["metadata"].get("namespace", "default")
    assert isinstance(namespace, str)
    return namespace
