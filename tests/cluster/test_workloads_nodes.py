"""Pods run on Nodes: the built-in ones, or those that manifests give."""

from controlling import Lab

from clusterdns.cluster.objects import Node, Pod
from clusterdns.cluster.settings import Settings


def node(name: str, ip: str, labels: str = "{}", spec: str = "{}") -> str:
    return (
        f"{{apiVersion: v1, kind: Node, metadata: {{name: {name}, labels: {labels}}}, spec: {spec}, "
        f"status: {{addresses: [{{type: InternalIP, address: {ip}}}]}}}}\n---\n"
    )


def pod(name: str, spec: str = "") -> str:
    return (
        f"{{apiVersion: v1, kind: Pod, metadata: {{name: {name}, namespace: default}}, "
        f"spec: {{{spec + ', ' if spec else ''}containers: [{{name: c}}]}}}}\n---\n"
    )


CONTROL = node(
    "control",
    "10.9.0.1",
    "{node-role.kubernetes.io/control-plane: ''}",
    "{taints: [{key: control, effect: NoSchedule}]}",
)
DAEMONSET = """
apiVersion: apps/v1
kind: DaemonSet
metadata: {{name: agent, namespace: default}}
spec:
  selector: {{matchLabels: {{app: agent}}}}
  template: {{metadata: {{labels: {{app: agent}}}}, spec: {{{0} containers: [{{name: c}}]}}}}
---
"""


def test_without_nodes_given_there_are_as_many_as_the_settings_say() -> None:
    lab = Lab(settings=Settings(nodes=3))
    nodes = lab.cluster.of(Node)
    assert [name for _, name in nodes] == ["control-plane", "worker-1", "worker-2"]
    assert nodes["", "worker-1"].metadata.labels["kubernetes.io/hostname"] == "worker-1"
    assert "node-role.kubernetes.io/control-plane" in nodes["", "control-plane"].metadata.labels


def test_nodes_given_replace_the_built_in_ones() -> None:
    lab = Lab(pod("lone"))
    lab.apply(node("one", "10.9.0.1"))
    assert [name for _, name in lab.cluster.of(Node)] == ["one"]
    assert lab.one(Pod, "lone").spec.node_name == "one"
    assert lab.one(Pod, "lone").status.host_ip == "10.9.0.1"
    lab.delete("Node", "one", "")
    assert [name for _, name in lab.cluster.of(Node)] == ["control-plane", "worker-1"]
    assert lab.one(Pod, "lone").spec.node_name == "worker-1"


def test_pods_run_on_workers_if_there_are_any() -> None:
    lab = Lab(CONTROL + node("one", "10.9.0.2") + node("two", "10.9.0.3") + "".join(pod(f"p{n}") for n in range(20)))
    assert {one.spec.node_name for one in lab.pods()} == {"one", "two"}


def test_a_node_that_comes_takes_pods_only_to_itself() -> None:
    lab = Lab(node("one", "10.9.0.2") + node("two", "10.9.0.3") + "".join(pod(f"p{n}") for n in range(20)))
    before = {one.name: one.spec.node_name for one in lab.pods()}
    lab.apply(node("three", "10.9.0.4"))
    moved = {one.spec.node_name for one in lab.pods() if one.spec.node_name != before[one.name]}
    assert moved == {"three"}


def test_a_node_selector_is_respected() -> None:
    nodes = node("slow", "10.9.0.2") + node("fast", "10.9.0.3", "{disk: fast}")
    lab = Lab(nodes + pod("picky", "nodeSelector: {disk: fast}"))
    assert lab.one(Pod, "picky").spec.node_name == "fast"


def test_a_pod_that_no_node_can_take_is_pending_and_has_no_address() -> None:
    lab = Lab(node("slow", "10.9.0.2") + pod("picky", "nodeSelector: {disk: fast}"))
    status = lab.one(Pod, "picky").status
    assert (status.phase, status.pod_ip, status.pod_ips) == ("Pending", "", [])
    lab.apply(node("fast", "10.9.0.3", "{disk: fast}"))
    assert lab.one(Pod, "picky").status.phase == "Running"


def test_built_in_nodes_have_whatever_label_a_pod_asks_for() -> None:
    assert Lab(pod("picky", "nodeSelector: {disk: fast}")).one(Pod, "picky").spec.node_name == "worker-1"


def test_a_pod_with_the_network_of_its_node_has_its_addresses() -> None:
    lab = Lab(node("one", "10.9.0.2") + pod("proxy", "hostNetwork: true"))
    assert lab.one(Pod, "proxy").status.pod_ip == lab.one(Pod, "proxy").status.host_ip == "10.9.0.2"


def test_the_address_of_a_node_is_handed_to_no_pod() -> None:
    alone = Lab(pod("lone")).ips()[0]
    lab = Lab(pod("lone") + node("one", alone))
    assert lab.ips() != [alone]


def test_a_daemonset_goes_where_its_selector_and_its_tolerations_let_it() -> None:
    nodes = CONTROL + node("slow", "10.9.0.2") + node("fast", "10.9.0.3", "{disk: fast}", "{unschedulable: true}")

    def on(spec: str) -> list[str]:
        return sorted(one.spec.node_name for one in Lab(nodes + DAEMONSET.format(spec)).pods())

    assert on("") == ["fast", "slow"]
    assert on("tolerations: [{operator: Exists}],") == ["control", "fast", "slow"]
    assert on("tolerations: [{key: control, effect: NoSchedule}],") == ["control", "fast", "slow"]
    assert on("nodeSelector: {disk: fast},") == ["fast"]


def test_a_node_that_comes_gets_its_pod_of_a_daemonset() -> None:
    lab = Lab(node("one", "10.9.0.2") + DAEMONSET.format(""))
    first = lab.pods()
    lab.apply(node("two", "10.9.0.3"))
    assert sorted(one.spec.node_name for one in lab.pods()) == ["one", "two"]
    assert first[0] in lab.pods()


def test_a_required_node_affinity_is_respected() -> None:
    nodes = node("a", "10.9.0.1", "{zone: east, cores: '4'}") + node("b", "10.9.0.2", "{zone: west, cores: '16'}")

    def on(*terms: str) -> list[str]:
        required = f"requiredDuringSchedulingIgnoredDuringExecution: {{nodeSelectorTerms: [{', '.join(terms)}]}}"
        spec = f"affinity: {{nodeAffinity: {{{required}}}}},"
        return sorted(one.spec.node_name for one in Lab(nodes + DAEMONSET.format(spec)).pods())

    assert on("{matchExpressions: [{key: zone, operator: In, values: [east, north]}]}") == ["a"]
    assert on("{matchExpressions: [{key: zone, operator: NotIn, values: [east]}]}") == ["b"]
    assert on("{matchExpressions: [{key: zone, operator: Exists}, {key: cores, operator: Gt, values: ['8']}]}") == ["b"]
    assert on("{matchExpressions: [{key: zone, operator: DoesNotExist}]}", "{}") == []
    assert on("{matchFields: [{key: metadata.name, operator: In, values: [a]}]}", "{matchExpressions: []}") == ["a"]
    assert on(
        "{matchExpressions: [{key: cores, operator: Lt, values: ['8']}]}",
        "{matchFields: [{key: metadata.name, operator: In, values: [b]}]}",
    ) == ["a", "b"]
