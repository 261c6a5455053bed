"""The README tells no lies: its commands are those of CI, its examples are served, its answers are given."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import dns.message
import dns.reversename
import pytest
from click.testing import CliRunner
from serving import ROOT, Server, dead_end

from clusterdns.cli import main
from clusterdns.plugins import BUILT, ORDER
from clusterdns.testing import ClusterDNS

README = (ROOT / "README.md").read_text()
BROKEN = """\
apiVersion: v1
kind: Service
metadata:
  name: orders
  namespace: shop
spec:
  type: ExternalName
  externalName: https://orders.example.com/
---
apiVersion: v1
kind: Service
metadata:
  name: payments
spec:
  clusterIP: 10.96.0.500
  ports: [{port: 80}]
"""


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)


def set_ups() -> list[str]:
    """The two commands that do all the set-up: one serves, one tests."""
    return [line for block in blocks("sh") for line in block.splitlines() if line.startswith("python3 -m venv")]


def dialogues() -> Iterator[tuple[list[str], list[str]]]:
    """Each dig line of the README as words, and what it printed."""
    for block in blocks("console"):
        for dialogue in block.split("$ ")[1:]:
            asked, *printed = dialogue.splitlines()
            yield asked.split(), printed


def short(reply: dns.message.Message) -> list[str]:
    """What `dig +short` prints, sorted."""
    return sorted(str(record) for rrset in reply.answer for record in rrset)


def test_ci_tests_by_the_command_of_the_readme() -> None:
    serving, testing = set_ups()

    assert serving.endswith(".venv/bin/clusterdns serve")
    assert testing in (ROOT / ".ci/run").read_text().splitlines()


def test_the_example_answers_as_the_readme_shows(serve: Callable[..., Server]) -> None:
    server = serve("--upstream", dead_end())
    asked = list(dialogues())
    assert len(asked) > 2

    for (dig, *options, last), printed in asked:
        assert dig == "dig"
        if "-x" in options:
            reply = server.ask(dns.reversename.from_address(last).to_text(), "PTR")
        elif last.isupper():
            reply = server.ask(options[-1], last)
        else:
            reply = server.ask(last)
        assert short(reply) == sorted(printed)


def test_the_server_greets_as_the_readme_shows(serve: Callable[..., Server]) -> None:
    server = serve("--upstream", dead_end())

    greeting = blocks("text")[0].replace("127.0.0.1:5353 and [::1]:5353", "127.0.0.1:5353")
    assert greeting in server.log().replace(str(server.port), "5353")


def test_the_names_of_the_example_are_those_of_the_readme() -> None:
    (table,) = [block for block in blocks("text") if block.startswith("NAME ")]
    shown = [line for line in table.splitlines() if line != "…" and " SOA " not in line]

    printed = CliRunner().invoke(main, ["get", "records"]).output.splitlines()

    assert [line for line in printed if line in shown] == shown


def test_check_says_what_the_readme_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (said,) = [block for block in blocks("text") if block.startswith("k8s/")]
    monkeypatch.chdir(tmp_path)
    Path("k8s").mkdir()
    Path("k8s/shop.yaml").write_text(BROKEN)

    checked = CliRunner().invoke(main, ["check", "k8s/"])

    assert checked.exit_code == 1
    assert checked.output.startswith(said)


@pytest.mark.parametrize("corefile", blocks("corefile"))
def test_each_corefile_of_the_readme_is_right(corefile: str, tmp_path: Path) -> None:
    (tmp_path / "Corefile").write_text(corefile)

    checked = CliRunner().invoke(main, ["check", "--conf", str(tmp_path / "Corefile"), "/dev/null"])

    assert checked.exit_code == 0, checked.output


def test_the_manifest_of_the_readme_is_served() -> None:
    (manifest,) = blocks("yaml")

    with ClusterDNS(manifest) as cluster:
        assert len(cluster.resolve("chat.default.svc.cluster.local")) == 2
        assert len(cluster.resolve("chat-1.chat.default.svc.cluster.local")) == 1
        assert cluster.resolve("chat-2.chat.default.svc.cluster.local") == []


def test_the_plugins_that_the_readme_lists_are_there() -> None:
    (listed,) = re.findall(r"with all of their options: (.*?)\.", README, flags=re.DOTALL)

    assert listed.replace(",", " ").split() == sorted(BUILT)


def test_each_plugin_that_is_left_out_has_its_reason_in_the_documentation() -> None:
    compatibility = (ROOT / "docs/compatibility.md").read_text()
    rows = compatibility.partition("| plugins | why not |")[2].partition("\n## ")[0].splitlines()

    left_out = [name for row in rows[2:] if row for name in row.split("|")[1].replace(",", " ").split()]

    assert sorted(left_out) == sorted(set(ORDER) - BUILT)


@pytest.mark.parametrize(
    "document",
    [
        "README.md",
        "CONTRIBUTING.md",
        "docs/architecture.md",
        "docs/compatibility.md",
        "docs/faults.md",
        "docs/transports.md",
    ],
)
def test_links_lead_to_files(document: str) -> None:
    path = ROOT / document

    for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text()):
        assert (path.parent / target).exists(), target
