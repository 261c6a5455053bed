"""`clusterdns explain` as tests call it: manifests and a Corefile as texts, what it says as values."""

import json
import textwrap
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from serving import dead_end

from clusterdns.cli import main


class Explained:
    """What `--json` printed. `codes` and `said` are those of all reasons, the most useful first."""

    def __init__(self, printed: str, status: int) -> None:
        self.json: dict[str, Any] = json.loads(printed)
        self.status = status
        self.summary: str = self.json["summary"]
        self.hint: str = self.json["hint"]
        self.answers: list[str] = self.json["answers"]
        self.queries: list[dict[str, Any]] = self.json["queries"]
        self.names = list(dict.fromkeys(query["name"] for query in self.queries))

    @property
    def codes(self) -> set[str]:
        """The codes of all reasons, those of single queries too."""
        return {reason["code"] for reason in self._reasons()}

    def said(self, code: str) -> str:
        """The sentence and the hint of a code."""
        found = [f"{reason['sentence']} ({reason['hint']})" for reason in self._reasons() if reason["code"] == code]
        assert found, f"no reason '{code}' among {sorted(self.codes)}: {self.summary}"
        return found[0]

    def query(self, name: str, qtype: str = "A") -> dict[str, Any]:
        """A question of the walk."""
        return next(query for query in self.queries if (query["name"], query["type"]) == (name, qtype))

    def _reasons(self) -> list[dict[str, str]]:
        return [*self.json["reasons"], *(reason for query in self.queries for reason in query["reasons"])]


def run(folder: Path, words: str, manifests: str = "", corefile: str = "", upstream: str = "") -> tuple[str, int]:
    """What `clusterdns explain WORDS` prints, and its exit status. Without manifests it is the embedded example."""
    arguments = ["explain", *words.split(), "--upstream", upstream or dead_end()]
    if manifests:
        arguments += ["-f", "-"]
    if corefile:
        (folder / "Corefile").write_text(textwrap.dedent(corefile))
        arguments += ["--conf", str(folder / "Corefile")]
    ran = CliRunner().invoke(main, arguments, input=textwrap.dedent(manifests))
    assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.output
    return ran.output, ran.exit_code


def explain(folder: Path, words: str, *cluster: str) -> Explained:
    """The same as values."""
    return Explained(*run(folder, f"{words} --json", *cluster))


def service(spec: str, name: str = "web") -> str:
    """A Service of namespace default."""
    return f"apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {spec}\n---\n"


def pod(name: str, status: str = "{}", spec: str = "", labels: str = "{app: web}") -> str:
    """A Pod of namespace default; `spec` is what it has beside its container."""
    return f"""\
apiVersion: v1
kind: Pod
metadata: {{name: {name}, labels: {labels}}}
spec: {{containers: [{{name: c, image: i}}], {spec}}}
status: {status}
---
"""
