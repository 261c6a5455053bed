"""What a test changes is answered when the call returns, or nothing is changed and the error says why."""

import socket

import dns.message
import dns.query
import pytest
from asking import rcode
from web import DB, DB_NAME, WEB, WEB_NAME, service

from clusterdns.testing import ClusterDNS, InvalidObject, NoSuchObject

DEPLOYMENT = """
apiVersion: v1
kind: Service
metadata: {name: api}
spec: {clusterIP: None, selector: {app: api}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec:
  replicas: 2
  selector: {matchLabels: {app: api}}
  template: {metadata: {labels: {app: api}}, spec: {containers: [{name: api, image: api}]}}
"""
DUMP = """
{apiVersion: v1, kind: List, items: [
  {kind: Service, apiVersion: v1, metadata: {name: api}, spec: {clusterIP: None, selector: {app: api}}},
  {kind: ReplicaSet, apiVersion: apps/v1, metadata: {name: api, uid: u-1}, spec: {replicas: 2,
    selector: {matchLabels: {app: api}},
    template: {metadata: {labels: {app: api}}, spec: {containers: [{name: api, image: api}]}}}},
  {kind: Pod, apiVersion: v1, spec: {containers: [{name: api, image: api}]}, status: {podIP: 10.244.9.1},
    metadata: {name: api-a, labels: {app: api}, ownerReferences: [
      {apiVersion: apps/v1, kind: ReplicaSet, name: api, uid: u-1, controller: true}]}},
  {kind: Pod, apiVersion: v1, spec: {containers: [{name: api, image: api}]}, status: {podIP: 10.244.9.2},
    metadata: {name: api-b, labels: {app: api}, ownerReferences: [
      {apiVersion: apps/v1, kind: ReplicaSet, name: api, uid: u-1, controller: true}]}}]}
"""
DUMP_WITHOUT_REPLICASETS = (
    DEPLOYMENT
    + """
---
{apiVersion: v1, kind: List, items: [
  {kind: Pod, apiVersion: v1, spec: {containers: [{name: api, image: api}]}, status: {podIP: 10.244.9.1},
    metadata: {name: api-7d9f-a, labels: {app: api, pod-template-hash: 7d9f}, ownerReferences: [
      {apiVersion: apps/v1, kind: ReplicaSet, name: api-7d9f, uid: u-1, controller: true}]}},
  {kind: Pod, apiVersion: v1, spec: {containers: [{name: api, image: api}]}, status: {podIP: 10.244.9.2},
    metadata: {name: api-7d9f-b, labels: {app: api, pod-template-hash: 7d9f}, ownerReferences: [
      {apiVersion: apps/v1, kind: ReplicaSet, name: api-7d9f, uid: u-1, controller: true}]}}]}
"""
)
API_NAME = "api.default.svc.cluster.local"


def test_what_is_applied_is_answered() -> None:
    with ClusterDNS() as dns:
        assert dns.resolve(WEB_NAME) == []
        dns.apply(WEB)
        assert dns.resolve(WEB_NAME) == ["10.96.1.1"]
        dns.apply(service("web", "10.96.1.2"), service("api", "10.96.1.3"))
        assert dns.resolve(WEB_NAME) == ["10.96.1.2"]
        assert dns.resolve(API_NAME) == ["10.96.1.3"]


def test_a_change_is_answered_by_the_next_packet_over_udp_and_tcp() -> None:
    question = dns.message.make_query(WEB_NAME, "A")
    with ClusterDNS(WEB) as cluster, socket.create_connection((cluster.host, cluster.port)) as connection:
        connection.settimeout(5)
        for last in range(200):
            cluster.apply(service("web", f"10.96.3.{last}"))
            over_udp = dns.query.udp(question, cluster.host, 5, cluster.port)
            dns.query.send_tcp(connection, question)
            over_tcp, _ = dns.query.receive_tcp(connection)
            for reply in (over_udp, over_tcp):
                assert [record.address for record in reply.answer[0]] == [f"10.96.3.{last}"]


@pytest.mark.parametrize("negative", [False, True])
def test_a_cache_in_the_corefile_does_not_hide_a_change(negative: bool) -> None:
    corefile = ".:53 {\n kubernetes cluster.local\n cache 30\n}\n"
    with ClusterDNS(*([] if negative else [WEB]), corefile=corefile) as dns:
        for _ in range(3):
            assert dns.resolve(WEB_NAME) == ([] if negative else ["10.96.1.1"])
        dns.apply(service("web", "10.96.1.2"))
        assert dns.resolve(WEB_NAME) == ["10.96.1.2"]


def test_an_invalid_object_is_refused_with_name_and_place_and_changes_nothing() -> None:
    with ClusterDNS(WEB) as dns:
        with pytest.raises(InvalidObject) as refused:
            dns.apply(WEB.replace("10.96.1.1", "10.96.1.2") + "---" + DB + "---" + WEB.replace("80", "70000"))

        assert refused.value.problems == [
            "argument 1:23: Service default/web: is there twice, also at argument 1:2",
            "argument 1:26: Service default/web: spec.ports[0].port: 70000 is not a port (1 to 65535)",
        ]
        assert dns.resolve(WEB_NAME) == ["10.96.1.1"]
        assert dns.resolve(DB_NAME) == []


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("kind: [\n", "argument 1:1: is not YAML"),
        ("hello: world\n", "argument 1:1: has no apiVersion and kind"),
        ({"kind": "Service"}, "argument 1: has no apiVersion"),
        ("\n---\n", "there is no object to apply"),
        ("none.yaml", "none.yaml: there is no such file or folder"),
    ],
)
def test_what_is_no_object_is_refused(source: object, problem: str) -> None:
    with ClusterDNS() as dns, pytest.raises(InvalidObject, match=problem):
        dns.apply(source)  # type: ignore[arg-type]


def test_what_is_deleted_is_gone() -> None:
    with ClusterDNS(WEB, DB) as dns:
        dns.delete("Service", "web")
        dns.delete("StatefulSet", "db", namespace="data")

        assert dns.resolve(WEB_NAME) == []
        assert dns.resolve(DB_NAME) == []
        assert dns.resolve(f"_mongodb._tcp.{DB_NAME}", "SRV") == []


def test_a_namespace_goes_with_all_that_is_in_it() -> None:
    with ClusterDNS(WEB, DB) as dns:
        dns.delete("Namespace", "data")

        assert rcode(dns_reply(dns, "data.svc.cluster.local")) == "NXDOMAIN"
        assert dns.resolve(WEB_NAME) == ["10.96.1.1"]


def dns_reply(cluster: ClusterDNS, name: str) -> dns.message.Message:
    return dns.query.udp(dns.message.make_query(name, "A"), cluster.host, 5, cluster.port)


def test_a_workload_goes_with_the_pods_that_it_owns() -> None:
    with ClusterDNS(DUMP) as dns:
        assert dns.resolve(API_NAME) == ["10.244.9.1", "10.244.9.2"]
        dns.delete("ReplicaSet", "api")
        assert dns.resolve(API_NAME) == []


def test_a_workload_is_scaled_up_and_down() -> None:
    with ClusterDNS(DB, DEPLOYMENT) as dns:
        before = dns.resolve(DB_NAME)
        for replicas in (3, 0, 2):
            dns.scale("StatefulSet", "db", replicas, namespace="data")
            dns.scale("Deployment", "api", replicas)
            assert len(dns.resolve(DB_NAME)) == len(dns.resolve(API_NAME)) == replicas
        assert dns.resolve(DB_NAME) == before
        assert dns.resolve(f"db-2.{DB_NAME}") == []


def test_pods_of_a_dump_are_scaled_as_well() -> None:
    with ClusterDNS(DUMP) as dns:
        dns.scale("ReplicaSet", "api", 1)
        assert dns.resolve(API_NAME) == ["10.244.9.1"]
        dns.scale("ReplicaSet", "api", 3)
        assert len(dns.resolve(API_NAME)) == 3


def test_pods_of_a_dump_without_replicasets_are_those_of_their_deployment() -> None:
    with ClusterDNS(DUMP_WITHOUT_REPLICASETS) as dns:
        dns.scale("Deployment", "api", 1)
        assert dns.resolve(API_NAME) == ["10.244.9.1"]
        dns.restart("Deployment", "api")
        (address,) = dns.resolve(API_NAME)
        assert address != "10.244.9.1"
        dns.delete("deployment", "api")
        assert dns.resolve(API_NAME) == []


def test_owners_in_a_circle_are_deleted_together() -> None:
    pod = (
        "{kind: Pod, apiVersion: v1, spec: {containers: [{name: a, image: a}]}, metadata: {name: %s, "
        "labels: {app: api}, ownerReferences: [{apiVersion: v1, kind: Pod, name: %s, uid: u}]}}"
    )
    with ClusterDNS(DEPLOYMENT.partition("---")[0], pod % ("one", "two"), pod % ("two", "one")) as dns:
        assert len(dns.resolve(API_NAME)) == 2
        dns.delete("Pod", "one")
        assert dns.resolve(API_NAME) == []


@pytest.mark.parametrize(
    ("manifest", "kind", "name", "namespace", "service"),
    [
        (DB, "StatefulSet", "db", "data", DB_NAME),
        (DEPLOYMENT, "Deployment", "api", "default", API_NAME),
    ],
)
def test_a_restarted_workload_has_other_addresses(
    manifest: str, kind: str, name: str, namespace: str, service: str
) -> None:
    with ClusterDNS(manifest) as dns:
        seen = set(dns.resolve(service))
        for _ in range(3):
            dns.restart(kind, name, namespace=namespace)
            now = set(dns.resolve(service))
            assert len(now) == 2
            assert not now & seen
            seen |= now


def test_the_same_restart_gives_the_same_addresses_in_every_run() -> None:
    def restarted() -> list[str]:
        with ClusterDNS(DB) as dns:
            dns.restart("StatefulSet", "db", namespace="data")
            return dns.resolve(DB_NAME)

    assert restarted() == restarted()


def test_a_pod_that_is_not_ready_is_not_answered() -> None:
    with ClusterDNS(DB) as dns:
        first, second = dns.resolve(DB_NAME)
        pod = next(each for each in ("db-0", "db-1") if dns.resolve(f"{each}.{DB_NAME}") == [first])

        dns.set_ready(pod, False, namespace="data")
        assert dns.resolve(DB_NAME) == [second]
        assert dns.resolve(f"{pod}.{DB_NAME}") == []

        dns.set_ready(pod, True, namespace="data")
        assert dns.resolve(DB_NAME) == [first, second]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda dns: dns.delete("Service", "db"), r"no Service default/db \(there is one in namespace data\)"),
        (lambda dns: dns.delete("service", "wep"), r"no Service default/wep \(there is web\)"),
        (lambda dns: dns.delete("Servise", "web"), "'Servise' is no kind that means something to DNS"),
        (lambda dns: dns.delete("Pod", "db-0", namespace="data"), r"made it \(change StatefulSet db instead\)"),
        (lambda dns: dns.delete("Service", "kubernetes"), "in no manifest: the control plane made it"),
        (lambda dns: dns.delete("Namespace", "none"), "there is no Namespace none"),
        (lambda dns: dns.scale("Deployment", "web", 2), r"no Deployment default/web \(there is no Deployment\)"),
        (lambda dns: dns.scale("Service", "web", 2), "Service default/web can't be scaled"),
        (lambda dns: dns.restart("Service", "web"), "Service default/web can't be restarted"),
        (lambda dns: dns.set_ready("db-0", False), r"no Pod default/db-0 \(there is one in namespace data\)"),
        (lambda dns: dns.set_ready("db-7", False, namespace="data"), r"no Pod data/db-7 \(there is db-0, db-1\)"),
    ],
)
def test_what_is_not_there_can_not_be_changed(change, problem: str) -> None:
    with ClusterDNS(WEB, DB) as dns:
        with pytest.raises(NoSuchObject, match=problem):
            change(dns)

        assert dns.resolve(WEB_NAME) == ["10.96.1.1"]
        assert len(dns.resolve(DB_NAME)) == 2


def test_fewer_pods_than_none_are_refused() -> None:
    with ClusterDNS(DB) as dns, pytest.raises(InvalidObject, match="StatefulSet data/db"):
        dns.scale("StatefulSet", "db", -1, namespace="data")
