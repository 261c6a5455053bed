"""`clusterdns diff` says which names and records change from one set of manifests to another."""

import json
from pathlib import Path
from shutil import copytree

import pytest
from click.testing import CliRunner
from repository import NEEDS_GIT, Repository
from serving import ROOT

from clusterdns.cli import main

WEB = """\
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {clusterIP: 10.96.1.1, ports: [{port: 80}]}
---
"""
DB = """\
apiVersion: v1
kind: Service
metadata: {name: db, namespace: data}
spec: {clusterIP: None, selector: {app: db}, ports: [{name: sql, port: 5432}]}
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
---
"""
DEPLOYMENT = """\
apiVersion: v1
kind: Service
metadata: {name: shop}
spec: {clusterIP: None, selector: {app: shop}, ports: [{name: http, port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec: {containers: [{name: shop, image: "shop:1"}]}
---
"""


def diff(*arguments: str | Path, given: str = "") -> tuple[int, list[str]]:
    """Exit status and lines of `diff ARGUMENTS`."""
    ran = CliRunner().invoke(main, ["diff", *map(str, arguments)], input=given)
    assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exception
    return ran.exit_code, ran.output.splitlines()


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return tmp_path / "old.yaml"


@pytest.fixture
def new(tmp_path: Path) -> Path:
    return tmp_path / "new.yaml"


def test_the_same_manifests_have_the_same_names(old: Path, new: Path) -> None:
    old.write_text(WEB + DB + DEPLOYMENT)
    new.write_text(DEPLOYMENT + "# moved\n" + DB + WEB)

    assert diff(old, new) == (0, ["No name changed"])


def test_a_service_that_comes_and_one_that_goes(old: Path, new: Path) -> None:
    old.write_text(WEB)
    new.write_text(WEB.replace("name: web", "name: www").replace("10.96.1.1", "10.96.1.2"))

    assert diff(old, new) == (
        1,
        [
            "Service default/web",
            "  - web.default.svc.cluster.local. A   10.96.1.1",
            "  - web.default.svc.cluster.local. SRV web.default.svc.cluster.local:80",
            "  - 1.1.96.10.in-addr.arpa.        PTR web.default.svc.cluster.local.",
            "",
            "Service default/www",
            "  + www.default.svc.cluster.local. A   10.96.1.2",
            "  + www.default.svc.cluster.local. SRV www.default.svc.cluster.local:80",
            "  + 2.1.96.10.in-addr.arpa.        PTR www.default.svc.cluster.local.",
            "",
            "2 names added, 2 removed",
        ],
    )


def test_a_change_shows_what_differs_only(old: Path, new: Path) -> None:
    old.write_text(WEB + DB)
    new.write_text(WEB.replace("10.96.1.1", "10.96.1.2") + DB.replace("replicas: 2", "replicas: 3"))

    status, lines = diff(old, new)

    assert status == 1
    assert "  ~ web.default.svc.cluster.local. A   10.96.1.1 → 10.96.1.2" in lines
    assert [line.split()[:3] for line in lines if "db-2" in line] == [
        ["~", "db.data.svc.cluster.local.", "SRV"],
        ["~", "_sql._tcp.db.data.svc.cluster.local.", "SRV"],
        ["+", "db-2.db.data.svc.cluster.local.", "A"],
        ["+", "db-2.db.data.svc.cluster.local.", "SRV"],
        *([line.split()[:3] for line in lines if "arpa" in line and "db-2" in line]),
    ]
    assert "  ~ db.data.svc.cluster.local.           SRV also db-2.db.data.svc.cluster.local:5432" in lines
    back = diff(new, old)[1]
    assert "  ~ db.data.svc.cluster.local.           SRV no longer db-2.db.data.svc.cluster.local:5432" in back


def test_addresses_that_were_drawn_differ_only_where_they_do(old: Path, new: Path) -> None:
    old.write_text(DEPLOYMENT + DB)
    new.write_text(DEPLOYMENT + DB + WEB.replace("clusterIP: 10.96.1.1, ", ""))

    _, lines = diff(old, new)

    assert [line for line in lines if line.startswith("Service")] == ["Service default/web"]


def test_which_addresses_names_have_can_be_left_out(old: Path, new: Path) -> None:
    old.write_text(DEPLOYMENT)
    new.write_text(DEPLOYMENT.replace("shop:1", "shop:2"))

    assert diff(old, new)[0] == 1
    assert diff(old, new, "--ignore-addresses") == (0, ["No name changed"])
    new.write_text(DEPLOYMENT.replace("name: http", "name: web").replace("replicas: 2", "replicas: 3"))
    status, lines = diff(old, new, "--ignore-addresses")
    assert status == 1
    assert [line.split()[:2] for line in lines if "_tcp" in line and " A " in line] == [
        ["-", "_http._tcp.shop.default.svc.cluster.local."],
        ["+", "_web._tcp.shop.default.svc.cluster.local."],
    ]
    assert not any("10-" in line or "arpa" in line for line in lines)


def test_what_many_have_in_common_is_counted(old: Path, new: Path) -> None:
    old.write_text(DB)
    new.write_text(DB.replace("replicas: 2", "replicas: 12"))

    (line,) = [
        line for line in diff(old, new)[1] if line.startswith("  ~ db.data.svc.cluster.local.") and " A " in line
    ]

    assert line.count("10.244.") == 4
    assert line.endswith(" and 6 more")


def test_programs_get_all_of_it_as_json(old: Path, new: Path) -> None:
    old.write_text(WEB)
    new.write_text(WEB.replace("10.96.1.1", "10.96.1.2"))

    status, lines = diff(old, new, "--json")

    said = json.loads("\n".join(lines))
    assert status == 1
    assert (said["added"], said["removed"], said["changed"]) == (1, 1, 1)
    assert said["differences"][0] == {
        "owner": {"kind": "Service", "namespace": "default", "name": "web"},
        "how": "changed",
        "name": "web.default.svc.cluster.local.",
        "type": "A",
        "before": ["10.96.1.1"],
        "after": ["10.96.1.2"],
    }
    assert json.loads("\n".join(diff(old, old, "--json")[1]))["differences"] == []


def test_a_pull_request_gets_it_as_markdown(old: Path, new: Path) -> None:
    old.write_text("")
    new.write_text(WEB)

    assert diff(old, new, "--markdown") == (
        1,
        [
            "### 2 names added",
            "",
            "**Service default/web**",
            "",
            "| | name | type | data |",
            "| --- | --- | --- | --- |",
            "| added | `web.default.svc.cluster.local.` | A | `10.96.1.1` |",
            "| added | `web.default.svc.cluster.local.` | SRV | `web.default.svc.cluster.local:80` |",
            "| added | `1.1.96.10.in-addr.arpa.` | PTR | `web.default.svc.cluster.local.` |",
        ],
    )


def test_the_names_are_those_of_the_corefile(tmp_path: Path, old: Path, new: Path) -> None:
    corefile = tmp_path / "Corefile"
    corefile.write_text("k8s.example {\n kubernetes {\n  pods verified\n }\n}\n")
    old.write_text("")
    new.write_text(
        "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a}]}, status: {podIP: 10.244.1.1}}"
    )

    status, lines = diff(old, new, "--conf", corefile)

    assert status == 1
    assert lines == [
        "Pods of namespace default",
        "  + 10-244-1-1.default.pod.k8s.example. A   10.244.1.1",
        "  + 10-244-1-1.default.pod.k8s.example. SRV 10-244-1-1.default.pod.k8s.example:0",
        "",
        "1 name added",
    ]


def test_names_of_other_clusters_are_those_of_service_imports(tmp_path: Path, old: Path, new: Path) -> None:
    corefile = tmp_path / "Corefile"
    corefile.write_text(". {\n kubernetes cluster.local clusterset.local {\n  multicluster clusterset.local\n }\n}\n")
    old.write_text(WEB)
    new.write_text(
        WEB
        + "{apiVersion: multicluster.x-k8s.io/v1alpha1, kind: ServiceImport, metadata: {name: far}, "
        + "spec: {type: ClusterSetIP, ips: [10.97.0.1], ports: [{port: 80}]}}"
    )

    status, lines = diff(old, new, "--conf", corefile)

    assert status == 1
    assert lines[:2] == ["ServiceImport default/far", "  + far.default.svc.clusterset.local. A   10.97.0.1"]


def test_one_side_may_come_from_standard_input(old: Path) -> None:
    old.write_text(WEB)

    assert diff(old, "-", given=WEB) == (0, ["No name changed"])
    assert diff("-", "-", given=WEB)[0] == 2


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (WEB.replace("10.96.1.1", "10.96.1.500"), "new.yaml:4: Service default/web: spec.clusterIP: '10.96.1.500'"),
        ("kind: [\n", "new.yaml:"),
        (None, "new.yaml: there is no such file or folder"),
    ],
)
def test_what_can_t_be_compared_is_told_as_by_check(old: Path, new: Path, text: str | None, problem: str) -> None:
    old.write_text(WEB)
    if text is not None:
        new.write_text(text)

    status, lines = diff(old, new)

    assert status == 2
    assert lines[0].startswith("Error: ")
    assert problem in lines[0]


def test_who_means_a_revision_is_told_how_to_write_it(old: Path) -> None:
    old.write_text(WEB)
    said = "Error: HEAD:k8s: there is no such file or folder (git:HEAD:k8s for what is in a revision)"

    assert diff("HEAD:k8s", old) == (2, [said])


@pytest.mark.parametrize(
    ("corefile", "problem"),
    [
        (". {\n whoami\n}\n", "Corefile: serves no cluster, so there are no names to compare (kubernetes)"),
        (". {\n no_such\n}\n", "Corefile:2: "),
        (None, "Corefile: No such file"),
    ],
)
def test_a_corefile_without_names_is_told(tmp_path: Path, old: Path, corefile: str | None, problem: str) -> None:
    old.write_text(WEB)
    if corefile is not None:
        (tmp_path / "Corefile").write_text(corefile)

    status, lines = diff(old, old, "--conf", tmp_path / "Corefile")

    assert status == 2
    assert problem in lines[0]


@NEEDS_GIT
def test_a_revision_is_compared_with_what_is_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    repository = Repository(tmp_path)
    repository.commit({"k8s/web.yaml": WEB, "k8s/db.yaml": DB, "k8s/values.yaml": "replicas: 2\n"}, tag="v1")
    repository.commit({"k8s/db.yaml": None, "k8s/wrong.yaml": "{apiVersion: v1, kind: Service}"}, tag="v2")

    assert diff("git:v1:k8s", "git:v1:k8s") == (0, ["No name changed"])
    (tmp_path / "k8s/wrong.yaml").unlink()
    status, lines = diff("git:v1:k8s", "k8s")
    assert (status, lines[0], lines[-1]) == (1, "Service data/db", "6 names removed")
    assert diff("git:v3:k8s", "k8s") == (
        2,
        ["Error: git:v3:k8s: there is no revision v3 (git log --oneline --all)"],
    )
    status, lines = diff("git:v1:k8s", "git:v2:k8s")
    assert status == 2
    assert lines[0].startswith("Error: git:v2:k8s/wrong.yaml:1: ")


def test_the_projects_own_manifests_are_compared(tmp_path: Path) -> None:
    copytree(ROOT / "clusterdns/example", tmp_path / "example")
    database = tmp_path / "example/database.yaml"
    database.write_text(database.read_text().replace("replicas: 3", "replicas: 2"))
    copytree(ROOT / "manifests/lab", tmp_path / "lab")
    (tmp_path / "lab/service1.yaml").unlink()

    status, lines = diff(ROOT / "clusterdns/example", tmp_path / "example")
    assert (status, lines[0], lines[-1]) == (1, "Service data/db", "2 names removed, 2 changed")
    lab = ("--conf", ROOT / "config/lab/Corefile", "--pod-cidr", "20.96.0.0/12")
    status, lines = diff(ROOT / "manifests/lab", tmp_path / "lab", *lab)
    assert status == 1
    assert lines[0] == "Service default/service1"
    assert diff(ROOT / "manifests/lab", ROOT / "manifests/lab", *lab) == (0, ["No name changed"])
