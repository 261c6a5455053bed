"""Whatever happened before, a cluster is what its given objects make it: the heart of the control plane."""

from ipaddress import ip_network
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clusterdns.cluster.changes import Change
from clusterdns.cluster.cluster import Cluster
from clusterdns.cluster.controlplane import ControlPlane
from clusterdns.cluster.objects import (
    Container,
    ContainerPort,
    DaemonSet,
    Deployment,
    Endpoint,
    EndpointAddress,
    EndpointPort,
    Endpoints,
    EndpointSlice,
    EndpointSubset,
    Job,
    JobSpec,
    Key,
    LabelSelector,
    LabelSelectorRequirement,
    Namespace,
    Node,
    NodeAddress,
    NodeSpec,
    NodeStatus,
    Object,
    ObjectMeta,
    OwnerReference,
    Pod,
    PodCondition,
    PodSpec,
    PodStatus,
    ReplicaSet,
    ReplicaSetSpec,
    ReplicationController,
    ReplicationControllerSpec,
    Service,
    ServicePort,
    ServiceSpec,
    StatefulSet,
    StatefulSetSpec,
    Taint,
    WorkloadSpec,
)
from clusterdns.cluster.settings import Settings

names = st.sampled_from(["web", "db", "web-0", "kube-dns", "kubernetes"])
namespaces = st.sampled_from(["default", "default", "kube-system", "shop"])
labels = st.dictionaries(
    st.sampled_from(["app", "tier", "k8s-app"]), st.sampled_from(["a", "b", "kube-dns"]), max_size=2
)
families = st.sampled_from([[], ["IPv4"], ["IPv6"], ["IPv6", "IPv4"]])
service_ips = st.sampled_from(["", "", "", "None", "10.96.0.2", "10.96.0.10", "10.99.0.1", "fd00:10:96::5"])
pod_addresses = st.sampled_from(["", "", "10.244.0.3", "10.244.0.4", "20.0.0.1", "fd00:10:244::7"])
managers = st.sampled_from(
    [None, "endpointslice-controller.k8s.io", "endpointslicemirroring-controller.k8s.io", "somebody"]
)
requirements = st.sampled_from([[], [LabelSelectorRequirement(key="tier", operator="NotIn", values=["a"])]])
replicas = st.sampled_from([None, 0, 1, 2, 4])
containers = st.sampled_from([[], [Container(name="c", ports=[ContainerPort(name="http", container_port=8080)])]])

templates = st.builds(
    lambda labels, image, host, selector: {
        "metadata": {"labels": labels},
        "spec": {"image": image, "hostNetwork": host, "nodeSelector": selector},
    },
    labels,
    st.sampled_from(["one", "two"]),
    st.sampled_from([False, False, True]),
    st.sampled_from([{}, {}, {"disk": "fast"}]),
)


@st.composite
def owners(draw: st.DrawFn) -> list[OwnerReference]:
    kind = draw(
        st.sampled_from([None, "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "ReplicationController", "Deployment"])
    )
    return (
        [OwnerReference(kind=kind, name=draw(st.sampled_from(["web", "db", "web-77"])), controller=True)]
        if kind
        else []
    )


@st.composite
def pods(draw: st.DrawFn) -> Pod:
    ip = draw(pod_addresses)
    ready = draw(st.sampled_from([None, "True", "False"]))
    meta = ObjectMeta(
        name=draw(st.sampled_from(["web-0", "db-0", "web-1", "db-1", "lone"])),
        namespace=draw(namespaces),
        labels=draw(labels) | draw(st.sampled_from([{}, {"pod-template-hash": "77"}])),
        owner_references=draw(owners()),
        deletion_timestamp=draw(st.sampled_from([None, None, "2026-01-01T00:00:00Z"])),
    )
    spec = PodSpec(
        hostname=draw(st.sampled_from(["", "h"])),
        subdomain=draw(st.sampled_from(["", "web"])),
        host_network=draw(st.sampled_from([False, False, True])),
        node_name=draw(st.sampled_from(["", "", "worker-1", "elsewhere"])),
        containers=draw(containers),
    )
    conditions = [PodCondition(type="Ready", status=ready)] if ready else []
    phase = draw(st.sampled_from(["", "Running", "Pending", "Succeeded", "Failed"]))
    return Pod(metadata=meta, spec=spec, status=PodStatus(phase=phase, pod_ip=ip, conditions=conditions))


@st.composite
def services(draw: st.DrawFn) -> Service:
    ip = draw(service_ips)
    return Service(
        metadata=ObjectMeta(name=draw(names), namespace=draw(namespaces), labels=draw(labels)),
        spec=ServiceSpec(
            type=draw(st.sampled_from(["ClusterIP", "ClusterIP", "ExternalName"])),
            cluster_ip=ip,
            ip_families=draw(families) if not ip else [],
            ip_family_policy=draw(st.sampled_from(["", "", "PreferDualStack", "SingleStack"])),
            ports=[ServicePort(name="p", port=80, target_port=draw(st.sampled_from([None, 8080, "http"])))],
            selector=draw(labels),
            publish_not_ready_addresses=draw(st.booleans()),
        ),
    )


@st.composite
def workloads(draw: st.DrawFn) -> Object:
    meta = ObjectMeta(name=draw(st.sampled_from(["web", "db"])), namespace=draw(namespaces))
    template, count = draw(templates), draw(replicas)
    kind = draw(
        st.sampled_from(["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "ReplicationController"])
    )
    if kind == "Deployment":
        return Deployment(metadata=meta, spec=ReplicaSetSpec(replicas=count, template=template))
    if kind == "ReplicaSet":
        meta.name = draw(st.sampled_from(["web", "web-77", "db-77"]))
        meta.owner_references = draw(
            st.sampled_from([[], [OwnerReference(kind="Deployment", name="web", controller=True)]])
        )
        selector = LabelSelector(match_labels=draw(labels), match_expressions=draw(requirements))
        return ReplicaSet(metadata=meta, spec=ReplicaSetSpec(replicas=count, template=template, selector=selector))
    if kind == "StatefulSet":
        return StatefulSet(metadata=meta, spec=StatefulSetSpec(replicas=count, template=template, service_name="web"))
    if kind == "DaemonSet":
        return DaemonSet(metadata=meta, spec=WorkloadSpec(template=template))
    if kind == "ReplicationController":
        return ReplicationController(
            metadata=meta, spec=ReplicationControllerSpec(replicas=count, template=template, selector=draw(labels))
        )
    mode = draw(st.sampled_from(["Indexed", "NonIndexed"]))
    return Job(metadata=meta, spec=JobSpec(parallelism=count, completions=2, completion_mode=mode, template=template))


@st.composite
def endpoint_objects(draw: st.DrawFn) -> Object:
    name, namespace = draw(names), draw(namespaces)
    addresses = draw(st.lists(st.sampled_from(["192.0.2.1", "192.0.2.2", "2001:db8::1"]), max_size=3))
    if draw(st.booleans()):
        marks = draw(st.sampled_from([{}, {}, {"endpointslice.kubernetes.io/skip-mirror": "true"}]))
        subset = EndpointSubset(addresses=[EndpointAddress(ip=ip) for ip in addresses], ports=[EndpointPort(port=1)])
        return Endpoints(metadata=ObjectMeta(name=name, namespace=namespace, labels=marks), subsets=[subset])
    marks = {"kubernetes.io/service-name": draw(names)} if draw(st.booleans()) else {}
    if manager := draw(managers):
        marks["endpointslice.kubernetes.io/managed-by"] = manager
    if name == "kubernetes":
        marks = {"kubernetes.io/service-name": name}
    else:
        name = draw(st.sampled_from(["one", "two"]))
    meta = ObjectMeta(name=name, namespace=namespace, labels=marks)
    return EndpointSlice(metadata=meta, address_type="IPv4", endpoints=[Endpoint(addresses=[ip]) for ip in addresses])


@st.composite
def nodes(draw: st.DrawFn) -> Object:
    if draw(st.booleans()):
        return Namespace(metadata=ObjectMeta(name=draw(namespaces)))
    marks = draw(st.sampled_from([{}, {"disk": "fast"}, {"topology.kubernetes.io/zone": "a"}]))
    taints = draw(st.sampled_from([[], [], [Taint(key="k", effect="NoSchedule")]]))
    return Node(
        metadata=ObjectMeta(name=draw(st.sampled_from(["worker-1", "worker-2", "big"])), labels=marks),
        spec=NodeSpec(taints=taints),
        status=NodeStatus(
            addresses=[NodeAddress(type="InternalIP", address=draw(st.sampled_from(["10.9.0.1", "10.244.0.9"])))]
        ),
    )


objects = st.one_of(pods(), services(), workloads(), endpoint_objects(), nodes())
clusters = st.sampled_from(
    [
        Settings(),
        Settings(bare=True, nodes=3),
        Settings(
            service_cidrs=(ip_network("10.96.0.0/28"), ip_network("fd00:10:96::/125")),
            pod_cidrs=(ip_network("10.244.0.0/28"), ip_network("fd00:10:244::/125")),
        ),
        Settings(pod_cidrs=(ip_network("fd00:10:244::/56"), ip_network("10.244.0.0/30"))),
    ]
)
rounds = st.lists(st.lists(st.tuples(st.booleans(), objects), min_size=1, max_size=6), min_size=1, max_size=8)


class Run:
    """A control plane that runs, the objects given to it, and what one would know who only read its changes."""

    def __init__(self, settings: Settings) -> None:
        self.plane = ControlPlane(settings)
        self.given: dict[Key, Object] = {}
        self.told: dict[Key, Object] = {}

    def change(self, key: Key, new: Object | None) -> Change:
        change = Change(key, self.given.pop(key, None), new)
        if new is not None:
            self.given[key] = new
        return change

    def apply(self, changes: list[Change]) -> None:
        for key, old, new in self.plane.apply(changes):
            assert self.told.pop(key, None) == old != new
            if new is not None:
                self.told[key] = new


def picture(cluster: Cluster) -> dict[str, Any]:
    """All that a reader can see of a cluster."""
    there = {one.key(): one for one in cluster}
    slices = [key for key in there if key.kind == "EndpointSlice"]
    services = {(key.namespace, there[key].metadata.labels.get("kubernetes.io/service-name", "")) for key in slices}
    return {
        "objects": there,
        "slices": {service: cluster.slices_of(*service) for service in services},
    }


def fresh(settings: Settings, given: dict[Key, Object]) -> Cluster:
    plane = ControlPlane(settings)
    plane.apply([Change(key, None, one) for key, one in sorted(given.items())])
    return plane.cluster


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(clusters, rounds)
def test_a_running_control_plane_agrees_with_a_fresh_start(
    chosen: Settings, history: list[list[tuple[bool, Object]]]
) -> None:
    run = Run(chosen)
    for one_round in history:
        run.apply([run.change(one.key(), None if gone else one) for gone, one in one_round])
        assert picture(run.plane.cluster) == picture(fresh(chosen, run.given))
        assert run.told == {one.key(): one for one in run.plane.cluster}


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(clusters, st.lists(objects, max_size=12))
def test_what_a_cluster_shows_makes_the_same_cluster(chosen: Settings, manifests: list[Object]) -> None:
    first = fresh(chosen, {one.key(): one for one in manifests})
    shown = {one.key(): one for one in first}
    assert picture(fresh(chosen, shown)) == picture(first)
