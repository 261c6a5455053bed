"""A Pod fails its readiness probe while it runs, and passes it again."""

import pytest
from controlling import Lab

SET = """
    apiVersion: v1
    kind: Service
    metadata: {name: db}
    spec: {clusterIP: None, selector: {app: db}, ports: [{port: 5432}]}
    ---
    apiVersion: apps/v1
    kind: StatefulSet
    metadata: {name: db}
    spec:
      serviceName: db
      replicas: %s
      selector: {matchLabels: {app: db}}
      template:
        metadata: {labels: {app: db}, annotations: {revision: "%s"}}
        spec: {containers: [{name: db, image: db}]}
"""
POD = """
    apiVersion: v1
    kind: Pod
    metadata: {name: db-0, labels: {app: db}}
    spec: {containers: [{name: db, image: db}]}
    status: {conditions: [{type: Ready, status: "%s"}]}
"""
DB_0 = ("default", "db-0")


@pytest.fixture
def lab() -> Lab:
    return Lab(SET % (2, 1))


def test_a_pod_that_is_not_ready_is_no_endpoint_until_it_is_again(lab: Lab) -> None:
    first, second = lab.ips("db-")

    lab.plane.set_ready(DB_0, ready=False)
    assert lab.ready("db") == [second]
    assert lab.ips("db-") == [first, second]

    lab.plane.set_ready(DB_0, ready=True)
    assert lab.ready("db") == sorted([first, second])


def test_only_what_it_changes_is_told(lab: Lab) -> None:
    changes = lab.plane.set_ready(DB_0, ready=False)

    assert {change.key.kind for change in changes} == {"Pod", "EndpointSlice"}
    assert lab.plane.set_ready(DB_0, ready=False) == []
    assert lab.plane.set_ready(("default", "nobody"), ready=False) == []


def test_it_stays_so_while_others_come_and_go(lab: Lab) -> None:
    lab.plane.set_ready(DB_0, ready=False)
    lab.apply(SET % (3, 1))

    assert lab.ready("db") == sorted(lab.ips("db-")[1:])


def test_a_pod_that_is_replaced_is_ready(lab: Lab) -> None:
    lab.plane.set_ready(DB_0, ready=False)
    lab.apply(SET % (2, 2))

    assert lab.ready("db") == sorted(lab.ips("db-"))


def test_a_pod_that_went_and_came_again_is_ready(lab: Lab) -> None:
    lab.plane.set_ready(DB_0, ready=False)
    lab.apply(SET % (0, 1))
    lab.apply(SET % (2, 1))

    assert lab.ready("db") == sorted(lab.ips("db-"))


def test_what_a_manifest_says_counts_until_something_else_is_said() -> None:
    lab = Lab(SET % (0, 1) + "    ---" + POD % "False")
    assert lab.ready("db") == []

    lab.plane.set_ready(DB_0, ready=True)
    assert lab.ready("db") == lab.ips("db-")

    lab.apply(POD % "Unknown")
    assert lab.ready("db") == []
