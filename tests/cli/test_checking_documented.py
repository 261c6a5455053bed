"""docs/checking.md tells no lies: it explains every code, and what it shows is what is printed."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner
from serving import ROOT, free_port

from clusterdns.cli import main
from clusterdns.cli.remarks import CODES

DOCUMENT = ROOT / "docs/checking.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OF_THIS_MACHINE = ("[start]", "[corefile]")


class Section(NamedTuple):
    """A part of the document: files that it shows, by name, and commands with what they print."""

    title: str
    files: dict[str, str]
    dialogues: list[tuple[str, list[str]]]


def sections() -> Iterator[Section]:
    for part in re.split(r"^##+ ", DOCUMENT.read_text(), flags=re.MULTILINE)[1:]:
        section = Section(part.partition("\n")[0].strip("`"), {}, [])
        for language, text in BLOCK.findall(part):
            first, _, rest = text.partition("\n")
            if language == "console":
                section.dialogues.append((first.removeprefix("$ clusterdns "), rest.splitlines()))
            elif first.startswith("# "):
                section.files[first.removeprefix("# ")] = text
        if section.dialogues:
            yield section


def test_every_code_is_explained_once() -> None:
    explained = re.findall(r"^### `(.*)`$", DOCUMENT.read_text(), re.MULTILINE)

    assert sorted(explained) == sorted(CODES)


@pytest.mark.parametrize("section", list(sections()), ids=lambda section: section.title)
def test_what_it_shows_is_printed(section: Section, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in section.files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)

    for command, shown in section.dialogues:
        assert printed(command, of_this_machine=section.title in ("corefile", "start")) == shown


@pytest.mark.parametrize("section", list(sections()), ids=lambda section: section.title)
def test_a_code_is_shown_where_it_is_explained(section: Section) -> None:
    if section.title in CODES:
        assert any(f"[{section.title}]" in line for _, shown in section.dialogues for line in shown)


def printed(command: str, *, of_this_machine: bool) -> list[str]:
    """The lines that a command prints; as a rule without those that depend on what else runs here."""
    name, *words = shlex.split(command)
    if name == "check":
        words += ["--port", str(free_port()), *(() if "--conf" in words else ("--upstream", "192.0.2.1"))]
    ran = CliRunner().invoke(main, [name, *words])
    assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exception
    lines = ran.output.splitlines()
    return [line for line in lines if of_this_machine or not line.endswith(OF_THIS_MACHINE)]
