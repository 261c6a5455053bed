"""A dump of a live cluster: what controllers made there counts, and only what is missing is made."""

from controlling import Lab

from clusterdns.cluster.objects import Key, ReplicaSet

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: default}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: new}]}
---
"""
REPLICASET = """
apiVersion: apps/v1
kind: ReplicaSet
metadata:
  name: web-%(hash)s
  namespace: default
  labels: {app: web, pod-template-hash: %(hash)s}
  ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: web, uid: "1", controller: true}]
spec:
  replicas: %(replicas)s
  selector: {matchLabels: {app: web, pod-template-hash: %(hash)s}}
  template:
    metadata: {labels: {app: web, pod-template-hash: %(hash)s}}
    spec: {containers: [{name: c, image: %(image)s}]}
---
"""
POD = """
apiVersion: v1
kind: Pod
metadata:
  name: web-%(hash)s-%(suffix)s
  namespace: default
  labels: {app: web, pod-template-hash: %(hash)s}
  ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: web-%(hash)s, uid: "2", controller: true}]
spec: {nodeName: worker-1, containers: [{name: c, image: new}]}
status: {phase: %(phase)s, podIP: 10.244.1.%(number)s, podIPs: [{ip: 10.244.1.%(number)s}]}
---
"""
NEW = REPLICASET % {"hash": "7d9f", "replicas": 3, "image": "new"}
OLD = REPLICASET % {"hash": "5c4b", "replicas": 0, "image": "old"}


def pod(number: int, hashed: str = "7d9f", phase: str = "Running") -> str:
    return POD % {"hash": hashed, "suffix": f"aaaa{number}", "phase": phase, "number": number}


def test_a_deployment_that_is_complete_makes_nothing() -> None:
    lab = Lab(DEPLOYMENT + NEW + OLD + pod(1) + pod(2) + pod(3))
    assert lab.ips() == ["10.244.1.1", "10.244.1.2", "10.244.1.3"]
    replicasets = lab.cluster.of(ReplicaSet)
    assert {name: one.spec.replicas for (_, name), one in replicasets.items()} == {"web-7d9f": 3, "web-5c4b": 0}


def test_only_the_missing_pods_are_made_and_in_the_replicaset_that_is_there() -> None:
    lab = Lab(DEPLOYMENT + NEW + OLD + pod(1))
    assert len(lab.pods("web-7d9f-")) == len(lab.pods()) == 3
    assert "10.244.1.1" in lab.ips()
    lab.apply(pod(2))
    assert len(lab.pods()) == 3
    lab.delete("Pod", "web-7d9f-aaaa1")
    assert len(lab.pods()) == 3
    assert "10.244.1.1" not in lab.ips()


def test_a_deployment_scaled_in_the_dump_scales_its_replicaset() -> None:
    lab = Lab(DEPLOYMENT.replace("replicas: 3", "replicas: 5") + NEW + pod(1) + pod(2) + pod(3))
    assert len(lab.pods("web-7d9f-")) == 5
    assert lab.one(ReplicaSet, "web-7d9f").spec.replicas == 5


def test_pods_of_the_old_replicaset_count_while_a_rollout_is_under_way() -> None:
    lab = Lab(DEPLOYMENT + NEW + REPLICASET % {"hash": "5c4b", "replicas": 2, "image": "old"} + pod(1, "5c4b") + pod(2))
    assert len(lab.pods()) == 3
    assert len(lab.pods("web-7d9f-")) == 2


def test_pods_count_even_if_the_dump_lacks_their_replicaset() -> None:
    lab = Lab(DEPLOYMENT + pod(1) + pod(2) + pod(3))
    assert lab.ips() == ["10.244.1.1", "10.244.1.2", "10.244.1.3"]


def test_finished_pods_do_not_count() -> None:
    lab = Lab(DEPLOYMENT + NEW + pod(1, phase="Failed") + pod(2) + pod(3))
    assert len(lab.pods()) == 4


def test_a_replicaset_that_is_made_and_one_that_is_given_are_one() -> None:
    lab = Lab(DEPLOYMENT)
    (made,) = lab.cluster.of(ReplicaSet).values()
    before = list(lab.cluster)
    assert lab.apply_objects([made]) == []
    assert list(lab.cluster) == before


def test_pods_of_a_statefulset_are_known_by_name() -> None:
    lab = Lab(
        """
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: db, namespace: default}
        spec:
          replicas: 2
          serviceName: db
          selector: {matchLabels: {app: db}}
          template: {metadata: {labels: {app: db}}, spec: {containers: [{name: c}]}}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: db-1, namespace: default}
        spec: {containers: [{name: c}]}
        status: {podIP: 10.244.9.9}
        """
    )
    assert [one.name for one in lab.pods()] == ["db-0", "db-1"]
    assert "10.244.9.9" in lab.ips()
    lab.delete("Pod", "db-1")
    assert [one.name for one in lab.pods()] == ["db-0", "db-1"]
    assert "10.244.9.9" not in lab.ips()


def test_a_daemonset_makes_no_second_pod_on_a_node() -> None:
    lab = Lab(
        """
        apiVersion: apps/v1
        kind: DaemonSet
        metadata: {name: agent, namespace: default}
        spec:
          selector: {matchLabels: {app: agent}}
          template: {metadata: {labels: {app: agent}}, spec: {containers: [{name: c}]}}
        ---
        apiVersion: v1
        kind: Pod
        metadata:
          name: agent-x2x2x
          namespace: default
          ownerReferences: [{apiVersion: apps/v1, kind: DaemonSet, name: agent, uid: "1", controller: true}]
        spec: {nodeName: worker-1, containers: [{name: c}]}
        """
    )
    assert sorted(one.spec.node_name for one in lab.pods()) == ["control-plane", "worker-1"]


def test_a_job_that_is_over_makes_no_pods() -> None:
    job = """
        apiVersion: batch/v1
        kind: Job
        metadata: {name: migrate, namespace: default}
        spec: {template: {spec: {containers: [{name: c}]}}}
        """
    lab = Lab(job)
    assert len(lab.pods()) == 1
    lab.apply(job.rstrip() + "\n        status: {conditions: [{type: Complete, status: 'True'}]}\n")
    assert lab.pods() == []


def test_what_goes_takes_along_what_it_made() -> None:
    lab = Lab(DEPLOYMENT)
    changes = lab.delete("Deployment", "web")
    assert {change.key.kind for change in changes} >= {"Deployment", "ReplicaSet", "Pod"}
    assert lab.pods() == []
    assert lab.cluster.get(Key("Deployment", "default", "web")) is None
