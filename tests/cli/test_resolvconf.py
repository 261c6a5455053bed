"""`clusterdns resolvconf`: what a Pod's file says, and what is said of it."""

from pathlib import Path

import pytest
from commands import run

NODE = "nameserver 192.0.2.1\nsearch corp.example\n"


@pytest.fixture
def node(tmp_path: Path) -> Path:
    file = tmp_path / "node.conf"
    file.write_text(NODE)
    return file


def pod(folder: Path, spec: str) -> Path:
    manifest = folder / "pod.yaml"
    manifest.write_text(
        f"apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{containers: [{{name: c, image: i}}], {spec}}}\n"
    )
    return manifest


def test_an_ordinary_pod_of_a_namespace(node):
    ran = run("resolvconf", "data", "--resolv-conf", node)
    assert ran.stdout == (
        "search data.svc.cluster.local svc.cluster.local cluster.local corp.example\n"
        "nameserver 10.96.0.10\n"
        "options ndots:5\n"
    )
    assert ran.stderr == ""


def test_a_pod_by_its_name_as_its_manifest_wants_it(node, tmp_path):
    manifest = pod(tmp_path, "dnsPolicy: Default, dnsConfig: {options: [{name: ndots, value: '2'}]}")
    ran = run("resolvconf", "default/p", "-f", manifest, "--resolv-conf", node)
    assert ran.stdout == "search corp.example\nnameserver 192.0.2.1\noptions ndots:2\n"


def test_limits_are_told_of_on_standard_error(node, tmp_path):
    searches = ", ".join(f"part-{number}.of.a.long.list.example" for number in range(31))
    nameservers = "192.0.2.1, 192.0.2.2, 192.0.2.3"
    manifest = pod(tmp_path, f"dnsConfig: {{searches: [{searches}], nameservers: [{nameservers}]}}")
    ran = run("resolvconf", "default/p", "-f", manifest, "--resolv-conf", node)
    assert ran.returncode == 0
    assert len(ran.stdout.splitlines()[0].split()) == 1 + 32
    for said in (
        "the kubelet leaves out part-28.of.a.long.list.example, part-29.of.a.long.list.example",
        "the kubelet leaves out 192.0.2.3 (at most 3)",
        "before Kubernetes 1.28 the kubelet kept at most 6 search domains of 256 characters in all",
        "musl (Alpine) ignores a search line of more than 254 characters as a whole",
    ):
        assert said in ran.stderr


@pytest.mark.parametrize(
    ("client", "said"),
    [
        ("nope", "there is no namespace 'nope' (data, default, kube-system)"),
        ("data/db-9", "there is no Pod data/db-9 (db-0, db-1, db-2)"),
    ],
)
def test_who_is_not_there_is_said(client, said):
    ran = run("resolvconf", client)
    assert ran.returncode == 2
    assert said in ran.stderr


def test_broken_manifests_are_said(tmp_path):
    ran = run("resolvconf", "default", "-f", pod(tmp_path, "dnsPolicy: Sometimes"))
    assert ran.returncode == 1
    assert "spec.dnsPolicy: 'Sometimes'" in ran.stderr
