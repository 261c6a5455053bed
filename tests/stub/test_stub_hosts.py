"""/etc/hosts as the kubelet writes it."""

import pytest
from pods import cluster_of

from clusterdns.cluster import manifest
from clusterdns.stub import hosts_of

HOST = "127.0.0.1 localhost\n192.0.2.1 node\n"
LOCALHOST = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
POD = """\
apiVersion: v1
kind: Pod
metadata: {{name: p}}
spec: {{containers: [{{name: c, image: i}}], {spec}}}
status: {{podIP: 10.244.0.7}}
"""


def hosts(spec: str) -> str:
    return hosts_of(cluster_of(POD.format(spec=spec)).pods["default", "p"], host=HOST)


@pytest.mark.parametrize(
    ("spec", "names"),
    [
        ("", "p"),
        ("hostname: h", "h"),
        ("hostname: h, subdomain: s", "h.s.default.svc.cluster.local\th"),
        ("subdomain: s", "p.s.default.svc.cluster.local\tp"),
    ],
)
def test_a_pod_has_its_own_name(spec, names):
    assert hosts(spec) == f"{LOCALHOST}10.244.0.7\t{names}\n"


def test_aliases_come_last():
    spec = "hostAliases: [{ip: 192.0.2.9, hostnames: [legacy, mainframe.example]}]"
    assert hosts(spec) == f"{LOCALHOST}10.244.0.7\tp\n192.0.2.9\tlegacy\tmainframe.example\n"


def test_a_pod_of_the_host_has_the_nodes_file():
    assert hosts("hostNetwork: true") == HOST


def test_without_a_pod_the_machine_knows_itself():
    assert hosts_of(None, hostname="desk") == f"{LOCALHOST}127.0.1.1\tdesk\n"


@pytest.mark.parametrize(
    ("alias", "said"),
    [
        ("{ip: nope, hostnames: [a]}", "spec.hostAliases[0].ip: 'nope' is not an IP address"),
        ("{ip: 192.0.2.9, hostnames: ['a b']}", "spec.hostAliases[0].hostnames[0]: 'a b' is not"),
    ],
)
def test_an_alias_has_an_address_and_names(alias, said):
    (problem,) = manifest.read(POD.format(spec=f"hostAliases: [{alias}]"), "pod.yaml").problems()
    assert said in str(problem)
