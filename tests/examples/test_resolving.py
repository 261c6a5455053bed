"""docs/resolving.md tells no lies: its commands print what it shows, and its tables are how resolvers walk."""

import json
import re
import shutil
from pathlib import Path

import namespace
import pytest
from serving import ROOT

from clusterdns.dns import codes
from clusterdns.stub import RESOLVERS, Ask, Ended, Heard, ResolvConf, walk

PAGE = (ROOT / "docs/resolving.md").read_text()
POD = ResolvConf(("10.96.0.10",), ("default.svc.cluster.local", "svc.cluster.local", "cluster.local"), ("ndots:5",))
REPLIES = {
    "an answer": Heard(codes.NOERROR, found=True),
    "NXDOMAIN": Heard(codes.NXDOMAIN),
    "NODATA": Heard(codes.NOERROR),
    "SERVFAIL": Heard(codes.SERVFAIL),
    "REFUSED": Heard(codes.REFUSED),
    "no reply": Heard(None),
}


def table(head: str) -> list[tuple[str, str, str]]:
    """Reply, resolver and what the page says of the two, of the table whose first column has that head."""
    (text,) = re.findall(rf"^\| {head} \|.*\n\| ---.*\n((?:\|.*\n)+)", PAGE, flags=re.MULTILINE)
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()]
    return [
        (reply.partition(":")[0], resolver, said)
        for reply, *cells in rows
        for resolver, said in zip(("glibc", "musl", "go", "c-ares"), cells, strict=True)
    ]


def walked(resolver: str, name: str, heard: Heard) -> tuple[list[Ask], Ended]:
    asked, steps = [], walk(resolver, POD, name)
    try:
        ask = next(steps)
        while True:
            asked.append(ask)
            ask = steps.send(dict.fromkeys(ask.types, heard))
    except StopIteration as stop:
        return asked, stop.value


def test_the_tables_are_whole() -> None:
    for head, replies in (("a name gets", [*REPLIES]), ("all names get", [*REPLIES][1:])):
        assert [row[:2] for row in table(head)] == [(reply, each) for reply in replies for each in RESOLVERS]


@pytest.mark.parametrize(("reply", "resolver", "said"), table("a name gets"))
def test_what_comes_after_a_reply_is_as_the_page_says(reply: str, resolver: str, said: str) -> None:
    asked, _ = walked(resolver, "web", REPLIES[reply])
    names = {1: ("is done" if reply == "an answer" else "stops"), 2: "leaves the search list", 4: "goes on"}
    assert names[len(asked)] == said


@pytest.mark.parametrize(("reply", "resolver", "said"), table("all names get"))
def test_what_the_program_is_told_is_as_the_page_says(reply: str, resolver: str, said: str) -> None:
    assert walked(resolver, "web", REPLIES[reply])[1].error == said


def test_the_number_of_questions_is_as_the_page_says() -> None:
    for name, said in (("www.example.com", "eight questions"), ("www.example.com.", "`www.example.com.` two")):
        asked, _ = walked("glibc", name, REPLIES["NXDOMAIN"])
        number = {8: "eight questions", 2: "`www.example.com.` two"}[sum(len(ask.types) for ask in asked)]
        assert number == said
        assert said in " ".join(PAGE.split())


def test_the_commands_print_what_the_page_shows(tmp_path: Path) -> None:
    dialogues = [
        block.partition("\n") for block in re.findall(r"^```console\n\$ (.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    ]
    if not shutil.which("curl"):
        pytest.skip("this machine has no 'curl'")
    commands = [command for command, _, _ in dialogues]
    assert len(commands) == 5

    printed = json.loads(namespace.run(Path(__file__).with_name("resolve_as_shown.py"), tmp_path, *commands))

    assert printed == {command: shown for command, _, shown in dialogues}
