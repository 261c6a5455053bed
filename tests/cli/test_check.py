"""`clusterdns check` says everything that is wrong, with file and line, and starts nothing."""

import json
import socket
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from clusters import service
from commands import run
from serving import ROOT, free_port

from clusterdns.cli import main
from clusterdns.cli.check import command as check_command
from clusterdns.cli.serve import command as serve_command

ZONE = """\
$ORIGIN example.org.
@ 300 IN SOA ns hostmaster 1 7200 1800 86400 300
@ 300 IN NS ns
ns 300 IN A 192.0.2.53
"""


def check(*arguments: str | Path) -> tuple[int, list[str]]:
    """Exit status, and the lines that it prints, of `check ARGUMENTS`, on a free port."""
    ran = CliRunner().invoke(main, ["check", "--port", str(free_port()), *map(str, arguments)])
    assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exception
    return ran.exit_code, ran.output.splitlines()


@pytest.fixture
def corefile(tmp_path: Path) -> Path:
    path = tmp_path / "Corefile"
    path.write_text(". {\n whoami\n}\n")
    return path


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    path = tmp_path / "web.yaml"
    path.write_text(service("web", "10.96.1.1"))
    return path


def test_where_nothing_is_wrong_it_says_so(corefile: Path, manifest: Path) -> None:
    assert check("--conf", corefile, manifest) == (0, ["Nothing is wrong."])


def test_without_a_manifest_it_says_what_it_looked_at(tmp_path: Path) -> None:
    (tmp_path / "Corefile").write_text("cluster.local {\n kubernetes\n}\n")
    note = "No manifest was named, so this is about the embedded example"

    assert check("--conf", tmp_path / "Corefile", "--strict") == (0, [note, "Nothing is wrong."])


def test_it_is_a_command_of_its_own(corefile: Path) -> None:
    ran = run("check", "--conf", corefile, "-", given=service("web", "10.96.1.500"))

    assert ran.returncode == 1
    assert ran.stdout == "stdin:5: Service default/web: spec.clusterIP: '10.96.1.500' is not an IP address\n"


def test_it_takes_the_arguments_of_serve() -> None:
    def names(command: object) -> list[str]:
        parameters: Sequence[object] = getattr(command, "params", ())
        return [getattr(parameter, "name", "") for parameter in parameters]

    common = [name for name in names(serve_command) if name != "ready_path"]
    assert names(check_command) == [*common, "strict", "ignored", "as_json"]


def test_all_problems_are_listed_at_once(tmp_path: Path) -> None:
    (tmp_path / "Corefile").write_text(
        """\
one.example {
    cache 30 {
        success many
    }
    route53 example.org.:Z1
    no_such_plugin
}
two.example {
    loadbalance odd
}
"""
    )
    (tmp_path / "one.yaml").write_text(service("one", "10.96.1.500"))
    (tmp_path / "two.yaml").write_text(service("two", "10.96.1.2") + "---\nkind: [\n")

    status, lines = check("--conf", tmp_path / "Corefile", tmp_path / "one.yaml", tmp_path / "two.yaml")

    assert status == 1
    for place, problem in (
        ("one.yaml:5", "spec.clusterIP: '10.96.1.500' is not an IP address"),
        ("two.yaml:", ""),
        ("Corefile:3", "cache: "),
        ("Corefile:5", "plugin 'route53' is left out: it answers from AWS Route 53"),
        ("Corefile:6", "'no_such_plugin'"),
        ("Corefile:9", "loadbalance: unknown policy 'odd'"),
    ):
        assert [line for line in lines if f"{tmp_path}/{place}" in line and problem in line], (place, problem, lines)


def test_serve_lists_the_same_problems_and_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "Corefile").write_text(". {\n loadbalance odd\n}\n")
    (tmp_path / "one.yaml").write_text(service("one", "10.96.1.500"))
    arguments = ("--conf", tmp_path / "Corefile", tmp_path / "one.yaml")

    served = run("serve", "--port", "0", *arguments)

    assert served.returncode == 1
    assert served.stderr.splitlines() == check(*arguments)[1]
    assert len(served.stderr.splitlines()) == 2


@pytest.mark.parametrize("arguments", [["--conf", "no/Corefile"], ["no/manifests"]])
def test_what_is_named_has_to_be_there(arguments: list[str]) -> None:
    status, lines = check("--upstream", "192.0.2.1", *arguments)

    assert status == 1
    assert lines[0].startswith(f"{arguments[-1]}: ")


def test_the_same_object_twice_names_both_places(corefile: Path, manifest: Path) -> None:
    twin = manifest.with_name("twin.yaml")
    twin.write_text(service("web", "10.96.1.2"))

    status, lines = check("--conf", corefile, manifest, twin)

    assert status == 1
    assert lines == [f"{manifest}:1: Service default/web: is there twice, also at {twin}:1"]


def test_a_zone_file_that_is_broken_is_an_error_at_its_own_line(tmp_path: Path) -> None:
    zone = tmp_path / "db.example.org"
    zone.write_text(ZONE + "www 300 IN A 192.0.2.500\n")
    (tmp_path / "Corefile").write_text(f"example.org {{\n file {zone}\n}}\n")

    status, lines = check("--conf", tmp_path / "Corefile", "/dev/null")

    assert status == 1
    assert lines[0].startswith(f"{zone}:5: file: ")


@pytest.mark.parametrize(
    ("line", "warning"),
    [
        (
            "file {tmp_path}/missing",
            "Failed to open {tmp_path}/missing: example.org. is SERVFAIL until the file is there",
        ),
        ("hosts {tmp_path}/missing", "{tmp_path}/missing"),
        ("forward . {tmp_path}/missing", "forward: file '{tmp_path}/missing' can't be read"),
        ("root {tmp_path}/missing", "root: {tmp_path}/missing does not exist"),
    ],
    ids=["file", "hosts", "forward", "root"],
)
def test_a_missing_file_is_a_warning_unless_checks_are_strict(tmp_path: Path, line: str, warning: str) -> None:
    corefile = tmp_path / "Corefile"
    corefile.write_text(f"example.org {{\n whoami\n {line.format(tmp_path=tmp_path)}\n}}\n")

    status, lines = check("--conf", corefile, "/dev/null")

    assert status == 0
    assert lines[0].startswith(f"Warning: {corefile}:3: ")
    assert warning.format(tmp_path=tmp_path) in lines[0]
    assert check("--conf", corefile, "/dev/null", "--strict") == (1, lines)


def test_a_taken_address_is_a_warning_unless_checks_are_strict(tmp_path: Path) -> None:
    with (
        closing(socket.create_server(("127.0.0.1", 0))) as dns,
        closing(socket.create_server(("127.0.0.1", 0))) as page,
    ):
        port, address = dns.getsockname()[1], f"127.0.0.1:{page.getsockname()[1]}"
        corefile = tmp_path / "Corefile"
        corefile.write_text(f".:{port} {{\n bind 127.0.0.1\n whoami\n health {address}\n}}\n")

        status, lines = check("--conf", corefile, "/dev/null")
        assert status == 0
        assert lines[0].startswith(f"Warning: TCP port {port} of 127.0.0.1 is taken by another program")
        assert lines[1:] == [f"Warning: the page's address {address} is taken by another program [start]"]
        assert check("--conf", corefile, "/dev/null", "--strict")[0] == 1


def test_an_import_that_finds_nothing_is_a_warning(tmp_path: Path) -> None:
    corefile = tmp_path / "Corefile"
    corefile.write_text(f". {{\n import {tmp_path}/*.conf\n whoami\n}}\n")

    status, lines = check("--conf", corefile, "/dev/null")

    assert status == 0
    assert lines[0].startswith("Warning: ")
    assert f"{tmp_path}/*.conf" in lines[0]


def test_bare_makes_warnings_of_what_a_dns_can_serve(corefile: Path, tmp_path: Path) -> None:
    (tmp_path / "odd.yaml").write_text(service("odd_name", "10.96.1.1"))

    assert check("--conf", corefile, tmp_path / "odd.yaml")[0] == 1
    status, lines = check("--conf", corefile, "--bare", tmp_path / "odd.yaml")
    assert status == 0
    assert lines[0].startswith(f"Warning: {tmp_path}/odd.yaml:3: Service default/odd_name: metadata.name: ")


def test_what_was_passed_over_is_told_and_no_problem(corefile: Path, tmp_path: Path) -> None:
    folder = tmp_path / "manifests"
    folder.mkdir()
    (folder / "values.yaml").write_text("replicas: 2\n")
    (folder / "config.yaml").write_text("{apiVersion: v1, kind: ConfigMap, metadata: {name: web}}\n")

    assert check("--strict", "--conf", corefile, folder) == (
        0,
        [
            f"{folder}/values.yaml: skipped, it has no apiVersion and kind",
            "1 object means nothing to DNS and was left out: 1 ConfigMap",
            "Nothing is wrong.",
        ],
    )


def test_a_kustomization_is_said_not_to_be_built(corefile: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "kustomization.yaml"
    manifest.write_text("{apiVersion: kustomize.config.k8s.io/v1beta1, kind: Kustomization, namePrefix: dev-}\n")

    _, lines = check("--conf", corefile, manifest)

    assert "kubectl kustomize DIR | clusterdns serve -" in lines[1]


def test_the_corefiles_and_manifests_of_the_lab_are_right() -> None:
    lab = ("--conf", ROOT / "config/lab/Corefile", "--pod-cidr", "20.96.0.0/12", ROOT / "manifests/lab")

    status, lines = check(*lab)

    assert status == 0
    assert [line for line in lines if "is taken by another program" not in line] in ([], ["Nothing is wrong."])


ODD = """\
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: peers}
spec: {clusterIP: None}
"""


@pytest.fixture
def cluster_corefile(tmp_path: Path) -> Path:
    path = tmp_path / "Corefile"
    path.write_text("cluster.local {\n kubernetes\n}\n")
    return path


def test_what_is_served_and_not_as_it_was_meant_is_a_warning(cluster_corefile: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "odd.yaml"
    manifest.write_text(ODD)
    expected = [
        (
            f"Warning: {manifest}:4: Service default/web: spec.selector: app=web matches no Pod, so nobody answers at "
            "its address (the labels of the Pods that it is for) [selector-matches-nothing]"
        ),
        (
            f"Warning: {manifest}:9: Service default/peers: spec: a headless Service without ports has no SRV records "
            "(ports: [{name: NAME, port: NUMBER}], what its Pods listen on) [headless-without-ports]"
        ),
    ]

    assert check("--conf", cluster_corefile, manifest) == (0, expected)
    assert check("--conf", cluster_corefile, manifest, "--strict") == (1, expected)


def test_warnings_with_a_code_that_is_ignored_are_not_told(cluster_corefile: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "odd.yaml"
    manifest.write_text(ODD)
    arguments = ("--conf", cluster_corefile, manifest, "--strict", "--ignore", "selector-matches-nothing")

    status, lines = check(*arguments)
    assert (status, len(lines)) == (1, 1)
    assert check(*arguments, "--ignore", "headless-without-ports") == (0, ["Nothing is wrong."])


def test_a_code_that_is_none_is_refused_with_those_that_are() -> None:
    status, lines = check("--ignore", "selector")

    assert status == 2
    assert "'selector-matches-nothing', 'statefulset-without-service'" in " ".join(lines)


def test_programs_read_it_as_json(cluster_corefile: Path, tmp_path: Path) -> None:
    (tmp_path / "odd.yaml").write_text(ODD)
    (tmp_path / "wrong.yaml").write_text(service("web", "10.96.1.500"))

    ran = CliRunner().invoke(main, ["check", "--port", str(free_port()), "--json", str(tmp_path / "odd.yaml")])
    said = json.loads(ran.output)
    assert said["errors"] == []
    assert said["warnings"][0] == {
        "code": "selector-matches-nothing",
        "file": str(tmp_path / "odd.yaml"),
        "line": 4,
        "kind": "Service",
        "namespace": "default",
        "name": "web",
        "field": "spec.selector",
        "message": "app=web matches no Pod, so nobody answers at its address",
        "hint": "the labels of the Pods that it is for",
    }

    ran = CliRunner().invoke(main, ["check", "--port", str(free_port()), "--json", str(tmp_path / "wrong.yaml")])
    (error,) = json.loads(ran.output)["errors"]
    assert (ran.exit_code, error["line"], error["field"]) == (1, 5, "spec.clusterIP")
    assert "code" not in error


@pytest.mark.parametrize(
    ("corefile", "warnings"),
    [("k8s.example {\n kubernetes\n}\n", 1), (". {\n whoami\n}\n", 0), ("cluster.local {\n kubernetes\n}\n", 0)],
    ids=["another zone", "no cluster", "the zone"],
)
def test_names_are_those_of_the_zone_that_the_corefile_serves(tmp_path: Path, corefile: str, warnings: int) -> None:
    (tmp_path / "Corefile").write_text(corefile)
    (tmp_path / "docs.yaml").write_text(
        "{apiVersion: v1, kind: Service, metadata: {name: docs}, "
        "spec: {type: ExternalName, externalName: wiki.default.svc.k8s.example}}"
    )

    _, lines = check("--conf", tmp_path / "Corefile", tmp_path / "docs.yaml")

    assert len([line for line in lines if line.endswith("[external-name-not-found]")]) == warnings


@pytest.mark.parametrize(
    ("lines", "warnings"),
    [
        ("kubernetes", 1),
        ("kubernetes {\n  fallthrough in-addr.arpa\n }\n cache", 1),
        ("kubernetes {\n  fallthrough\n }", 0),
        ("kubernetes\n rewrite name wiki.default.svc.cluster.local web.default.svc.cluster.local", 0),
        ("kubernetes\n hosts {\n  192.0.2.1 wiki.default.svc.cluster.local\n  fallthrough\n }", 0),
    ],
    ids=["alone", "reverse", "fallthrough", "rewrite", "hosts"],
)
def test_a_name_that_another_plugin_may_answer_for_is_left_alone(tmp_path: Path, lines: str, warnings: int) -> None:
    (tmp_path / "Corefile").write_text(f"cluster.local {{\n {lines}\n}}\n")
    (tmp_path / "docs.yaml").write_text(
        "{apiVersion: v1, kind: Service, metadata: {name: docs}, "
        "spec: {type: ExternalName, externalName: wiki.default.svc.cluster.local}}"
    )

    _, said = check("--conf", tmp_path / "Corefile", tmp_path / "docs.yaml")

    assert len([line for line in said if line.endswith("[external-name-not-found]")]) == warnings


def test_a_plugin_that_is_left_out_may_be_passed_over(tmp_path: Path) -> None:
    (tmp_path / "Corefile").write_text(". {\n geoip /data/city.mmdb\n whoami\n}\n")
    status, lines = check("--conf", tmp_path / "Corefile")
    assert status == 1
    assert f"{tmp_path}/Corefile:2: plugin 'geoip' is left out: it needs a database of MaxMind's" in lines[0]
    assert "--lenient" in lines[0]
    status, lines = check("--lenient", "--conf", tmp_path / "Corefile")
    assert status == 0
    assert any(f"{tmp_path}/Corefile:2: plugin 'geoip' is passed over" in line for line in lines)
