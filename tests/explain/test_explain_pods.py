"""Names of Pods: by hostname, of a StatefulSet, by address."""

import pytest
from explaining import pod, service

HEADLESS = service("{clusterIP: None, selector: {app: web}, ports: [{name: http, port: 80}]}")


def stateful_set(**spec: object) -> str:
    extra = "".join(f"  {key}: {value}\n" for key, value in spec.items())
    return f"""\
apiVersion: apps/v1
kind: StatefulSet
metadata: {{name: web}}
spec:
{extra}  selector: {{matchLabels: {{app: web}}}}
  template: {{metadata: {{labels: {{app: web}}}}, spec: {{containers: [{{name: c, image: i}}]}}}}
---
"""


def test_a_pod_of_a_stateful_set_without_its_headless_service_has_no_name(explain):
    told = explain("web-0.web", stateful_set(serviceName="web"))

    assert "serviceName of StatefulSet default/web: there is no Service web in namespace default" in told.summary
    assert told.hint == "a Service web with clusterIP: None that selects the Pods"


def test_a_stateful_set_whose_service_has_an_address_names_no_pods(explain):
    told = explain(
        "web-0.web", service("{selector: {app: web}, ports: [{port: 80}]}") + stateful_set(serviceName="web")
    )

    assert told.answers, "CoreDNS names endpoints of Services with an address as well"
    assert "Pod default/web-0 by its hostname" in told.summary


def test_a_service_name_that_names_none_is_named(explain):
    told = explain("web-0.web", HEADLESS + stateful_set(serviceName="nodes"))

    assert "serviceName of StatefulSet default/web is nodes" in told.summary or (
        "there is no Service nodes" in told.summary
    )
    assert "statefulset-without-service" in told.codes


def test_a_pod_is_asked_for_below_the_service_that_governs_it(explain):
    nodes = HEADLESS.replace("name: web}", "name: nodes}")

    told = explain("web-0.web", HEADLESS + nodes + stateful_set(serviceName="nodes"))

    assert "serviceName of StatefulSet default/web is nodes, not web" in told.summary
    assert told.hint == "ask for web-0.nodes.default"


def test_a_pod_that_a_stateful_set_does_not_have_is_one_too_many(explain):
    told = explain("web-2.web", HEADLESS + stateful_set(serviceName="web", replicas=2))

    assert "StatefulSet default/web has no Pod web-2: its Pods are web-0 to web-1" in told.summary
    assert told.hint == "replicas: 3"


def test_a_pod_of_a_stateful_set_answers_by_its_name(explain):
    told = explain("web-0.web", HEADLESS + stateful_set(serviceName="web"))

    assert "Pod default/web-0 by its hostname, below Service default/web" in told.summary


def test_a_hostname_without_a_subdomain_is_none(explain):
    told = explain("busy.web", HEADLESS + pod("box", spec="hostname: busy"))

    assert "Pod default/box has hostname busy and no subdomain" in told.summary
    assert told.hint == "subdomain: web in its spec, beside the hostname"


def test_a_subdomain_has_to_be_the_name_of_the_service(explain):
    told = explain("busy.web", HEADLESS + pod("box", spec="hostname: busy, subdomain: other"))

    assert "the subdomain of Pod default/box is other, not web" in told.summary


def test_a_pod_that_sets_no_hostname_goes_by_its_address(explain):
    told = explain("box.web", HEADLESS + pod("box", "{podIP: 10.244.0.9}"))

    assert "Pod default/box sets no hostname, so below a Service it goes by its address: 10-244-0-9.web" in told.summary
    assert "endpoint_pod_names" in told.hint


def test_a_pod_with_a_hostname_goes_by_that(explain):
    told = explain("box.web", HEADLESS + pod("box", spec="hostname: busy, subdomain: web"))

    assert "Pod default/box has hostname busy, and goes by that" in told.summary
    assert told.hint == "ask for busy.web"


def corefile(pods: str) -> str:
    return f"cluster.local {{\n kubernetes {{\n  pods {pods}\n }}\n}}\n"


def test_pods_verified_needs_a_pod_of_that_address(explain):
    told = explain("10-244-0-7.default.pod", pod("box", "{podIP: 10.244.0.9}"), corefile("verified"))

    assert "no Pod of namespace default has the address 10.244.0.7, and pods is verified" in told.summary
    found = explain("10-244-0-9.default.pod", pod("box", "{podIP: 10.244.0.9}"), corefile("verified"))
    assert "the address of Pod default/box is in the name itself" in found.summary


def test_pods_verified_names_the_namespace_that_has_the_address(explain):
    told = explain("10-244-0-9.kube-system.pod", pod("box", "{podIP: 10.244.0.9}"), corefile("verified"))

    assert (
        "no Pod of namespace kube-system has the address 10.244.0.9, and pods is verified, but Pod default/box has"
        in (told.summary)
    )
    assert told.hint == "ask for 10-244-0-9.default.pod"


def test_pods_disabled_has_no_names_of_pods(explain, tmp_path):
    told = explain("10-244-0-9.default.pod", pod("box", "{podIP: 10.244.0.9}"), corefile("disabled"))

    assert f"kubernetes at {tmp_path}/Corefile:2 has no names of Pods: pods is disabled there" in told.summary


def test_pods_insecure_answers_for_an_address_that_no_pod_has(explain):
    told = explain("10-244-0-7.default.pod", pod("box", "{podIP: 10.244.0.9}"))

    assert told.answers == ["10.244.0.7"]
    assert "no Pod of namespace default has the address 10.244.0.7; pods insecure answers for any" in told.summary


@pytest.mark.parametrize(
    ("name", "hint"), [("box", "ask for 10-244-0-9.default.pod"), ("nobody", "such as 10-244-0-7")]
)
def test_below_pod_there_are_addresses_and_no_names_of_pods(explain, name, hint):
    told = explain(f"{name}.default.pod", pod("box", "{podIP: 10.244.0.9}"))

    assert f"'{name}' is no address with dashes" in told.summary
    assert hint in told.hint


def test_the_name_of_a_pod_alone_stands_below_its_service(explain):
    told = explain("web-0", HEADLESS + stateful_set(serviceName="web"))

    assert "Pod default/web-0 is no Service: its name stands below the Service web" in told.summary
    assert told.hint == "ask for web-0.web"
    assert explain("web-0.web", HEADLESS + stateful_set(serviceName="web")).answers


def test_a_hostname_alone_is_no_name(explain):
    told = explain("front.default", HEADLESS + pod("a", spec="hostname: front"))

    assert "Pod default/a has hostname front and no subdomain, so it has no name" in told.summary
    assert told.hint == "subdomain: web in its spec, beside the hostname; then front.web"
    assert told.json["place"]["line"] > 0
