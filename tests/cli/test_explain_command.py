"""`clusterdns explain` as a command: what it prints for people and for machines, and what it refuses."""

import json
import os
import re
import shutil
import socket
import subprocess
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from commands import run
from serving import CLUSTERDNS, ROOT, dead_end

from clusterdns.cli import main


def explain(*arguments: str | Path) -> str:
    """What `clusterdns explain ARGUMENTS` prints."""
    return CliRunner().invoke(main, ["explain", *map(str, arguments), "--upstream", dead_end()]).output


pytestmark = pytest.mark.usefixtures("no_node")


def test_the_most_useful_sentence_comes_first() -> None:
    printed = explain("web").splitlines()

    assert printed[0] == (
        "web resolves to 10.108.174.60: the cluster address of Service default/web, 2 ready Pods behind it."
    )
    assert printed[2].startswith("A Pod of namespace default asks by glibc (ndots:5, search default.svc.cluster.local ")
    assert printed[3] == "└── web.default.svc.cluster.local."
    assert printed[5].endswith(
        "A     10.108.174.60 (TTL 30)  by kubernetes from the table in server block . (built-in Corefile:1), "
        "kept in the packet cache"
    )


def test_what_would_do_comes_second() -> None:
    printed = explain("wbe").splitlines()

    assert printed[:2] == [
        "wbe does not resolve: there is no Service wbe in namespace default (did you mean web?).",
        "What would do: ask for web",
    ]
    assert any("A, AAAA  NXDOMAIN  from the packet cache, made by kubernetes" in line for line in printed), (
        "alike answers are one"
    )


def test_the_exit_status_says_whether_it_resolves() -> None:
    assert run("explain", "web").returncode == 0
    assert run("explain", "wbe.default.svc.cluster.local.").returncode == 1


def test_the_search_list_ends_with_that_of_the_node_as_for_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "node").write_text("search corp.example\nnameserver 192.0.2.53\n")
    monkeypatch.setattr("clusterdns.cli.node.NODE_CONF", tmp_path / "node")

    told = json.loads(explain("wbe", "--json"))

    search = ["default.svc.cluster.local", "svc.cluster.local", "cluster.local", "corp.example"]
    assert told["client"]["search"] == search
    assert told["queries"][-2]["name"] == "wbe."
    assert told["queries"][-4]["name"] == "wbe.corp.example."
    printed = CliRunner().invoke(main, ["resolvconf", "default"]).output
    assert printed.startswith(f"search {' '.join(search)}\n")


def test_nothing_is_printed_in_colours_that_no_terminal_shows() -> None:
    assert "\x1b" not in run("explain", "web").stdout


def test_a_terminal_gets_colours_and_no_more_than_its_width() -> None:
    from clusterdns.explain.report import Explanation
    from clusterdns.explain.tree import print_tree

    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    print_tree(Explanation("web", (1,), resolves=True, summary="web resolves " * 20), stream)

    lines = re.sub("\x1b[^m]*m", "", stream.getvalue()).splitlines()
    assert len(lines) > 1
    assert max(map(len, lines)) <= 80


def test_json_has_the_keys_that_are_documented() -> None:
    printed = json.loads(explain("docs", "--json"))
    query = printed["queries"][0]

    page = (ROOT / "docs/explain.md").read_text().partition("## For programs")[2].partition("## The codes")[0]
    maps = (printed, printed["client"], query, query["block"], query["reasons"][0], query["records"][0])
    assert {key for each in maps for key in each} == set(re.findall(r"^\| `(\w+)` \|", page, flags=re.MULTILINE))
    assert query["asked_itself"][0]["name"] == "kubernetes.io."


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "there is no name to explain (NAME [TYPE] [@SERVER[:PORT]]; manifests are given by -f)"),
        (["web", "k8s/"], "'k8s/' is no type of records (NAME [TYPE] [@SERVER[:PORT]]; manifests are given by -f)"),
        (["web", "AXFR"], "'AXFR' is no type of records"),
        (["web", "A", "k8s/"], "'k8s/' is too much"),
        (["http://web.shop:8080/cart"], "is more than a name, which is all that DNS is asked for (web.shop)"),
        (["web:80"], "'web:80' is more than a name, which is all that DNS is asked for (web)"),
        ([""], "the name is empty (the root is .)"),
        (["web..shop"], "'web..shop' has an empty label"),
        (["web", "--from", "nowhere"], "--from nowhere: there is no namespace 'nowhere'"),
        (["web", "--from", "data/db-7"], "--from data/db-7: there is no Pod data/db-7 (db-0, db-1, db-2)"),
        (["web", "--from", "/db-0"], "--from /db-0: there is no namespace before the slash (NAMESPACE/POD)"),
        (["web", "@"], "'@' names no server (@SERVER[:PORT])"),
        (["web", "--resolver", "windows"], "'windows' is not one of 'glibc', 'musl', 'go', 'c-ares'"),
        (["web", "--ndots", "99"], "99 is not in the range 0<=x<=15"),
    ],
)
def test_errors_of_usage_are_explained(arguments: list[str], said: str) -> None:
    ran = CliRunner().invoke(main, ["explain", *arguments])

    assert ran.exit_code == 2
    assert said in ran.output


def test_the_place_that_would_have_to_be_mended_is_told(tmp_path: Path) -> None:
    manifest = tmp_path / "docs.yaml"
    spec = "spec:\n  type: ExternalName\n  externalName: 192.0.2.1\n"
    manifest.write_text(f"kind: Service\napiVersion: v1\nmetadata: {{name: docs}}\n{spec}")

    printed = explain("docs", "-f", manifest).splitlines()

    assert printed[2] == f"Where: {manifest}:6"
    assert json.loads(explain("docs", "-f", manifest, "--json"))["place"] == {"file": str(manifest), "line": 6}


def test_a_corefile_that_is_wrong_is_not_explained(tmp_path: Path) -> None:
    (tmp_path / "Corefile").write_text(". {\n cache 0\n}\n")

    ran = CliRunner().invoke(main, ["explain", "web", "--conf", str(tmp_path / "Corefile")])

    assert ran.exit_code == 1
    assert f"{tmp_path}/Corefile:2: cache: " in ran.output
    missing = CliRunner().invoke(main, ["explain", "web", "--conf", str(tmp_path / "no")])
    assert "No such file or directory" in missing.output


def test_a_corefile_without_anybody_to_ask_is_said_to_be_one(tmp_path: Path) -> None:
    (tmp_path / "Corefile").write_text("https://.:8443 {\n whoami\n}\n")

    ran = CliRunner().invoke(main, ["explain", "web", "--conf", str(tmp_path / "Corefile")])

    assert ran.exit_code == 1
    assert "no server block is for plain DNS, so there is nobody to ask" in ran.output


@pytest.mark.skipif(shutil.which("dnssec-keygen") is None, reason="dnssec-keygen is not here")
def test_no_zone_is_signed_for_it(tmp_path: Path) -> None:
    (tmp_path / "zone").write_text("$ORIGIN example.org.\n@ 60 SOA ns h 1 2 3 4 5\n@ 60 NS ns\n")
    keygen = ("dnssec-keygen", "-q", "-a", "ECDSAP256SHA256", "-f", "KSK", "-K", str(tmp_path), "example.org")
    key = subprocess.run(keygen, capture_output=True, text=True, check=True).stdout.strip()
    (tmp_path / "Corefile").write_text(
        f". {{\n root {tmp_path}\n sign zone example.org {{\n  key file {key}\n  directory .\n }}\n whoami\n}}\n"
    )
    before = set(tmp_path.iterdir())

    explain("www.example.org.", "--conf", tmp_path / "Corefile")

    assert set(tmp_path.iterdir()) == before


def test_secondaries_hear_nothing_of_it(tmp_path: Path) -> None:
    zone = "$ORIGIN example.org.\n@ 60 IN SOA ns.example.org. me.example.org. 1 2 3 4 5\n@ 60 IN NS ns.example.org.\n"
    (tmp_path / "zone").write_text(zone + "www 60 IN A 192.0.2.1\n")
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as secondary:
        secondary.bind(("127.0.0.1", 0))
        to = f"127.0.0.1:{secondary.getsockname()[1]}"
        (tmp_path / "Corefile").write_text(
            f". {{\n file {tmp_path}/zone example.org\n transfer {{\n  to {to}\n }}\n}}\n"
        )

        printed = explain("www.example.org.", "--conf", tmp_path / "Corefile")

        secondary.setblocking(False)
        with pytest.raises(BlockingIOError):
            secondary.recv(512)
    assert printed.startswith("www.example.org. resolves to 192.0.2.1: file at ")


def test_it_starts_fast() -> None:
    def seconds() -> float:
        """Of the processor, since others may be at work here."""
        before = os.times()
        subprocess.run([*CLUSTERDNS, "explain", "web"], cwd=ROOT, check=True, capture_output=True)
        after = os.times()
        return sum(after[2:4]) - sum(before[2:4])

    assert min(seconds() for _ in range(2)) < 1.0, "0.3 s on an idle machine"
