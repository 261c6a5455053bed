"""What the API server of Kubernetes 1.34 would refuse, told with object, field and what would do."""

import textwrap

import pytest

from clusterdns.cluster.manifest import read


def found(text: str, *, bare: bool = False) -> list[str]:
    """The problems of a manifest, without place and object."""
    problems = read(textwrap.dedent(text), "a.yaml").problems(bare=bare)
    return [f"{problem.severity.value}: {problem.field}: {problem.message}" for problem in problems]


def service(spec: str, name: str = "web") -> str:
    """A Service with the fields of `spec` (flow style, without braces) and a port, unless it has ports of its own."""
    ports = "" if "ports:" in spec else "ports: [{port: 80}], "
    return f"apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{{ports}{spec}}}\n"


def pod(spec: str = "", status: str = "") -> str:
    spec = f"containers: [{{name: c}}], {spec}"
    return f"apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{{spec}}}\nstatus: {{{status}}}\n"


def endpoint_slice(endpoints: str, rest: str = "", family: str = "IPv4") -> str:
    head = "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: web-1}\n"
    return f"{head}addressType: {family}\nendpoints: [{endpoints}]\n{rest}\n"


def deployment(spec: str, kind: str = "Deployment") -> str:
    return f"apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: web}}\nspec: {{{spec}}}\n"


TEMPLATE = "template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c}]}}"
SELECTOR = "selector: {matchLabels: {app: web}}"


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ("ports: []", "warning: spec.ports: is missing"),
        ("ports: [{port: 70000}]", "error: spec.ports[0].port: 70000 is not a port"),
        ("ports: [{port: -1}]", "error: spec.ports[0].port: -1 is not a port"),
        ("ports: [{name: HTTP, port: 1}]", "warning: spec.ports[0].name: 'HTTP' is not a DNS label"),
        ("ports: [{port: 1}, {name: b, port: 2}]", "warning: spec.ports[0].name: is missing"),
        ("ports: [{name: a, port: 1}, {name: a, port: 2}]", "warning: spec.ports[1].name: the name is there twice"),
        (
            "ports: [{name: a, port: 1}, {name: b, port: 1}]",
            "warning: spec.ports[1].port: the port with its protocol is there twice",
        ),
        ("ports: [{port: 1, protocol: ICMP}]", "warning: spec.ports[0].protocol: 'ICMP' is not one of SCTP, TCP, UDP"),
        ("ports: [{port: 1, targetPort: a--b}]", "warning: spec.ports[0].targetPort: 'a--b' is not the name of a port"),
        ("ports: [{port: 1, targetPort: '80'}]", "warning: spec.ports[0].targetPort: '80' is not the name of a port"),
        ("ports: [{port: 1, targetPort: 65536}]", "error: spec.ports[0].targetPort: 65536 is not a port"),
        (
            "type: Clusterip",
            "warning: spec.type: 'Clusterip' is not one of ClusterIP, ExternalName, LoadBalancer, NodePort",
        ),
        ("selector: {-a: b}", "warning: spec.selector[-a]: '-a' is not the name of a label"),
        ("selector: {app: 'a b'}", "warning: spec.selector.app: 'a b' is not the value of a label"),
        ("clusterIP: 10.96.0.300", "error: spec.clusterIP: '10.96.0.300' is not an IP address"),
        ("clusterIP: none", "error: spec.clusterIP: 'none' is not an IP address"),
        (
            "clusterIP: 010.96.0.1",
            "error: spec.clusterIP: '010.96.0.1' has leading zeros, which some programs read as octal",
        ),
        ("clusterIPs: [10.96.0.1]", "warning: spec.clusterIPs: is there without clusterIP"),
        (
            "clusterIP: 10.96.0.1, clusterIPs: [10.96.0.2]",
            "warning: spec.clusterIPs: begins with '10.96.0.2', but clusterIP is '10.96.0.1'",
        ),
        ("clusterIP: None, clusterIPs: [None, fd00::1]", "error: spec.clusterIPs: 'None' is not the only value"),
        (
            "clusterIP: 10.96.0.1, clusterIPs: [10.96.0.1, 10.96.0.2]",
            "warning: spec.clusterIPs: has more than one address of a family",
        ),
        (
            "clusterIP: 10.96.0.1, ipFamilies: [IPv6]",
            "warning: spec.clusterIP: 10.96.0.1 is not IPv6, as ipFamilies[0] says",
        ),
        ("ipFamilies: [IPv5]", "error: spec.ipFamilies[0]: 'IPv5' is not one of IPv4, IPv6"),
        ("ipFamilies: [IPv4, IPv4]", "warning: spec.ipFamilies[1]: the family is there twice"),
        (
            "ipFamilies: [IPv4, IPv6], ipFamilyPolicy: SingleStack",
            "warning: spec.ipFamilyPolicy: SingleStack has one family",
        ),
        ("clusterIP: None, type: NodePort", "warning: spec.clusterIP: a NodePort Service cannot be headless"),
        ("externalIPs: [x]", "error: spec.externalIPs[0]: 'x' is not an IP address"),
        (
            "externalIPs: [127.0.0.1]",
            "warning: spec.externalIPs[0]: 127.0.0.1 is a loopback address, which no endpoint may have",
        ),
        ("type: ExternalName", "error: spec.externalName: is missing"),
        ("type: ExternalName, externalName: .", "error: spec.externalName: is missing"),
        (
            "type: ExternalName, externalName: 'https://example.com/x'",
            "error: spec.externalName: 'https://example.com/x' is a URL and not a DNS name",
        ),
        (
            "type: ExternalName, externalName: a_b.example",
            "warning: spec.externalName: 'a_b.example' is not a DNS name",
        ),
        ("type: ExternalName, externalName: a..b", "error: spec.externalName: 'a..b' is not a DNS name"),
        (
            "type: ExternalName, externalName: a.example, clusterIP: None",
            "warning: spec.clusterIP: an ExternalName Service has none",
        ),
    ],
)
def test_a_service_that_kubernetes_refuses(spec, problem):
    """With `bare`, an error is what a DNS cannot serve; without, each is an error."""
    assert found(service(spec), bare=True) == [problem]
    assert found(service(spec)) == [problem.replace("warning: ", "error: ")]


@pytest.mark.parametrize(
    "spec",
    [
        "type: LoadBalancer, clusterIP: 10.96.0.1",
        "clusterIP: None, ports: []",
        "clusterIP: None, clusterIPs: [None], ipFamilies: [IPv6, IPv4], ipFamilyPolicy: RequireDualStack",
        "clusterIP: fd00::1, clusterIPs: ['fd00::1', 10.96.0.1], ipFamilies: [IPv6], ipFamilyPolicy: PreferDualStack",
        "type: ExternalName, externalName: github.com",
        "type: ExternalName, externalName: svc1.testns.svc.cluster.local., ports: []",
        "type: ExternalName, externalName: 10.0.0.1",
        "ports: [{name: a, port: 53, protocol: UDP}, {name: b, port: 53, protocol: TCP, targetPort: dns-tcp}]",
        "selector: {app.kubernetes.io/name: web, empty: ''}",
        "externalIPs: [192.0.2.1, '2001:db8::1']",
    ],
)
def test_a_service_that_kubernetes_takes(spec):
    assert found(service(spec)) == []


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("Web", "warning: metadata.name: 'Web' is not a DNS label of RFC 1035"),
        ("1web", "warning: metadata.name: '1web' is not a DNS label of RFC 1035"),
        ("web.v2", "error: metadata.name: 'web.v2' is not a DNS label of RFC 1035"),
        ("w" * 64, f"error: metadata.name: '{'w' * 64}' is not a DNS label of RFC 1035"),
    ],
)
def test_names_of_services_begin_with_a_letter(name, problem):
    """RFC 1035 labels: the gate that relaxes this is alpha in 1.34, so off."""
    assert found(service("", name=name), bare=True) == [problem]
    assert found(service("", name="w" * 63)) == []


def test_an_unknown_status_of_a_load_balancer_is_found():
    text = (
        service("type: LoadBalancer")
        + "status: {loadBalancer: {ingress: [{ip: x}, {hostname: 1.2.3.4}, {hostname: a_b}]}}"
    )

    assert found(text) == [
        "error: status.loadBalancer.ingress[0].ip: 'x' is not an IP address",
        "error: status.loadBalancer.ingress[1].hostname: 1.2.3.4 is an IP address",
        "error: status.loadBalancer.ingress[2].hostname: 'a_b' is not a DNS name",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (endpoint_slice("{addresses: []}"), "warning: endpoints[0].addresses: is missing"),
        (endpoint_slice("{addresses: [x]}"), "error: endpoints[0].addresses[0]: 'x' is not an IPv4 address"),
        (
            endpoint_slice("{addresses: ['fd00::1']}"),
            "warning: endpoints[0].addresses[0]: fd00::1 is not an IPv4 address",
        ),
        (
            endpoint_slice("{addresses: [10.0.0.1]}", family="IPv6"),
            "warning: endpoints[0].addresses[0]: 10.0.0.1 is not an IPv6 address",
        ),
        (
            endpoint_slice("{addresses: [127.0.0.1]}"),
            "warning: endpoints[0].addresses[0]: 127.0.0.1 is a loopback address, which no endpoint may have",
        ),
        (
            endpoint_slice("{addresses: ['fe80::1']}", family="IPv6"),
            "warning: endpoints[0].addresses[0]: fe80::1 is a link-local address, which no endpoint may have",
        ),
        (
            endpoint_slice("{addresses: [10.0.0.1], hostname: A}"),
            "warning: endpoints[0].hostname: 'A' is not a DNS label",
        ),
        (endpoint_slice("", "ports: [{name: a}, {name: a}]"), "warning: ports[1].name: the name is there twice"),
        (endpoint_slice("", "ports: [{port: 65536}]"), "error: ports[0].port: 65536 is not a port"),
        (endpoint_slice("{addresses: [10.0.0.1]}", family="''"), "warning: addressType: is missing"),
        (endpoint_slice("", family="IP"), "warning: addressType: 'IP' is not one of FQDN, IPv4, IPv6"),
        (
            endpoint_slice("{addresses: [a_b]}", family="FQDN"),
            "warning: endpoints[0].addresses[0]: 'a_b' is not a DNS name",
        ),
        (endpoint_slice("{addresses: [10.0.0.1]}, " * 1001), "warning: endpoints: 1001 endpoints are too many"),
    ],
)
def test_an_endpoint_slice_that_kubernetes_refuses(text, problem):
    assert found(text, bare=True) == [problem]


def test_an_endpoint_slice_with_everything_is_fine():
    endpoints = "{addresses: [10.0.0.1, 10.0.0.2], hostname: a, conditions: {}}, {addresses: [10.0.0.3]}"

    assert found(endpoint_slice(endpoints, "ports: [{}, {name: a, port: 1, protocol: SCTP}]")) == []
    assert found(endpoint_slice("{addresses: ['::ffff:10.0.0.1']}", family="IPv6")) == []


@pytest.mark.parametrize(
    ("subset", "problem"),
    [
        ("{}", "subsets[0]: has no addresses"),
        ("{addresses: [{ip: 1.2.3}]}", "subsets[0].addresses[0].ip: '1.2.3' is not an IP address"),
        (
            "{addresses: [{ip: 169.254.1.1}]}",
            "subsets[0].addresses[0].ip: 169.254.1.1 is a link-local address, which no endpoint may have",
        ),
        (
            "{notReadyAddresses: [{ip: 0.0.0.0}]}",
            "subsets[0].notReadyAddresses[0].ip: 0.0.0.0 is the unspecified address, which no endpoint may have",
        ),
        (
            "{addresses: [{ip: 224.0.0.5}]}",
            "subsets[0].addresses[0].ip: 224.0.0.5 is a link-local multicast address, which no endpoint may have",
        ),
        ("{addresses: [{ip: 1.2.3.4, hostname: a.b}]}", "subsets[0].addresses[0].hostname: 'a.b' is not a DNS label"),
        ("{addresses: [{ip: 1.2.3.4}], ports: [{name: a}]}", "subsets[0].ports[0].port: is missing"),
        (
            "{addresses: [{ip: 1.2.3.4}], ports: [{port: 1}, {name: b, port: 2}]}",
            "subsets[0].ports[0].name: is missing",
        ),
    ],
)
def test_endpoints_that_kubernetes_refuses(subset, problem):
    text = f"apiVersion: v1\nkind: Endpoints\nmetadata: {{name: web}}\nsubsets: [{subset}]\n"

    assert found(text) == [f"error: {problem}"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (pod("hostname: a.b"), "spec.hostname: 'a.b' is not a DNS label"),
        (pod("subdomain: -a"), "spec.subdomain: '-a' is not a DNS label"),
        (pod("nodeName: a_b"), "spec.nodeName: 'a_b' is not a DNS name"),
        (
            pod("initContainers: [{ports: [{containerPort: 0}]}]"),
            "spec.initContainers[0].ports[0].containerPort: 0 is not a port",
        ),
        (
            pod("initContainers: [{ports: [{containerPort: 1, name: this-is-too-long}]}]"),
            "spec.initContainers[0].ports[0].name: 'this-is-too-long' is not the name of a port",
        ),
        (
            pod("initContainers: [{ports: [{containerPort: 1, name: a}, {containerPort: 2, name: a}]}]"),
            "spec.initContainers[0].ports[1].name: the name is there twice",
        ),
        (pod("dnsPolicy: None"), "spec.dnsConfig.nameservers: is missing"),
        (
            pod("dnsPolicy: default"),
            "spec.dnsPolicy: 'default' is not one of ClusterFirst, ClusterFirstWithHostNet, Default, None",
        ),
        (pod("dnsConfig: {nameservers: [a]}"), "spec.dnsConfig.nameservers[0]: 'a' is not an IP address"),
        (
            pod("dnsConfig: {nameservers: [1.1.1.1, 1.1.1.2, 1.1.1.3, 1.1.1.4]}"),
            "spec.dnsConfig.nameservers: 4 nameservers are too many",
        ),
        (
            pod("dnsConfig: {searches: [., _tcp.example, 'a b']}"),
            "spec.dnsConfig.searches[2]: 'a b' is not a search domain",
        ),
        (pod(status="podIP: x"), "status.podIP: 'x' is not an IP address"),
        (pod(status="podIPs: [{ip: x}]"), "status.podIPs[0].ip: 'x' is not an IP address"),
        (
            pod(status="podIP: 10.0.0.1, podIPs: [{ip: 10.0.0.2}]"),
            "status.podIPs: begins with 10.0.0.2, but podIP is 10.0.0.1",
        ),
        (
            pod(status="phase: Ready"),
            "status.phase: 'Ready' is not one of Failed, Pending, Running, Succeeded, Unknown",
        ),
        ("apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {}\n", "spec.containers: is missing"),
    ],
)
def test_a_pod_that_kubernetes_refuses(text, problem):
    (only,) = found(text)

    assert only.startswith(f"error: {problem}")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (deployment(TEMPLATE), "spec.selector: is missing"),
        (deployment(SELECTOR), "spec.template: is missing"),
        (deployment(f"replicas: -1, {SELECTOR}, {TEMPLATE}"), "spec.replicas: -1 is not a count"),
        (deployment(f"replicas: 1000000, {SELECTOR}, {TEMPLATE}"), "spec.replicas: 1000000 Pods are too many"),
        (
            deployment("selector: {matchLabels: {app: api}}, " + TEMPLATE),
            "spec.template.metadata.labels: the selector does not match them",
        ),
        (
            deployment("selector: {matchExpressions: [{key: app, operator: NotIn, values: [web]}]}, " + TEMPLATE),
            "spec.template.metadata.labels: the selector does not match them",
        ),
        (
            deployment("selector: {matchExpressions: [{key: app, operator: In}]}, " + TEMPLATE, "ReplicaSet"),
            "spec.selector.matchExpressions[0].values: is missing",
        ),
        (
            deployment(f"{SELECTOR}, template: {{metadata: {{labels: {{app: web}}}}, spec: {{}}}}", "DaemonSet"),
            "spec.template.spec.containers: is missing",
        ),
        (
            deployment(f"ordinals: {{start: -1}}, {SELECTOR}, {TEMPLATE}", "StatefulSet"),
            "spec.ordinals.start: -1 is not a count",
        ),
    ],
)
def test_a_workload_that_kubernetes_refuses(text, problem):
    assert f"error: {problem}" in found(text)


@pytest.mark.parametrize(
    "selector",
    [
        "matchLabels: {app: web}",
        "matchExpressions: [{key: app, operator: In, values: [api, web]}, {key: tier, operator: DoesNotExist}]",
        "matchExpressions: [{key: app, operator: Exists}, {key: app, operator: NotIn, values: [api]}]",
    ],
)
def test_a_workload_whose_selector_matches_its_template(selector):
    assert found(deployment(f"replicas: 0, selector: {{{selector}}}, {TEMPLATE}")) == []


def test_a_replication_controller_selects_its_templates_labels_unless_told_otherwise():
    text = f"apiVersion: v1\nkind: ReplicationController\nmetadata: {{name: web}}\nspec: {{{TEMPLATE}}}\n"

    assert found(text) == []
    assert found(text.replace("spec: {temp", "spec: {selector: {app: api}, temp")) == [
        "error: spec.template.metadata.labels: the selector does not match them"
    ]


def test_jobs_and_cron_jobs():
    job = f"apiVersion: batch/v1\nkind: Job\nmetadata: {{name: {'j' * 61}}}\nspec: {{{TEMPLATE}}}\n"
    indexed = job.replace("spec: {temp", "spec: {completionMode: Indexed, completions: 11, temp")

    assert found(job) == []
    assert found(indexed) == [f"error: metadata.name: {'j' * 61}-10 is too long for a hostname"]
    assert found(indexed.replace("completions: 11,", "")) == ["error: spec.completions: is missing"]
    assert found(f"apiVersion: batch/v1\nkind: CronJob\nmetadata: {{name: {'c' * 53}}}\n") == [
        f"error: metadata.name: '{'c' * 53}' is too long"
    ]


def test_service_imports():
    head = "apiVersion: multicluster.x-k8s.io/v1alpha1\nkind: ServiceImport\nmetadata: {name: web}\n"

    assert found(head + "spec: {type: ClusterSetIP, ips: [10.1.1.1], ports: [{name: http, port: 80}]}") == []
    assert found(head + "spec: {type: X, ips: [a, b, c], ports: [{port: 0}]}") == [
        "error: spec.type: 'X' is not one of ClusterSetIP, Headless",
        "error: spec.ips: 3 addresses are too many",
        "error: spec.ips[0]: 'a' is not an IP address",
        "error: spec.ips[1]: 'b' is not an IP address",
        "error: spec.ips[2]: 'c' is not an IP address",
        "error: spec.ports[0].port: 0 is not a port",
    ]


def test_names_labels_and_namespaces():
    text = """\
        apiVersion: v1
        kind: Namespace
        metadata:
          name: a.b
          labels: {Example.com/x: z, x/: z, a: -b}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: a.b, namespace: Shop}
        spec: {containers: [{name: c}]}
        ---
        apiVersion: v1
        kind: Node
        metadata: {name: n_1}
        status: {addresses: [{type: InternalIP, address: one}, {type: Hostname, address: one}]}
    """
    assert found(text) == [
        "error: metadata.name: 'a.b' is not a DNS label",
        "error: metadata.labels[Example.com/x]: 'Example.com/x' is not the name of a label",
        "error: metadata.labels[x/]: 'x/' is not the name of a label",
        "error: metadata.labels.a: '-b' is not the value of a label",
        "error: metadata.namespace: 'Shop' is not a DNS label",
        "error: metadata.name: 'n_1' is not a DNS name",
        "error: status.addresses[0].address: 'one' is not an IP address",
    ]


def test_a_problem_says_place_object_field_and_what_would_do():
    text = service("ports: [{port: 70000}]")

    assert [str(problem) for problem in read(text, "web.yaml").problems()] == [
        "web.yaml:4: Service default/web: spec.ports[0].port: 70000 is not a port (1 to 65535)"
    ]
