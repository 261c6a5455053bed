"""docs/testing.md tells no lies: its tests pass, its dialogues are what is said, its programs find the Service."""

import doctest
import json
import re
import shutil
import subprocess
import textwrap
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from inner import run
from serving import CLUSTERDNS, ROOT
from web import WEB

from clusterdns.testing import ClusterDNS

pytest_plugins = ["pytester"]

PAGE = (ROOT / "docs/testing.md").read_text()
FOUND = "10.108.174.60"
GO = """
    package main

    import (
        "context"
        "encoding/json"
        "fmt"
        "net"
        "os"
    )

    func main() {
    %s
        fmt.Println(found, err)
    }
"""
NODE = "(async () => {\n%s\nconsole.log(found);\n})();\n"
JAVA = """
    import java.nio.file.*;
    import java.util.*;
    import java.util.regex.*;
    import javax.naming.*;
    import javax.naming.directory.*;

    public class Find {
        public static void main(String[] arguments) throws Exception {
    %s
            System.out.println(found);
        }
    }
"""


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the example is written out as the page says, with the file that says where its DNS is."""
    shutil.copytree(str(files("clusterdns") / "example"), tmp_path / "my-cluster")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def running(folder: Path) -> Iterator[None]:
    with ClusterDNS("my-cluster/") as dns:
        (folder / "dns.json").write_text(json.dumps({"host": dns.host, "port": dns.port}))
        yield


def test_its_dialogues_are_what_is_said(folder: Path) -> None:
    dialogues = "".join(block for block in blocks("python") if block.startswith(">>>"))
    said = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:...", dialogues).replace("…", "...")
    parsed = doctest.DocTestParser().get_doctest(said, {}, "testing.md", None, 0)

    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.REPORT_NDIFF).run(parsed)

    assert result.attempted > 20
    assert result.failed == 0


def test_its_test_passes(folder: Path, pytester: pytest.Pytester) -> None:
    (test,) = [block for block in blocks("python") if not block.startswith(">>>")]
    pytester.makepyfile(test_replicas=test)
    shutil.copytree(folder / "my-cluster", pytester.path / "my-cluster")

    run(pytester).assert_outcomes(passed=3)


def test_beside_a_test_that_fails_is_what_it_shows(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_mongo="""
        import socket
        import pytest

        @pytest.mark.cluster_dns("data.yaml", namespace="data")
        def test_mongo_is_there(cluster_dns, cluster_resolver):
            socket.gethostbyname("mongo")
        """
    )
    (pytester.path / "data.yaml").write_text("{apiVersion: v1, kind: Namespace, metadata: {name: data}}")

    printed = run(pytester).stdout

    error, title, *queries = blocks("text")[0].splitlines()
    assert error in printed.lines
    begin = next(number for number, line in enumerate(printed.lines) if title.strip("-") in line)
    assert printed.lines[begin + 1 : begin + 1 + len(queries)] == queries


def test_its_manifest_leads_to_the_test_itself() -> None:
    (manifest,) = blocks("yaml")

    with ClusterDNS(manifest) as dns:
        assert dns.resolve("payments.default.svc.cluster.local") == ["127.0.0.1"]


def test_its_commands_say_where_the_server_is(folder: Path) -> None:
    (commands,) = blocks("sh")
    script = f'clusterdns() {{ exec {" ".join(CLUSTERDNS)} "$@"; }}\n{commands}kill $!\nwait $!\n'

    ran = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=60, check=True)

    shown = blocks("text")[-1]
    assert shown in re.sub(r"\d{4,}", "38451", ran.stdout)
    assert not (folder / "dns.json").exists()


@pytest.mark.parametrize(
    ("language", "program", "tool", "command"),
    [
        ("go", GO, "go", ["go", "run", "find.go"]),
        ("js", NODE, "node", ["node", "find.js"]),
        ("java", JAVA, "javac", ["java", "Find.java"]),
    ],
    ids=["go", "node", "java"],
)
def test_a_program_finds_the_service(
    folder: Path, running: None, language: str, program: str, tool: str, command: list[str]
) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"this machine has no {tool}")
    (block,) = blocks(language)
    (folder / command[-1]).write_text(textwrap.dedent(program) % block)

    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    assert FOUND in ran.stdout, ran.stdout + ran.stderr


def test_the_readme_s_example_passes(folder: Path, pytester: pytest.Pytester) -> None:
    (test,) = re.findall(r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(), flags=re.MULTILINE | re.DOTALL)
    pytester.makepyfile(test_shop=test)
    (pytester.path / "k8s").mkdir()
    (pytester.path / "k8s" / "web.yaml").write_text(WEB)

    run(pytester).assert_outcomes(passed=1)
