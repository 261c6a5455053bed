"""Workloads become Pods as their controllers make them."""

import re

import pytest
from controlling import Lab

from clusterdns.cluster.objects import Pod, ReplicaSet

TEMPLATE = "template: {{metadata: {{labels: {{app: {0}}}}}, spec: {{containers: [{{name: c, image: {1}}}]}}}}"


def workload(kind: str, name: str, spec: str = "", image: str = "one", namespace: str = "default") -> str:
    version = {"Job": "batch/v1", "ReplicationController": "v1"}.get(kind, "apps/v1")
    selector = {
        "Job": "",
        "ReplicationController": f"selector: {{app: {name}}},",
    }.get(kind, f"selector: {{matchLabels: {{app: {name}}}}},")
    return (
        f"{{apiVersion: {version}, kind: {kind}, metadata: {{name: {name}, namespace: {namespace}}}, "
        f"spec: {{{spec + ', ' if spec else ''}{selector} {TEMPLATE.format(name, image)}}}}}\n---\n"
    )


def names(pods: list[Pod]) -> list[str]:
    return [pod.name for pod in pods]


def test_a_deployment_makes_a_replicaset_and_its_pods() -> None:
    lab = Lab(workload("Deployment", "web", "replicas: 3"))
    (replicaset,) = lab.cluster.of(ReplicaSet).values()
    pods = lab.pods()
    assert re.fullmatch(r"web-[bcdf4-9]{1,10}", replicaset.name)
    assert len(pods) == 3
    for pod in pods:
        assert re.fullmatch(rf"{replicaset.name}-[bcdfghjklmnpqrstvwxz2456789]{{5}}", pod.name)
        assert pod.metadata.labels == {"app": "web", "pod-template-hash": replicaset.name.removeprefix("web-")}
        assert (pod.metadata.owner_references[0].kind, pod.metadata.owner_references[0].name) == (
            "ReplicaSet",
            replicaset.name,
        )
        assert pod.status.phase == "Running"
        assert pod.status.pod_ip == pod.status.pod_ips[0].ip != ""


def test_scaling_keeps_the_pods_there_are() -> None:
    lab = Lab(workload("Deployment", "web", "replicas: 2"))
    two = {pod.name: pod.status.pod_ip for pod in lab.pods()}
    lab.apply(workload("Deployment", "web", "replicas: 5"))
    five = {pod.name: pod.status.pod_ip for pod in lab.pods()}
    assert two.items() < five.items()
    assert len(five) == 5
    lab.apply(workload("Deployment", "web", "replicas: 0"))
    assert lab.pods() == []


def test_a_changed_template_makes_new_pods_with_new_addresses() -> None:
    lab = Lab(workload("Deployment", "web", "replicas: 2"))
    before = lab.pods()
    lab.apply(workload("Deployment", "web", "replicas: 2", image="two"))
    after = lab.pods()
    assert len(after) == 2
    assert not set(names(before)) & set(names(after))
    assert not {pod.status.pod_ip for pod in before} & {pod.status.pod_ip for pod in after}
    assert len(lab.cluster.of(ReplicaSet)) == 1


def test_pods_of_a_statefulset_keep_their_names_but_not_their_addresses() -> None:
    lab = Lab(workload("StatefulSet", "db", "replicas: 2, serviceName: db"))
    before = lab.pods()
    lab.apply(workload("StatefulSet", "db", "replicas: 2, serviceName: db", image="two"))
    assert names(lab.pods()) == names(before) == ["db-0", "db-1"]
    assert not {pod.status.pod_ip for pod in before} & set(lab.ips())


def test_pods_of_a_statefulset_have_hostname_subdomain_and_labels() -> None:
    lab = Lab(workload("StatefulSet", "db", "replicas: 2, serviceName: peers, ordinals: {start: 3}"))
    pod = lab.one(Pod, "db-4")
    assert names(lab.pods()) == ["db-3", "db-4"]
    assert (pod.spec.hostname, pod.spec.subdomain) == ("db-4", "peers")
    assert pod.metadata.labels["statefulset.kubernetes.io/pod-name"] == "db-4"
    assert pod.metadata.labels["apps.kubernetes.io/pod-index"] == "4"
    assert re.fullmatch("db-[bcdf4-9]+", pod.metadata.labels["controller-revision-hash"])


@pytest.mark.parametrize("kind", ["ReplicaSet", "ReplicationController"])
def test_replicas_left_out_are_one(kind: str) -> None:
    lab = Lab(workload(kind, "web"))
    (pod,) = lab.pods()
    assert re.fullmatch("web-[a-z0-9]{5}", pod.name)
    assert pod.metadata.owner_references[0].kind == kind


def test_a_daemonset_has_a_pod_on_each_node() -> None:
    lab = Lab(workload("DaemonSet", "agent"))
    assert sorted(pod.spec.node_name for pod in lab.pods()) == ["control-plane", "worker-1"]


def test_a_job_has_as_many_pods_as_run_at_once() -> None:
    assert len(Lab(workload("Job", "once")).pods()) == 1
    assert len(Lab(workload("Job", "queue", "parallelism: 4")).pods()) == 4
    assert len(Lab(workload("Job", "few", "parallelism: 4, completions: 3")).pods()) == 3
    assert Lab(workload("Job", "later", "suspend: true")).pods() == []


def test_pods_of_an_indexed_job_are_told_apart_by_hostname() -> None:
    lab = Lab(workload("Job", "train", "parallelism: 2, completions: 5, completionMode: Indexed"))
    pods = lab.pods()
    assert [pod.spec.hostname for pod in pods] == ["train-0", "train-1"]
    assert re.fullmatch("train-0-[a-z0-9]{5}", pods[0].name)
    assert pods[1].metadata.annotations["batch.kubernetes.io/job-completion-index"] == "1"
    assert pods[1].metadata.labels["batch.kubernetes.io/job-completion-index"] == "1"
    assert pods[1].metadata.labels["job-name"] == "train"


def test_a_cronjob_has_no_pods() -> None:
    lab = Lab("{apiVersion: batch/v1, kind: CronJob, metadata: {name: nightly, namespace: default}}")
    assert lab.pods() == []


def test_a_long_name_is_cut_so_that_a_pod_s_name_fits() -> None:
    lab = Lab(workload("ReplicaSet", "w" * 63, "replicas: 2"))
    assert [len(pod.name) for pod in lab.pods()] == [63, 63]


def test_the_same_name_in_two_namespaces_makes_different_addresses() -> None:
    lab = Lab(workload("StatefulSet", "db") + workload("StatefulSet", "db", namespace="shop"))
    assert lab.ips(namespace="default") != lab.ips(namespace="shop")
    assert ("", "shop") in lab.cluster.of(type(lab.cluster.namespace("shop")))


def test_pods_without_an_owner_count_where_a_selector_matches_them() -> None:
    """The example of the Kubernetes documentation: non-template Pod acquisitions."""
    bare = "{{apiVersion: v1, kind: Pod, metadata: {{name: {0}, namespace: default, labels: {1}}}, spec: {2}}}\n---\n"
    containers = "{containers: [{name: c}]}"
    lab = Lab(bare.format("pod1", "{app: web}", containers) + bare.format("pod2", "{app: web}", containers))
    lab.apply(workload("ReplicaSet", "web", "replicas: 3"))
    assert len(lab.pods("web-")) == 1
    lab.apply(workload("ReplicationController", "web", "replicas: 1"))
    assert len(lab.pods("web-")) == 2, "an orphan is adopted by one only"
    lab.delete("ReplicaSet", "web")
    assert len(lab.pods("web-")) == 0
    lab.apply(bare.format("pod1", "{app: other}", containers) + bare.format("pod2", "{}", containers))
    assert len(lab.pods("web-")) == 1
