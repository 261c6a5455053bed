"""What keeps Pods from being behind a Service, and from having names."""

import pytest
from controlling import Lab

from clusterdns.advice.services import advise_ports, advise_selector, advise_stateful_set, governing_service
from clusterdns.advice.survey import Survey
from clusterdns.cluster.objects import Service, StatefulSet

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web, tier: front}}
    spec: {containers: [{name: web}]}
---
"""
SERVICE = """
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
"""
STATEFULSET = """
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db}]}
---
"""
GOVERNING = """
apiVersion: v1
kind: Service
metadata: {name: db}
spec: {clusterIP: None, selector: {app: db}, ports: [{name: sql, port: 5432}]}
---
"""
CRON_JOB = """
apiVersion: batch/v1
kind: CronJob
metadata: {name: report}
spec:
  schedule: "0 * * * *"
  jobTemplate: {spec: {template: {metadata: {labels: {app: report}}}}}
"""


def said_of_selector(manifests: str, name: str = "web") -> list[str]:
    lab = Lab(manifests)
    return list(map(str, advise_selector(Survey(lab.cluster), lab.one(Service, name))))


def said_of_stateful_set(manifests: str) -> list[str]:
    lab = Lab(manifests)
    return list(map(str, advise_stateful_set(Survey(lab.cluster), lab.one(StatefulSet, "db"))))


def test_a_service_that_selects_pods_is_right() -> None:
    lab = Lab(SERVICE + DEPLOYMENT)

    assert not list(advise_selector(Survey(lab.cluster), lab.one(Service, "web")))
    assert Survey(lab.cluster).selected_pods(lab.one(Service, "web")) == lab.pods("web-")


@pytest.mark.parametrize(
    ("selector", "hint"),
    [
        ("{app: wep}", "app=wep matches no Pod, so nobody answers at its address (Deployment default/web has app=web)"),
        ("{app: web, tier: back}", "(Deployment default/web has tier=front)"),
        ("{app: web, release: one}", "(Deployment default/web has no release)"),
        ("{app: something}", "(Deployment default/web has app=web)"),
        ("{name: something}", "(the labels of the Pods that it is for)"),
    ],
)
def test_a_selector_that_matches_nothing_is_told_with_what_nearly_matches(selector: str, hint: str) -> None:
    (said,) = said_of_selector(SERVICE.replace("{app: web}", selector) + DEPLOYMENT)

    assert said.startswith("Service default/web: spec.selector: ")
    assert said.endswith(f"{hint} [selector-matches-nothing]")


def test_pods_of_another_namespace_are_not_selected() -> None:
    (said,) = said_of_selector(SERVICE + DEPLOYMENT.replace("{name: web}", "{name: web, namespace: shop}", 1))

    assert "(Deployment shop/web has these labels; a Service selects in its own namespace only)" in said


@pytest.mark.parametrize(
    "manifests",
    [
        pytest.param(SERVICE + DEPLOYMENT.replace("replicas: 2", "replicas: 0"), id="scaled to nothing"),
        pytest.param(SERVICE.replace("app: web", "app: report") + CRON_JOB, id="made at times"),
        pytest.param(SERVICE.replace("selector: {app: web}, ", ""), id="no selector"),
        pytest.param(
            SERVICE
            + "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\naddressType: IPv4\n"
            + "metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}\n"
            + "endpoints: [{addresses: [192.0.2.1]}]\nports: [{port: 80}]\n",
            id="endpoints by hand",
        ),
    ],
)
def test_a_service_may_be_without_pods_for_now(manifests: str) -> None:
    assert said_of_selector(manifests) == []


def test_a_headless_service_that_selects_nothing_has_no_name() -> None:
    (said,) = said_of_selector(GOVERNING, "db")

    assert "app=db matches no Pod, so the name does not exist (" in said


def test_a_headless_service_without_ports_has_no_srv_records() -> None:
    lab = Lab(GOVERNING + SERVICE)
    bare = Lab(GOVERNING.replace(", ports: [{name: sql, port: 5432}]", "")).one(Service, "db")

    assert [advice.code for advice in advise_ports(bare)] == ["headless-without-ports"]
    assert not [advice for name in ("db", "web") for advice in advise_ports(lab.one(Service, name))]


def test_a_stateful_set_with_its_headless_service_is_right() -> None:
    lab = Lab(STATEFULSET + GOVERNING)

    assert said_of_stateful_set(STATEFULSET + GOVERNING) == []
    assert governing_service(Survey(lab.cluster), lab.one(StatefulSet, "db")) is lab.one(Service, "db")


@pytest.mark.parametrize(
    ("manifests", "wrong", "would"),
    [
        (STATEFULSET, "there is no Service db in namespace default", "a Service db with clusterIP: None"),
        (
            STATEFULSET.replace("  serviceName: db\n", ""),
            "there is none",
            "serviceName: db, and a Service of that name",
        ),
        (
            STATEFULSET + GOVERNING.replace("selector: {app: db}", "selector: {app: sql}"),
            "Service db does not select the Pods",
            "a selector that their labels meet, app=db",
        ),
    ],
)
def test_a_stateful_set_without_its_headless_service_has_pods_without_names(
    manifests: str, wrong: str, would: str
) -> None:
    (said,) = said_of_stateful_set(manifests)

    assert said.startswith(
        f"StatefulSet default/db: spec.serviceName: {wrong}, so its Pods have no names such as "
        f"db-0.db.default.svc.cluster.local ({would}"
    )
    assert said.endswith("[statefulset-without-service]")


def test_a_stateful_set_with_a_service_that_is_not_headless_is_behind_one_address() -> None:
    assert said_of_stateful_set(STATEFULSET + GOVERNING.replace("clusterIP: None, ", "")) == [
        (
            "StatefulSet default/db: spec.serviceName: Service db is not headless, so its name is one address and not "
            "those of the Pods (the name of a Service with clusterIP: None that selects the Pods) "
            "[statefulset-without-service]"
        )
    ]
