"""Names that mean one thing here and another there, and what of a whole set of manifests is judged."""

from advised import advised

PROD = """
apiVersion: v1
kind: Service
metadata: {name: db-0, namespace: db}
spec: {ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {clusterIP: None, selector: {app: db}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db}]}
"""
TWINS = """
apiVersion: v1
kind: Service
metadata: {name: db, namespace: dev}
spec: {ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: prod}
spec: {ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: tool, namespace: dev}
spec: {containers: [{name: tool}], dnsConfig: {searches: [SEARCHES]}}
"""
SERVICE = """
apiVersion: v1
kind: Service
metadata: {name: alerts, namespace: monitoring}
spec: {selector: {app: alertmanager, instance: main}, ports: [{port: 80}]}
"""
OPERATED = """
apiVersion: monitoring.coreos.com/v1
kind: KIND
metadata: {name: NAME, namespace: monitoring}
"""


def test_a_name_may_be_an_endpoint_here_and_a_service_there() -> None:
    (said,) = advised(PROD)

    assert said == (
        "0.yaml:9: Service shop/db: metadata.name: db-0.db is an endpoint of this Service for Pods of namespace shop, "
        "and Service db-0 of namespace db for all others (db-0.db.shop.svc or db-0.db.svc) [name-shared]"
    )
    assert advised(PROD.replace("name: db-0,", "name: db-7,")) == []


def test_services_of_one_name_in_two_namespaces_are_as_they_should_be() -> None:
    assert advised(TWINS.replace("SEARCHES", "")) == []
    assert advised(TWINS.replace("SEARCHES", "svc.cluster.local, example.com")) == []


def test_a_search_list_with_both_namespaces_hides_one() -> None:
    (said,) = advised(TWINS.replace("SEARCHES", "prod.svc.cluster.local"))

    assert said == (
        "0.yaml:15: Pod dev/tool: spec.dnsConfig.searches: db: a Service in namespace dev hides one of that name in "
        "prod, searched later (db.prod for the other one) [name-shared]"
    )


def test_a_namespace_may_take_a_domain_of_the_internet_away() -> None:
    service = SERVICE.replace("selector: {app: alertmanager, instance: main}, ", "")
    (said,) = advised(service.replace("monitoring", "com"))

    assert said == (
        "0.yaml:4: Service com/alerts: metadata.namespace: alerts.com is this Service for all Pods, whatever it is on "
        "the internet (another name for the namespace) [name-shadows-outside]"
    )
    assert advised(service.replace("monitoring", "dev")) == []


def test_an_operator_may_make_the_pods() -> None:
    def operated(kind: str, name: str) -> list[str]:
        return advised(SERVICE, OPERATED.replace("KIND", kind).replace("NAME", name))

    assert len(advised(SERVICE)) == 1
    assert operated("Alertmanager", "other") == []
    assert operated("Anything", "main") == []
    assert len(operated("Prometheus", "other")) == 1
    assert len(operated("ServiceMonitor", "main")) == 1  # makes nothing
    rollout = OPERATED.replace("KIND", "Rollout").replace("NAME", "canary")
    template = "spec: {template: {metadata: {labels: {app: alertmanager, instance: main, version: v1}}}}"
    assert advised(SERVICE, rollout + template) == []
    assert len(advised(SERVICE, rollout + template.replace("main", "other"))) == 1


def test_the_system_has_pods_that_no_manifest_tells() -> None:
    assert advised(SERVICE.replace("monitoring", "kube-system")) == []


def test_advice_is_in_the_order_of_files_and_lines() -> None:
    service = "{apiVersion: v1, kind: Service, metadata: {name: NAME}, spec: {selector: {a: b}, ports: [{port: 80}]}}"
    services = ",\n".join(service.replace("NAME", name) for name in ("s2", "s1"))
    lists = f"{{apiVersion: v1, kind: List, items: [\n{services}"

    said = advised(SERVICE, lists + "]}")

    assert [line.partition(": spec")[0] for line in said] == [
        "0.yaml:5: Service monitoring/alerts",
        "1.yaml:2: Service default/s2",
        "1.yaml:3: Service default/s1",
    ]
