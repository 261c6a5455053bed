"""The registry holds what files say, takes a changed file as a whole, and tells each change once."""

import ipaddress
import itertools

from clusterdns.cluster.changes import Change
from clusterdns.cluster.manifest import Manifest, read, read_values
from clusterdns.cluster.objects import Key, ObjectMeta, Service, ServicePort, ServiceSpec
from clusterdns.cluster.problems import Severity
from clusterdns.cluster.registry import Registry, Update


def document(name: str, port: int = 80, ip: str = "") -> str:
    cluster_ip = f"  clusterIP: {ip}\n" if ip else ""
    return f"apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\nspec:\n{cluster_ip}  ports:\n  - port: {port}\n"


def stream(*documents: str) -> str:
    return "---\n".join(documents)


def manifest(file: str, *documents: str) -> Manifest:
    return read(stream(*documents), file)


def key(name: str) -> Key:
    return Key("Service", "default", name)


def load(registry: Registry, **texts: str | None) -> Update:
    """Load files named after the keywords, None for those that are gone."""
    manifests = [read(text, f"{name}.yaml", registry.manifest(f"{name}.yaml")) for name, text in texts.items() if text]
    return registry.load(manifests, [f"{name}.yaml" for name, text in texts.items() if text is None])


def said(update: Update) -> list[str]:
    return [str(problem) for problem in update.problems]


def changed(update: Update) -> dict[str, str]:
    return {
        change.key.name: "came" if change.old is None else "went" if change.new is None else "changed"
        for change in update.changes
    }


def names(registry: Registry) -> set[str]:
    return {key.name for key in registry.objects}


def test_objects_come_change_and_go_with_their_file():
    registry = Registry()

    assert changed(load(registry, a=stream(document("web"), document("api")))) == {"web": "came", "api": "came"}
    assert changed(load(registry, a=stream(document("web", 81), document("new")))) == {
        "web": "changed",
        "api": "went",
        "new": "came",
    }
    assert changed(load(registry, a=None)) == {"web": "went", "new": "went"}
    assert registry.objects == {}
    assert registry.revision == 3


def test_a_change_has_the_object_before_and_after():
    registry = Registry()
    load(registry, a=document("web"))

    (change,) = load(registry, a=document("web", 81)).changes

    assert isinstance(change, Change)
    assert change.key == key("web")
    assert change.old.spec.ports[0].port == 80
    assert change.new is registry.objects[key("web")]


def test_a_text_that_says_the_same_changes_nothing():
    registry = Registry()
    load(registry, a=document("web"))

    assert load(registry, a="# a comment\n" + document("web").replace("80", "0x50")).changes == []
    assert registry.revision == 1


def test_a_broken_file_keeps_its_last_good_objects_and_others_go_on():
    registry = Registry()
    load(registry, a=stream(document("web"), document("api")), b=document("other"))

    update = load(registry, a=stream(document("web", 70000), document("new")), b=document("other", 81))

    assert said(update) == ["a.yaml:7: Service default/web: spec.ports[0].port: 70000 is not a port (1 to 65535)"]
    assert changed(update) == {"other": "changed"}
    assert names(registry) == {"web", "api", "other"}

    assert changed(load(registry, a=document("web", 81))) == {"web": "changed", "api": "went"}


def test_one_name_twice_is_an_error_that_names_both_places():
    update = load(Registry(), a=stream(document("web"), document("web", 81)))

    assert said(update) == ["a.yaml:9: Service default/web: is there twice, also at a.yaml:1"]
    assert update.errors


def test_the_same_document_twice_in_a_file_is_an_error_too():
    assert said(load(Registry(), a=stream(document("web"), document("web")))) == [
        "a.yaml:9: Service default/web: is there twice, also at a.yaml:1"
    ]


def test_the_order_of_files_does_not_matter():
    files = {"a": document("web"), "b": stream("# b\n", document("web", 81)), "c": document("api")}
    outcomes = set()
    for order in itertools.permutations(files):
        registry = Registry()
        update = load(registry, **{name: files[name] for name in order})
        outcomes.add((tuple(said(update)), registry.objects[key("web")].spec.ports[0].port))

    assert outcomes == {(("b.yaml:3: Service default/web: is there twice, also at a.yaml:1",), 80)}


def test_while_running_the_file_that_changed_is_the_wrong_one():
    registry = Registry()
    load(registry, a=document("api"), b=document("web"))

    update = load(registry, a=stream(document("api", 81), document("web", 81)))

    assert said(update) == ["a.yaml:9: Service default/web: is there twice, also at b.yaml:1"]
    assert update.changes == []


def test_a_file_that_was_wrong_only_beside_another_is_taken_when_that_one_changes():
    registry = Registry()
    load(registry, a=document("api"), b=document("web"))
    load(registry, a=stream(document("api", 81), document("web", 82)))

    update = load(registry, b=document("other"))

    assert said(update) == []
    assert changed(update) == {"api": "changed", "web": "changed", "other": "came"}


def test_an_object_may_move_to_another_file():
    registry = Registry()
    load(registry, a=stream(document("web"), document("api")))

    assert load(registry, a=document("api"), b=document("web")).changes == []
    assert changed(load(registry, b=None)) == {"web": "went"}


def test_two_services_cannot_have_one_cluster_ip():
    update = load(Registry(), a=document("web", ip="10.96.0.7"), b=document("api", ip="10.96.0.7"))

    assert said(update) == [
        "b.yaml:6: Service default/api: spec.clusterIP: 10.96.0.7 is the address of Service default/web at a.yaml:1"
    ]


def test_for_bare_two_services_with_one_cluster_ip_are_a_warning():
    registry = Registry(bare=True)
    update = load(registry, a=document("web", ip="10.96.0.7"), b=document("api", ip="10.96.0.7"))

    assert [problem.severity for problem in update.problems] == [Severity.WARNING]
    assert names(registry) == {"web", "api"}


def test_services_may_swap_their_cluster_ips():
    registry = Registry()
    load(registry, a=document("web", ip="10.96.0.7"), b=document("api", ip="10.96.0.8"))

    assert said(load(registry, a=document("web", ip="10.96.0.8"), b=document("api", ip="10.96.0.7"))) == []


def test_at_start_every_problem_of_every_file_is_told():
    update = load(
        Registry(),
        a=stream(document("web", 0), document("api", ip="10.96.0.7")),
        b=stream(document("web"), document("Db"), document("new", ip="10.96.0.7")),
        c="kind: [",
    )

    assert [line.partition(" (")[0] for line in said(update)] == [
        "a.yaml:7: Service default/web: spec.ports[0].port: 0 is not a port",
        "b.yaml:1: Service default/web: is there twice, also at a.yaml:1",
        "b.yaml:12: Service default/Db: metadata.name: 'Db' is not a DNS label of RFC 1035",
        "b.yaml:22: Service default/new: spec.clusterIP: 10.96.0.7 is the address of Service default/api at a.yaml:9",
        "c.yaml:1: is not YAML: while parsing a flow node did not find expected node content",
    ]


def test_an_applied_object_counts_until_its_file_says_something_new():
    registry = Registry()
    load(registry, a=stream(document("web"), document("api")))

    def web(port: int) -> Service:
        meta = ObjectMeta(name="web", namespace="default")
        return Service(metadata=meta, spec=ServiceSpec(ports=[ServicePort(port=port)]))

    assert changed(registry.change([web(8080)])) == {"web": "changed"}
    assert changed(load(registry, a=stream(document("web"), document("api", 81)))) == {"api": "changed"}
    assert registry.objects[key("web")].spec.ports[0].port == 8080
    assert changed(load(registry, a=stream(document("web", 82), document("api", 81)))) == {"web": "changed"}
    assert registry.objects[key("web")].spec.ports[0].port == 82
    assert registry.change([web(82)]).changes == []


def test_a_deleted_object_stays_away_until_its_file_says_something_new():
    registry = Registry()
    load(registry, a=document("web"))

    assert changed(registry.change(gone=[key("web")])) == {"web": "went"}
    assert registry.change(gone=[key("web")]).changes == []
    assert changed(load(registry, a=document("web", 81))) == {"web": "came"}


def test_an_object_may_get_the_cluster_ip_of_one_that_goes_at_the_same_time():
    registry = Registry()
    load(registry, a=document("web", ip="10.96.0.7"))
    spec = ServiceSpec(cluster_ip="10.96.0.7", ports=[ServicePort(port=80)])

    update = registry.change([Service(metadata=ObjectMeta(name="api", namespace="default"), spec=spec)], [key("web")])

    assert changed(update) == {"api": "came", "web": "went"}


def test_an_applied_object_is_validated():
    registry = Registry()
    load(registry, a=document("web", ip="10.96.0.7"))
    spec = ServiceSpec(cluster_ip="10.96.0.7", ports=[ServicePort(port=70000)])

    update = registry.change([Service(metadata=ObjectMeta(name="api", namespace="default"), spec=spec)])

    assert update.changes == []
    assert said(update) == [
        "Service default/api: spec.ports[0].port: 70000 is not a port (1 to 65535)",
        "Service default/api: spec.clusterIP: 10.96.0.7 is the address of Service default/web at a.yaml:1",
    ]


def test_manifests_are_applied_as_a_whole_or_not_at_all():
    registry = Registry()
    load(registry, a=stream(document("web"), document("api")))

    update = registry.apply(
        [manifest("one", document("web", 81)), manifest("two", document("new"), document("bad", 0))]
    )

    assert said(update) == ["two:15: Service default/bad: spec.ports[0].port: 0 is not a port (1 to 65535)"]
    assert update.changes == []
    assert registry.objects[key("web")].spec.ports[0].port == 80

    update = registry.apply([manifest("one", document("web", 81)), manifest("two", document("new"))])

    assert changed(update) == {"web": "changed", "new": "came"}
    assert names(registry) == {"web", "api", "new"}


def test_one_name_twice_in_what_is_applied_is_an_error():
    update = Registry().apply([manifest("one", document("web")), manifest("two", document("web", 81))])

    assert said(update) == ["two:1: Service default/web: is there twice, also at one:1"]


def test_an_applied_object_cannot_have_the_cluster_ip_of_another():
    registry = Registry()
    load(registry, a=document("web", ip="10.96.0.7"))
    registry.apply([manifest("one", document("api", ip="10.96.0.8"))])

    def refused(ip: str) -> str:
        (problem,) = said(registry.apply([manifest("two", document("new", ip=ip))]))
        return problem.removeprefix(f"two:6: Service default/new: spec.clusterIP: {ip} is the address of ")

    assert refused("10.96.0.7") == "Service default/web at a.yaml:1"
    assert refused("10.96.0.8") == "Service default/api at an object that was applied"


def test_values_are_read_as_text_is_but_have_no_line():
    spec = {"clusterIP": ipaddress.ip_address("10.96.0.7"), "ports": [{"port": 70000}]}
    given = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": spec}
    registry = Registry()

    assert said(registry.apply([read_values([given], "argument 1")])) == [
        "argument 1: Service default/web: spec.ports[0].port: 70000 is not a port (1 to 65535)"
    ]
    spec["ports"][0]["port"] = 80
    assert changed(registry.apply([read_values([given], "argument 1")])) == {"web": "came"}
    assert registry.objects[key("web")].spec.cluster_ip == "10.96.0.7"
    assert isinstance(spec["clusterIP"], ipaddress.IPv4Address)


def test_values_that_are_no_json_are_said():
    given = {"apiVersion": "v1", "kind": "Service", (1, 2): "web"}

    (problem,) = said(Registry().apply([read_values([given], "argument 1")]))

    assert problem.startswith("argument 1: is not JSON: keys must be str")


def test_other_kinds_are_counted_over_all_files():
    registry = Registry()
    config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
    load(registry, a=stream(config, document("web")), b=config)

    assert registry.ignored() == {"ConfigMap": 2}
    load(registry, b=None)
    assert registry.ignored() == {"ConfigMap": 1}


def test_one_change_among_many_documents_looks_at_no_other():
    registry = Registry()
    documents = [document(f"web-{n}", ip=f"10.96.{n // 250}.{n % 250 + 1}") for n in range(500)]
    load(registry, a=stream(*documents))
    before = registry.manifest("a.yaml").documents
    documents[250] = document("web-250", 81)

    assert changed(load(registry, a=stream(*documents))) == {"web-250": "changed"}
    after = registry.manifest("a.yaml").documents
    assert [index for index, (old, new) in enumerate(zip(before, after, strict=True)) if old is not new] == [250]
