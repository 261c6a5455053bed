"""What `clusterdns serve` serves: manifests by file, folder and standard input, nothing, and ranges by option."""

from collections.abc import Callable
from pathlib import Path

import pytest
from asking import addresses, rcode, records
from clusters import name_of, service
from serving import Server

Serve = Callable[..., Server]
NOWHERE = ("--upstream", "127.0.0.1:1")  # where nobody listens


def test_without_a_manifest_the_embedded_example_is_served_and_said_to_be(serve: Serve) -> None:
    server = serve(*NOWHERE)

    assert len(addresses(server.ask(name_of("web")))) == 1
    assert "embedded example" in server.log()


def test_an_empty_file_is_an_empty_cluster(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").touch()

    server = serve(*NOWHERE, tmp_path / "empty.yaml")

    assert rcode(server.ask(name_of("web"))) == "NXDOMAIN"
    assert addresses(server.ask(name_of("kubernetes"))) == ["10.96.0.1"]
    assert "example" not in server.log()


def test_manifests_are_arguments_or_options_as_of_kubectl_and_may_be_folders(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(service("one", "10.96.1.1"))
    (tmp_path / "two.yaml").write_text(service("two", "10.96.1.2"))
    (tmp_path / "more" / "deep").mkdir(parents=True)
    (tmp_path / "more" / "deep" / "three.yaml").write_text(service("three", "10.96.1.3"))

    server = serve(*NOWHERE, tmp_path / "one.yaml", "-f", tmp_path / "two.yaml", f"--filename={tmp_path / 'more'}")

    for name, address in (("one", "10.96.1.1"), ("two", "10.96.1.2"), ("three", "10.96.1.3")):
        assert addresses(server.ask(name_of(name))) == [address]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_manifest_may_come_through_standard_input(serve: Serve, tmp_path: Path, workers: str) -> None:
    (tmp_path / "given").write_text(service("given", "10.96.1.1"))

    server = serve(*NOWHERE, "--workers", workers, "-", stdin=tmp_path / "given")

    # Each question has a port of its own, so that every worker gets some.
    assert {tuple(addresses(server.ask(name_of("given")))) for _ in range(20)} == {("10.96.1.1",)}


def test_ranges_nodes_and_domain_are_those_of_the_options(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "manifest.yaml").write_text(
        """
        {apiVersion: v1, kind: List, items: [
          {kind: Service, apiVersion: v1, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}},
          {kind: Service, apiVersion: v1, metadata: {name: all}, spec: {clusterIP: None, selector: {app: web}}},
          {kind: DaemonSet, apiVersion: apps/v1, metadata: {name: web}, spec: {
            selector: {matchLabels: {app: web}},
            template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: web}]}}}}]}
        """
    )

    server = serve(
        *NOWHERE,
        *("--service-cidr", "192.168.128.0/24", "--pod-cidr", "192.168.0.0/20", "--nodes", "3"),
        *("--cluster-domain", "kube.example.", tmp_path / "manifest.yaml"),
    )

    (address,) = addresses(server.ask("web.default.svc.kube.example."))
    assert address.startswith("192.168.128.")
    pods = addresses(server.ask("all.default.svc.kube.example."))
    assert len(pods) == 3
    assert all(int(pod.split(".")[2]) < 16 for pod in pods)
    assert rcode(server.ask("web.default.svc.cluster.local.")) != "NOERROR"


def test_bare_is_a_cluster_without_anything_built_in(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "odd.yaml").write_text(service("odd_name", "10.96.1.1"))

    server = serve(*NOWHERE, "--bare", tmp_path / "odd.yaml")

    assert rcode(server.ask(name_of("kubernetes"))) == "NXDOMAIN"
    assert addresses(server.ask(name_of("odd_name"))) == ["10.96.1.1"]
    assert "[WARNING]" in server.log()
    assert "odd.yaml:3: Service default/odd_name: metadata.name:" in server.log()


def test_a_dump_of_a_live_cluster_is_served_through_standard_input(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "dump").write_text(
        """
        {apiVersion: v1, kind: List, items: [
          {kind: Namespace, apiVersion: v1, metadata: {name: shop}},
          {kind: Service, apiVersion: v1, metadata: {name: api, namespace: shop},
            spec: {clusterIP: None, selector: {app: api}, ports: [{name: http, port: 80}]}},
          {kind: ReplicaSet, apiVersion: apps/v1, metadata: {name: api-7d9f, namespace: shop, uid: u-1},
            spec: {replicas: 2, selector: {matchLabels: {app: api}},
              template: {metadata: {labels: {app: api}}, spec: {containers: [{name: api, image: api}]}}}},
          {kind: Pod, apiVersion: v1, metadata: {name: api-7d9f-abcde, namespace: shop, labels: {app: api},
              ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: api-7d9f, uid: u-1, controller: true}]},
            spec: {containers: [{name: api, image: api}]},
            status: {phase: Running, podIP: 10.244.9.9, podIPs: [{ip: 10.244.9.9}],
              conditions: [{type: Ready, status: 'True'}]}},
          {kind: EndpointSlice, apiVersion: discovery.k8s.io/v1, addressType: IPv4, ports: [{name: http, port: 80}],
            metadata: {name: api-x1, namespace: shop, labels: {kubernetes.io/service-name: api,
              endpointslice.kubernetes.io/managed-by: endpointslice-controller.k8s.io}},
            endpoints: [{addresses: [10.244.7.7], conditions: {ready: true}}]}]}
        """
    )

    server = serve(*NOWHERE, "-", stdin=tmp_path / "dump")

    pods = addresses(server.ask("api.shop.svc.cluster.local."))
    assert "10.244.9.9" in pods
    assert "10.244.7.7" not in pods
    assert len(pods) == 2
    assert len(records(server.ask("_http._tcp.api.shop.svc.cluster.local.", "SRV"))) == 2


def test_a_corefile_without_a_cluster_is_not_said_to_have_one(serve: Serve, tmp_path: Path) -> None:
    corefile = tmp_path / "Corefile"
    corefile.write_text(". {\n whoami\n}\n")
    log = serve("--conf", str(corefile)).log()
    assert "has no cluster" in log
    assert "example" not in log
