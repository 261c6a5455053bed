"""What is in every cluster, and how given objects take its place."""

from controlling import Lab

from clusterdns.cluster.objects import Deployment, EndpointSlice, Namespace, Service
from clusterdns.cluster.settings import Settings, parse_cidrs

BARE = Settings(bare=True)


def namespaces(lab: Lab) -> list[str]:
    return sorted(name for _, name in lab.cluster.of(Namespace))


def test_an_empty_cluster_is_not_empty() -> None:
    lab = Lab()
    assert namespaces(lab) == ["default", "kube-node-lease", "kube-public", "kube-system"]
    assert lab.cluster_ips("kubernetes") == ["10.96.0.1"]
    assert lab.ready("kubernetes") == ["192.168.96.10"]
    assert [(port.name, port.port) for port in lab.slices("kubernetes")[0].ports] == [("https", 6443)]
    assert lab.cluster_ips("kube-dns", "kube-system") == ["10.96.0.10"]
    dns = lab.one(Service, "kube-dns", "kube-system").spec
    assert [(port.name, port.port, port.protocol) for port in dns.ports] == [
        ("dns", 53, "UDP"),
        ("dns-tcp", 53, "TCP"),
        ("metrics", 9153, "TCP"),
    ]
    assert lab.ready("kube-dns", "kube-system") == lab.ips("coredns-", "kube-system")
    assert len(lab.ips("coredns-", "kube-system")) == 1


def test_a_bare_cluster_has_nodes_only() -> None:
    lab = Lab(settings=BARE)
    assert {one.kind for one in lab.cluster} == {"Node"}


def test_namespaces_that_objects_name_exist_as_long_as_they_do() -> None:
    lab = Lab(
        "{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: {ports: [{port: 80}]}}", BARE
    )
    assert namespaces(lab) == ["shop"]
    lab.delete("Service", "web", "shop")
    assert namespaces(lab) == []


def test_a_namespace_has_the_label_of_its_name_and_keeps_its_own() -> None:
    lab = Lab("{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {team: a}}}")
    namespace = lab.cluster.namespace("shop")
    assert namespace is not None
    assert namespace.metadata.labels == {"team": "a", "kubernetes.io/metadata.name": "shop"}


def test_addresses_of_the_built_in_services_follow_the_range() -> None:
    settings = Settings(service_cidrs=parse_cidrs("10.43.0.0/16", Settings().service_cidrs))
    lab = Lab(settings=settings)
    assert lab.cluster_ips("kubernetes") == ["10.43.0.1"]
    assert lab.cluster_ips("kube-dns", "kube-system") == ["10.43.0.10"]


def test_a_service_that_is_given_the_address_of_dns_has_it() -> None:
    lab = Lab()
    lab.apply(
        "{apiVersion: v1, kind: Service, metadata: {name: mine, namespace: default}, "
        "spec: {clusterIP: 10.96.0.10, ports: [{port: 53}]}}"
    )
    assert lab.cluster_ips("mine") == ["10.96.0.10"]
    assert lab.cluster_ips("kube-dns", "kube-system") not in ([], ["10.96.0.10"])


def test_the_api_server_is_at_the_control_plane_nodes_that_are_given() -> None:
    node = (
        "{{apiVersion: v1, kind: Node, metadata: {{name: {0}, labels: {{{1}}}}}, "
        "status: {{addresses: [{{type: InternalIP, address: {2}}}]}}}}\n---\n"
    )
    role = "node-role.kubernetes.io/control-plane: ''"
    lab = Lab(node.format("n1", "", "192.168.0.31"))
    assert lab.ready("kubernetes") == ["192.168.0.31"]
    lab.apply(node.format("master", role, "192.168.0.30"))
    assert lab.ready("kubernetes") == ["192.168.0.30"]


def test_given_objects_replace_built_in_ones() -> None:
    lab = Lab()
    lab.apply(
        """
        apiVersion: v1
        kind: Service
        metadata: {name: kubernetes, namespace: default}
        spec: {clusterIP: 10.0.0.1, ports: [{name: https, port: 443, targetPort: 8443}]}
        ---
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        addressType: IPv4
        metadata: {name: another-name, namespace: default, labels: {kubernetes.io/service-name: kubernetes}}
        endpoints: [{addresses: [192.0.2.1]}]
        """
    )
    assert lab.cluster_ips("kubernetes") == ["10.0.0.1"]
    assert lab.ready("kubernetes") == ["192.0.2.1"]
    assert ("default", "kubernetes") not in lab.cluster.of(EndpointSlice)
    lab.delete("EndpointSlice", "another-name")
    assert lab.ready("kubernetes") == ["192.168.96.10"]


def test_endpoints_of_the_api_server_count_unless_they_are_its_own_copy() -> None:
    text = """
        apiVersion: v1
        kind: Endpoints
        metadata: {name: kubernetes, namespace: default, labels: {LABEL}}
        subsets: [{addresses: [{ip: 192.0.2.1}], ports: [{name: https, port: 6443}]}]
        """
    lab = Lab()
    lab.apply(text.replace("LABEL", "by: hand"))
    assert lab.ready("kubernetes") == ["192.0.2.1"]
    lab.apply(text.replace("LABEL", "endpointslice.kubernetes.io/skip-mirror: 'true'"))
    assert lab.ready("kubernetes") == ["192.168.96.10"]


def test_pods_of_dns_that_are_given_stand_for_us() -> None:
    lab = Lab()
    lab.apply(
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: coredns, namespace: kube-system}
        spec:
          replicas: 2
          selector: {matchLabels: {k8s-app: kube-dns}}
          template: {metadata: {labels: {k8s-app: kube-dns}}, spec: {containers: [{name: coredns}]}}
        """
    )
    assert ("kube-system", "coredns") in lab.cluster.of(Deployment)
    assert len(lab.ready("kube-dns", "kube-system")) == len(lab.pods(namespace="kube-system")) == 2
    lab.delete("Deployment", "coredns", "kube-system")
    assert len(lab.ready("kube-dns", "kube-system")) == len(lab.pods("coredns-", "kube-system")) == 1
