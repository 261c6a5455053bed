"""What `check` and `diff` say of manifests that people really apply."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from judges import NEEDS_ORACLE, oracle
from repository import NEEDS_GIT, Repository
from serving import free_port

from clusterdns.advice.advice import Code
from clusterdns.cli import main

pytestmark = NEEDS_ORACLE

WARNINGS = {
    "coredns-ci-dns-test.yaml": [],
    "kube-prometheus": [],
    "kubernetes-examples": [],
    # The set has no such Service: it is optional in the shop, and the variable is always there.
    "online-boutique.yaml": [("name-not-found", "Deployment", "frontend", "shoppingassistantservice does not resolve")],
}
"""What is wrong with each set, all of it."""


@pytest.mark.parametrize("name", WARNINGS)
def test_there_is_no_false_alarm(name: str) -> None:
    ran = CliRunner().invoke(main, ["check", "--json", "--port", str(free_port()), str(oracle("realworld", name))])

    said = json.loads(ran.output)
    assert said["errors"] == []
    found = [each for each in said["warnings"] if each["code"] in list(Code)]
    assert [(each["code"], each["kind"], each["name"], each["message"].partition(":")[0]) for each in found] == (
        WARNINGS[name]
    )


@pytest.mark.parametrize(
    ("right", "wrong", "code", "would"),
    [
        (
            "  selector:\n    app: emailservice\n",
            "  selector:\n    app: email-service\n",
            "selector-matches-nothing",
            "Deployment default/emailservice has app=emailservice",
        ),
        ("cartservice:7070", "cart-service:7070", "name-not-found", "cartservice.default.svc.cluster.local"),
        ("redis-cart:6379", "redis-crat:6379", "name-not-found", "redis-cart.default.svc.cluster.local"),
    ],
)
def test_a_slip_of_the_pen_is_found(tmp_path: Path, right: str, wrong: str, code: str, would: str) -> None:
    text = oracle("realworld", "online-boutique.yaml").read_text()
    assert right in text
    (tmp_path / "shop.yaml").write_text(text.replace(right, wrong, 1))

    ran = CliRunner().invoke(main, ["check", "--json", "--port", str(free_port()), str(tmp_path / "shop.yaml")])

    said = {(each["code"], each.get("hint")) for each in json.loads(ran.output)["warnings"]}
    assert (code, would) in said


@NEEDS_GIT
def test_two_versions_of_a_set_are_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = oracle("realworld", "online-boutique.yaml").read_text()
    repository = Repository(tmp_path)
    repository.commit({"shop/all.yaml": text}, tag="v1")
    without_email = [part for part in text.split("\n---\n") if "name: emailservice\n" not in part]
    assert len(without_email) < len(text.split("\n---\n"))
    repository.commit({"shop/all.yaml": "\n---\n".join(without_email)}, tag="v2")

    ran = CliRunner().invoke(main, ["diff", "git:v1:shop", "git:v2:shop"])

    assert ran.exit_code == 1
    title, *lines, empty, summary = ran.output.splitlines()
    assert (title, empty) == ("Service default/emailservice", "")
    assert all(line.startswith("  - ") and "emailservice" in line for line in lines)
    assert summary.endswith(" names removed")
