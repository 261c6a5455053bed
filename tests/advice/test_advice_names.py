"""Names that containers are told and that do not resolve. What may be somebody else's name is left alone."""

import pytest
from advised import advised

SERVICES = """
apiVersion: v1
kind: Service
metadata: {name: cart}
spec: {ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: docs}
spec: {type: ExternalName, externalName: docs.example.com}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: data}
spec: {clusterIP: None, selector: {app: db}, ports: [{port: 5432}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: data}
spec:
  serviceName: db
  replicas: 2
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db}]}
"""
WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: NAMESPACE}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      SPEC
      containers:
        - name: web
          args: [serve, "ARG"]
          env:
            - name: BACKEND_ADDR
              value: "VALUE"
"""


def web(value: str = "", *, arg: str = "", namespace: str = "default", spec: str = "") -> str:
    return WEB.replace("VALUE", value).replace("ARG", arg).replace("NAMESPACE", namespace).replace("SPEC", spec)


@pytest.mark.parametrize(
    "value",
    [
        "cart",
        "cart:80",
        "http://cart/",
        "cart.default",
        "cart.default.svc",
        "cart.default.svc.cluster.local:80",
        "http://docs/",
        "db.data",
        "db-1.db.data",
        "db-1.db.data.svc.cluster.local",
        "kube-dns.kube-system",
        "kubernetes.default.svc",
        "localhost:80",
        "web:8080",  # the Pod's own hostname, by a key below
    ],
)
def test_a_name_that_resolves_is_right(value: str) -> None:
    assert advised(SERVICES, web(value, spec="hostname: web")) == []


@pytest.mark.parametrize(
    "value",
    [
        "api.example.com",
        "example.com:443",
        "https://hooks.slack.com/services",
        "db.staging",  # a namespace that is not in these manifests
        "db.staging.svc.cluster.local",
        "api.app",  # may be a domain of the internet
        "metrics.kube-system.svc",  # nobody tells all that is in there
        "a.b.c.d",
        "cart.default.svc.cluster.example",
    ],
)
def test_a_name_that_may_be_of_the_outside_is_left_alone(value: str) -> None:
    assert advised(SERVICES, web(value)) == []


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("carts:80", "carts does not resolve: there is no Service carts in namespace default (cart.default."),
        (
            "http://queue/",
            "queue does not resolve: there is no Service queue in namespace default (a Service queue, or",
        ),
        ("db:5432", "db does not resolve: there is no Service db in namespace default (db.data.svc.cluster.local)"),
        ("cart.data", "cart.data does not resolve: there is no Service cart in namespace data (cart.default.svc."),
        ("db.dtaa", "db.dtaa does not resolve: there is no namespace dtaa (db.data.svc.cluster.local)"),
        (
            "db-2.db.data",
            "db-2.db.data does not resolve: Service db of namespace data has no endpoint db-2 (db-",
        ),
        (
            "db.data.cluster.local",
            "db.data.cluster.local does not resolve: names of Services end in svc.cluster.local (db.data.svc.cluster",
        ),
    ],
)
def test_a_name_that_does_not_resolve_is_told_with_what_would(value: str, said: str) -> None:
    (line,) = advised(SERVICES, web(value))

    assert line.startswith(f"1.yaml:16: Deployment default/web: spec.template.spec.containers[0].env[0].value: {said}")
    assert line.endswith("[name-not-found]")


def test_a_namespace_before_its_service_is_told_as_such() -> None:
    (line,) = advised(SERVICES, web("data.db", namespace="data"))

    assert "data.db does not resolve: the namespace stands before the Service (db.data.svc.cluster.local)" in line


def test_arguments_and_scripts_are_read_too() -> None:
    (line,) = advised(SERVICES, web(arg="--store=http://cat:80"))

    assert line.startswith(
        "1.yaml:13: Deployment default/web: spec.template.spec.containers[0].args[1]: cat does not resolve: "
        "there is no Service cat in namespace default"
    )


def test_a_word_with_a_number_is_a_host_only_if_there_is_nearly_one() -> None:
    assert advised(SERVICES, web(arg="nobody:1000")) == []
    assert len(advised(SERVICES, web(arg="crat:8080"))) == 1
    assert len(advised(SERVICES, web(arg="db:5432"))) == 1  # one of another namespace


def test_a_namespace_whose_services_nobody_told_is_left_alone() -> None:
    assert advised(SERVICES, web("http://queue/", namespace="shop")) == []


@pytest.mark.parametrize(
    "spec",
    [
        "hostAliases: [{ip: 192.0.2.1, hostnames: [queue]}]",
        "hostname: queue",
        "dnsConfig: {searches: [data.svc.cluster.local]}",
        "dnsPolicy: None\n      dnsConfig: {nameservers: [192.0.2.53]}",
    ],
)
def test_a_pod_may_have_other_names_than_others(spec: str) -> None:
    value = "db" if "searches" in spec else "queue"

    assert advised(SERVICES, web(value, spec=spec)) == []


@pytest.mark.parametrize(
    ("spec", "hint"),
    [
        ("hostNetwork: true", "dnsPolicy ClusterFirst and hostNetwork the Pod asks the Node's DNS server"),
        ("dnsPolicy: Default", "dnsPolicy Default the Pod asks the Node's DNS server"),
    ],
)
def test_a_pod_that_asks_its_nodes_server_finds_no_service(spec: str, hint: str) -> None:
    (line,) = advised(SERVICES, web("http://cart/", spec=spec))

    assert f"cart does not resolve: by {hint}, which does not know the cluster (dnsPolicy: ClusterFirst" in line
    assert advised(SERVICES, web("http://queue/", spec=spec)) == []
    assert (
        advised(SERVICES, web("http://cart/", spec="hostNetwork: true\n      dnsPolicy: ClusterFirstWithHostNet")) == []
    )


CONFIG_MAP = """
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data:
  CACHE_ADDR: carrt:6379
  unused: http://nowhere/
  greeting: |
    hello
"""
READS_CONFIG_MAP = """
apiVersion: batch/v1
kind: CronJob
metadata: {name: report}
spec:
  jobTemplate:
    spec:
      template:
        spec:
          containers:
            - name: report
              envFrom: [{configMapRef: {name: NAME}}]
---
apiVersion: v1
kind: Pod
metadata: {name: reader}
spec:
  containers:
    - name: reader
      env:
        - name: CACHE_ADDR
          valueFrom: {configMapKeyRef: {name: NAME, key: CACHE_ADDR}}
"""


def test_what_comes_from_a_config_map_is_told_once_and_at_its_place() -> None:
    config_map = CONFIG_MAP.replace("  unused: http://nowhere/\n", "")

    (line,) = advised(SERVICES, config_map, READS_CONFIG_MAP.replace("NAME", "settings"))

    assert line.startswith(
        "1.yaml:6: ConfigMap default/settings: data.CACHE_ADDR: carrt does not resolve for CronJob default/report: "
        "there is no Service carrt in namespace default (cart.default.svc.cluster.local)"
    )
    assert advised(SERVICES, config_map, READS_CONFIG_MAP.replace("NAME", "others")) == []


def test_only_the_key_that_is_read_is_judged() -> None:
    only_pod = READS_CONFIG_MAP.partition("---")[2].replace("NAME", "settings")

    assert len(advised(SERVICES, CONFIG_MAP, only_pod)) == 1


def test_a_pod_is_judged_where_somebody_wrote_it() -> None:
    owned = """
    apiVersion: v1
    kind: Pod
    metadata: {name: web-1, labels: {app: web}, ownerReferences: [OWNER]}
    spec: {containers: [{name: web, env: [{name: BACKEND_ADDR, value: queue}]}]}
    """
    owner = "{apiVersion: apps/v1, kind: Deployment, name: web, uid: x, controller: true}"

    assert len(advised(SERVICES, web("queue"), owned.replace("OWNER", owner))) == 1
    assert len(advised(SERVICES, web("queue"), owned.replace("OWNER", ""))) == 2


def test_the_clusters_domain_counts() -> None:
    value = "queue.default.svc.K8s.example"

    assert advised(SERVICES, web(value)) == []
    assert len(advised(SERVICES, web(value), zone="K8S.example")) == 1


def test_what_an_operator_may_make_is_left_alone() -> None:
    kafka = """
    apiVersion: kafka.strimzi.io/v1beta2
    kind: Kafka
    metadata: {name: main}
    """
    assert len(advised(SERVICES, web("main-kafka-bootstrap:9092"))) == 1
    assert advised(SERVICES, web("main-kafka-bootstrap:9092"), kafka) == []


@pytest.mark.parametrize(
    "spec",
    [
        "{containers: [{name: c, env: nothing, args: {a: b}, command: 7, envFrom: [x]}], initContainers: {}}",
        "{containers: [{name: c, env: [{}, {name: 5}, {name: A, valueFrom: {configMapKeyRef: 5}}]}], hostAliases: [5]}",
        "nothing",
    ],
)
def test_what_is_wrong_in_fields_that_mean_nothing_to_dns_is_no_matter(spec: str) -> None:
    cron_job = f"""
    apiVersion: batch/v1
    kind: CronJob
    metadata: {{name: report}}
    spec: {{jobTemplate: {{spec: {{template: {{spec: {spec}}}}}}}}}
    """
    assert advised(SERVICES, cron_job) == []
