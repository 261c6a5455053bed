"""docs/explain.md shows what the command prints, and has all of its codes."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from serving import ROOT

from clusterdns.cli import main
from clusterdns.explain.reason import Code
from clusterdns.testing import ClusterDNS

pytestmark = pytest.mark.usefixtures("no_node")

DOCUMENT = ROOT / "docs/explain.md"
UPSTREAM = "9.9.9.9:53"
SERVER = "127.0.0.1:5353"


def dialogues(text: str) -> Iterator[tuple[str, str]]:
    """Each command of a page, and what it prints."""
    for block in re.findall(r"^```console\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL):
        command, _, printed = block.removeprefix("$ ").partition("\n")
        yield command, printed


def printed_by(command: str, manifest: str) -> str:
    """What a command prints where the manifest is; names outside the cluster are nobody's, and a server runs."""
    with (
        ClusterDNS() as upstream,
        ClusterDNS(manifest.replace("name: orders, namespace: shop", "name: orders")) as server,
    ):
        addresses = {UPSTREAM: f"{upstream.host}:{upstream.port}", SERVER: f"{server.host}:{server.port}"}
        words = command.replace(SERVER, addresses[SERVER]).split()[1:]
        output = CliRunner().invoke(main, [*words, "--upstream", addresses[UPSTREAM]]).output
    for shown, real in addresses.items():
        output = output.replace(real, shown)
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", "2026-03-09 10:00:00 UTC", output)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where the manifest of the page is, beside what the repository has; the manifest's text."""
    (manifest,) = re.findall(r"^```yaml\n(.*?)^```", DOCUMENT.read_text(), flags=re.MULTILINE | re.DOTALL)
    (tmp_path / "k8s").mkdir()
    (tmp_path / "k8s/shop.yaml").write_text(manifest)
    for name in ("config", "manifests", "zones"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path)
    return manifest


@pytest.mark.parametrize(("command", "shown"), [*dialogues(DOCUMENT.read_text())])
def test_the_page_shows_what_is_printed(folder: str, command: str, shown: str) -> None:
    assert printed_by(command, folder) == shown


def test_the_page_has_all_codes_in_their_order() -> None:
    table = DOCUMENT.read_text().partition("## The codes")[2]

    assert re.findall(r"^\| `([\w-]+)` \|", table, flags=re.MULTILINE) == list(Code)


def test_the_readme_shows_what_is_printed() -> None:
    (shown,) = re.findall(
        r"^```text\n(wbe .*?)…\n```", (ROOT / "README.md").read_text(), flags=re.MULTILINE | re.DOTALL
    )

    with ClusterDNS() as upstream:
        printed = CliRunner().invoke(main, ["explain", "wbe", "--upstream", f"{upstream.host}:{upstream.port}"]).output

    assert printed.startswith(shown)
