"""What is behind a Service: why a headless one has no name, and why nobody answers behind another one."""

import pytest
from explaining import pod, service

HEADLESS = service("{clusterIP: None, selector: {app: web}, ports: [{name: http, port: 80}]}")
CLUSTER_IP = service("{selector: {app: web}, ports: [{name: http, port: 80}]}")
UNREADY = "{podIP: 10.244.0.9, conditions: [{type: Ready, status: 'False'}]}"
SLICE = """\
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
endpoints: [{addresses: [192.0.2.7]}]
ports: [{name: http, port: 80}]
---
"""


def test_a_selector_that_matches_no_pod_is_why_a_headless_service_has_no_name(explain):
    told = explain("web", HEADLESS + pod("web-1", labels="{app: wbe}"))

    assert "selector of Service default/web: app=web matches no Pod, so the name does not exist" in told.summary
    assert told.hint == "Pod default/web-1 has app=wbe"


def test_a_service_with_an_address_and_no_pods_resolves_and_is_warned_of(explain):
    told = explain("web", CLUSTER_IP)

    assert told.status == 0
    assert "the cluster address of Service default/web" in told.summary
    assert "app=web matches no Pod, so nobody answers at its address" in told.said("selector-matches-nothing")


def test_pods_that_are_not_ready_are_why_a_headless_service_has_no_name(explain):
    told = explain("web", HEADLESS + pod("web-1", UNREADY))

    assert (
        "Pod web-1 is not ready, and Service default/web has no other Pods, so the name does not exist" in told.summary
    )
    assert "publishNotReadyAddresses" in told.hint


def test_a_pod_that_is_not_ready_is_missing_among_the_others(explain):
    told = explain("web", HEADLESS + pod("web-1", UNREADY) + pod("web-2"))

    assert len(told.answers) == 1
    assert "Service default/web is headless, so its name stands for 1 ready Pod" in told.summary
    assert "Pod web-1 is not ready, so Service default/web leaves it out" in told.said("not-ready")


def test_nobody_answers_behind_an_address_while_no_pod_is_ready(explain):
    told = explain("web", CLUSTER_IP + pod("web-1", UNREADY))

    assert told.answers
    assert "Pod web-1 is not ready: Service default/web has an address, and nobody answers" in told.said("not-ready")


def test_pods_that_are_published_before_they_are_ready_are_said_to_be(explain):
    published = HEADLESS.replace("selector:", "publishNotReadyAddresses: true, selector:")

    told = explain("web", published + pod("web-1", UNREADY))

    assert told.answers == ["10.244.0.9"]
    assert "web-1 is not ready, and shown since Service default/web has publishNotReadyAddresses" in told.said(
        "not-ready"
    )


def test_a_workload_without_pods_is_named(explain):
    deployment = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 0
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: i}]}}
---
"""
    told = explain("web", HEADLESS + deployment)

    assert "Deployment default/web would be behind Service default/web, and has no Pods" in told.summary


@pytest.mark.parametrize("phase", ["Pending", "Succeeded"])
def test_pods_that_do_not_run_have_no_address(explain, phase):
    told = explain("web", HEADLESS + pod("web-1", f"{{phase: {phase}}}"))

    assert f"no Pod that Service default/web selects has an address: web-1 is {phase}" in told.summary


def test_a_headless_service_without_selector_needs_endpoints(explain):
    told = explain("web", service("{clusterIP: None, ports: [{port: 80}]}"))

    assert "Service default/web has no selector, and no EndpointSlice is given for it" in told.summary
    assert explain("web", service("{clusterIP: None, ports: [{port: 80}]}") + SLICE).answers == ["192.0.2.7"]


def test_an_empty_service_that_the_corefile_ignores_has_no_name(explain):
    told = explain("web", CLUSTER_IP, "cluster.local {\n kubernetes {\n  ignore empty_service\n }\n}\n")

    assert "app=web matches no Pod" in told.summary


def test_a_headless_service_has_no_name_with_noendpoints(explain, tmp_path):
    told = explain("web", HEADLESS + pod("web-1"), "cluster.local {\n kubernetes {\n  noendpoints\n }\n}\n")

    assert f"kubernetes at {tmp_path}/Corefile:2 has noendpoints" in told.summary


def test_an_endpoint_that_nobody_goes_by_is_told_those_that_are_there(explain):
    told = explain("a.web", CLUSTER_IP + pod("web-1", "{podIP: 10.244.0.9}"))

    assert "no endpoint of Service default/web goes by 'a'" in told.summary
    assert told.hint == "one of 10-244-0-9"
    assert explain("10-244-0-9.web", CLUSTER_IP + pod("web-1", "{podIP: 10.244.0.9}")).answers == ["10.244.0.9"]


OPERATED = (
    service("{selector: {alertmanager: main}, ports: [{port: 80}]}")
    + "apiVersion: monitoring.coreos.com/v1\nkind: Alertmanager\nmetadata: {name: main}\nspec: {}\n"
)


def test_what_an_operator_may_make_is_not_missing(explain):
    told = explain("web", OPERATED)

    assert "selector-matches-nothing" not in told.codes
    assert "an operator may make them of a custom resource" in told.said("no-pods")
