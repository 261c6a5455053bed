"""Manifests as people write them become objects, or problems that say where and what."""

import json

import pytest

from clusterdns.cluster.manifest import read
from clusterdns.cluster.objects import Deployment, EndpointSlice, Key, Namespace, Pod, Service
from clusterdns.cluster.problems import Severity

WEB = """\
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  ports:
  - port: 80
"""


def problems(text: str, *, bare: bool = False) -> list[str]:
    return [str(problem) for problem in read(text, "web.yaml").problems(bare=bare)]


def test_a_service_without_a_namespace_is_in_default():
    (service,) = read(WEB, "web.yaml").objects()

    assert isinstance(service, Service)
    assert service.key() == Key("Service", "default", "web")
    assert service.spec.ports[0].port == 80


def test_a_file_holds_many_documents_and_empty_ones_are_nothing():
    text = f"# two of them\n---\n{WEB}---\n---\n# nothing\n---\n{WEB.replace('web', 'api')}...\n"

    assert [obj.name for obj in read(text, "web.yaml").objects()] == ["web", "api"]


def test_an_empty_file_is_an_empty_cluster():
    manifest = read("", "empty.yaml")

    assert manifest.objects() == []
    assert manifest.problems() == []
    assert manifest.is_manifest()


def test_directives_belong_to_the_document_after_them():
    assert [obj.name for obj in read(f"%YAML 1.1\n---\n{WEB}", "web.yaml").objects()] == ["web"]
    assert [obj.name for obj in read(f"# first\n%YAML 1.1\n# more\n---\n{WEB}", "web.yaml").objects()] == ["web"]


def test_three_dashes_inside_a_word_end_no_document():
    text = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n  annotations:\n    a: |\n      ---\n----: x\n"

    assert [obj.name for obj in read(text, "a.yaml").objects()] == ["a"]


def test_windows_line_ends_and_a_byte_order_mark_are_no_problem():
    text = "\ufeff" + f"{WEB}---\n{WEB.replace('web', 'api')}".replace("\n", "\r\n")

    assert [obj.name for obj in read(text, "web.yaml").objects()] == ["web", "api"]


def test_json_is_read_by_the_same_door():
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"ports": [{"port": 80.0}]}}
    indented = json.dumps(service, indent="\t")

    assert [obj.name for obj in read(indented, "web.json").objects()] == ["web"]
    assert read(indented + indented, "web.json").objects()[1].spec.ports[0].port == 80


def test_flow_yaml_that_only_begins_like_json_is_yaml():
    assert [o.name for o in read("{apiVersion: v1, kind: Namespace, metadata: {name: a}}", "a.yaml").objects()] == ["a"]


def test_a_list_of_kubectl_is_opened():
    text = """\
apiVersion: v1
kind: List
metadata:
  resourceVersion: ""
items:
- apiVersion: v1
  kind: Namespace
  metadata:
    name: shop
- apiVersion: v1
  kind: List
  items:
  - apiVersion: v1
    kind: Pod
    metadata:
      name: one
    spec:
      containers: [{name: c}]
"""
    shop, one = read(text, "dump.yaml").objects()

    assert isinstance(shop, Namespace)
    assert isinstance(one, Pod)
    assert shop.namespace == ""


def test_a_list_of_one_kind_tells_the_kind_of_its_items():
    text = "apiVersion: v1\nkind: NamespaceList\nitems:\n- metadata:\n    name: a\n- metadata:\n    name: b\n"

    assert [obj.key() for obj in read(text, "ns.yaml").objects()] == [
        Key("Namespace", "", "a"),
        Key("Namespace", "", "b"),
    ]


def test_a_problem_in_a_list_has_the_line_of_its_item():
    text = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Namespace\n  metadata:\n    name: A\n"

    assert problems(text)[0].startswith("web.yaml:7: Namespace A: metadata.name: 'A' is not a DNS label (")


def test_kinds_that_mean_nothing_to_dns_are_counted():
    config = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n"
    monitor = "apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata:\n  name: a\n"
    manifest = read(f"{config}---\n{config}---\n{monitor}", "a.yaml")

    assert manifest.ignored() == {"ConfigMap": 2, "ServiceMonitor": 1}
    assert manifest.problems() == []


def test_the_group_makes_the_kind():
    """A Service of Knative is no Service of ours."""
    text = WEB.replace("apiVersion: v1", "apiVersion: serving.knative.dev/v1")
    manifest = read(text, "web.yaml")

    assert manifest.objects() == []
    assert manifest.ignored() == {"Service (serving.knative.dev/v1)": 1}


@pytest.mark.parametrize(
    ("api_version", "kind", "meant"),
    [("v1", "Servce", "Service"), ("v1", "service", "Service"), ("apps/v1", "Deployement", "Deployment")],
)
def test_a_misspelled_kind_of_kubernetes_is_an_error(api_version: str, kind: str, meant: str):
    text = f"apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: web}}\n"

    assert problems(text) == [
        f"web.yaml:2: kind: Kubernetes 1.34 has no {kind} of {api_version} (did you mean {meant}?)"
    ]


@pytest.mark.parametrize(
    "what",
    ["v1: ServiceAccount", "v1: PodTemplate", "v1: Secret", "example.com/v1: Servce", "apps/v1: ControllerRevision"],
)
def test_a_kind_that_another_one_resembles_is_left_alone(what: str):
    api_version, kind = what.split(": ")
    text = f"apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: web}}\n"

    assert problems(text) == []


def test_service_exports_are_no_service_imports():
    text = "apiVersion: multicluster.x-k8s.io/v1alpha1\nkind: ServiceExport\nmetadata: {name: web}\n"

    assert problems(text) == []


def test_a_kind_under_the_version_of_another_one_is_an_error():
    text = "apiVersion: v1\nkind: Deployment\nmetadata: {name: web}\nspec: {}\n"

    assert (
        "web.yaml:1: Deployment default/web: apiVersion: Kubernetes 1.34 has no Deployment of v1 (apiVersion: apps/v1)"
        in (problems(text))
    )


def test_a_value_of_a_wrong_type_is_reported_once():
    text = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: http}]}\n"

    assert problems(text) == ["web.yaml:4: Service default/web: spec.ports[0].port: 'http' is not a whole number"]


def test_a_version_that_kubernetes_dropped_is_an_error_and_for_bare_a_warning():
    text = """\
apiVersion: extensions/v1beta1
kind: Deployment
metadata:
  name: web
spec:
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers: [{name: c}]
"""
    (problem,) = problems(text)
    assert problem.startswith("web.yaml:1: Deployment default/web: apiVersion: Kubernetes 1.34 has no Deployment of")
    manifest = read(text, "web.yaml")
    assert manifest.objects() == []
    assert [type(obj) for obj in manifest.objects(bare=True)] == [Deployment]
    assert [problem.severity for problem in manifest.problems(bare=True)] == [Severity.WARNING]


def test_a_cluster_wide_object_has_no_namespace_whatever_it_says():
    (node,) = read("apiVersion: v1\nkind: Node\nmetadata:\n  name: n\n  namespace: x\n", "n.yaml").objects()

    assert node.key() == Key("Node", "", "n")


def test_a_generated_name_is_the_same_every_time_and_another_for_another_object():
    text = WEB.replace("name: web", "generateName: web-")
    (first,), (again,) = read(text, "a.yaml").objects(), read(f"---\n{text}", "b.yaml").objects()
    (other,) = read(text.replace("80", "81"), "a.yaml").objects()

    assert first.name.startswith("web-")
    assert len(first.name) == len("web-") + 5
    assert first.name == again.name != other.name


def test_null_is_nothing_given():
    text = """\
apiVersion: v1
kind: Service
metadata:
  name: web
  labels:
  annotations: null
  namespace: ~
spec:
  clusterIP: null
  selector: {app: null}
  externalIPs:
  ports:
  - {port: 80, name: null, targetPort: null}
status:
"""
    (service,) = read(text, "web.yaml").objects()

    assert service.namespace == "default"
    assert service.spec.selector == {"app": ""}
    assert service.spec.ports[0].name == ""
    assert problems(text) == []


def test_every_value_of_a_wrong_type_is_reported_with_its_line():
    text = """\
apiVersion: v1
kind: Service
metadata:
  name: web
  labels: [a]
spec:
  selector: app
  ports:
  - port: http
    name: 7
  - 80
"""
    assert problems(text)[:4] == [
        "web.yaml:5: Service default/web: metadata.labels: a list is not a map",
        "web.yaml:7: Service default/web: spec.selector: 'app' is not a map",
        "web.yaml:9: Service default/web: spec.ports[0].port: 'http' is not a whole number",
        'web.yaml:10: Service default/web: spec.ports[0].name: 7 is a number and not text (write "7")',
    ]


def test_wrong_types_in_a_pod_template_are_found():
    text = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      hostNetwork: 5
      containers: [{name: c}]
"""
    assert problems(text) == ["web.yaml:9: Deployment default/web: spec.template.spec.hostNetwork: 5 is not a boolean"]


def test_a_number_as_a_label_is_refused_as_kubernetes_does_and_kept_for_bare():
    text = WEB.replace("name: web\n", "name: web\n  labels:\n    version: 010\n")

    assert problems(text) == [
        'web.yaml:6: Service default/web: metadata.labels.version: 010 is a number and not text (write "010")'
    ]
    assert read(text, "web.yaml").objects() == []
    assert read(text, "web.yaml").objects(bare=True)[0].metadata.labels == {"version": "010"}


@pytest.mark.parametrize("word", ["on", "off", "Yes", "no", "y", "N"])
def test_on_and_off_stay_what_they_say_where_text_is_wanted_with_a_warning(word):
    text = WEB.replace("name: web\n", f"name: web\n  labels:\n    switch: {word}\n")
    (service,) = read(text, "web.yaml").objects()
    (problem,) = read(text, "web.yaml").problems()

    assert service.metadata.labels == {"switch": word}
    assert problem.severity is Severity.WARNING


def test_on_is_true_where_a_boolean_is_wanted():
    (service,) = read(WEB + "  publishNotReadyAddresses: on\n", "web.yaml").objects()

    assert service.spec.publish_not_ready_addresses is True


def test_metadata_is_needed_and_a_name_in_it():
    assert problems("apiVersion: v1\nkind: Pod\n") == ["web.yaml:1: metadata is missing"]
    assert problems("apiVersion: v1\nkind: Namespace\nmetadata: {}\n") == [
        "web.yaml:3: Namespace : metadata.name: is missing (name or generateName)"
    ]


def test_what_is_no_object_at_all_is_an_error_and_no_manifest():
    manifest = read("replicas: 3\nimage: nginx\n", "values.yaml")

    assert not manifest.is_manifest()
    assert [str(problem) for problem in manifest.problems()] == [
        "values.yaml:1: has no apiVersion and kind (every object of a manifest has apiVersion and kind)"
    ]


def test_a_document_without_kind_says_so():
    assert problems("apiVersion: v1\nmetadata: {name: a}\n") == [
        "web.yaml:1: has no kind (every object of a manifest has apiVersion and kind)"
    ]


def test_broken_yaml_is_told_with_its_line_and_the_other_documents_are_read():
    manifest = read(f"{WEB}---\nkind: [a\n---\n{WEB.replace('web', 'api')}", "web.yaml")

    assert [obj.name for obj in manifest.objects()] == ["web", "api"]
    (problem,) = manifest.problems()
    assert str(problem).startswith("web.yaml:9: is not YAML: ")


def test_a_template_and_a_tab_get_a_hint():
    assert problems("kind: Pod\nname: {{ .Values.name }}: x\n")[0].endswith(
        "(a template? `helm template` makes manifests of a chart's)"
    )
    assert problems("kind: Pod\nmetadata:\n\tname: a\n")[0].endswith("(indent with spaces, not with tabs)")


def test_broken_json_is_told_as_json():
    assert problems('{"apiVersion": "v1",\n "kind": "Pod" "x"}') == ["web.yaml:2: is not JSON: Expecting ',' delimiter"]


def test_a_key_twice_is_an_error_in_yaml_and_json():
    assert problems(WEB.replace("- port: 80", "- port: 80\n    port: 81")) == [
        "web.yaml:8: key 'port' is there twice in one map"
    ]
    assert problems('{"apiVersion": "v1",\n"kind": "Pod",\n"kind": "Pod"}') == [
        "web.yaml:3: key 'kind' is there twice in one map"
    ]


def test_reading_again_parses_only_documents_that_changed():
    text = f"{WEB}---\n{WEB.replace('web', 'api')}"
    old = read(text, "web.yaml")
    new = read("# a line more\n" + text.replace("port: 80", "port: 81", 1), "web.yaml", old)

    assert new.documents[0] is not old.documents[0]
    assert new.documents[1] is old.documents[1]
    assert [obj.spec.ports[0].port for obj in new.objects()] == [81, 80]


def test_lines_are_right_after_lines_before_changed():
    broken = WEB.replace("80", "70000")
    old = read(f"{WEB}---\n{broken}", "web.yaml")
    new = read(f"# one\n# two\n{WEB}---\n{broken}", "web.yaml", old)

    assert [problem.place.line for problem in (*old.problems(), *new.problems())] == [15, 17]


def test_the_same_document_twice_is_two_documents():
    manifest = read(f"{WEB}---\n{WEB}", "web.yaml")

    assert len(manifest.objects()) == 2
    assert [manifest.place(document, (0,)).line for document in manifest.documents] == [1, 9]


def test_an_endpoint_slice_is_read_whole():
    text = """\
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: web-1
  labels: {kubernetes.io/service-name: web}
addressType: IPv4
endpoints:
- addresses: [10.1.2.3]
  hostname: one
  conditions: {ready: false}
  nodeName: n
ports:
- {name: http, port: 8080}
"""
    (slice_,) = read(text, "web.yaml").objects()

    assert isinstance(slice_, EndpointSlice)
    assert slice_.endpoints[0].conditions.ready is False
    assert slice_.endpoints[0].hostname == "one"
    assert slice_.ports[0].protocol == "TCP"
