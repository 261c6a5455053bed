from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from clusterdns.corefile import Args, Claim, CorefileError, find_overlaps, host_ports_or_file, parse
from clusterdns.dns.names import parse_name

PIECES = st.sampled_from(
    [
        "{", "}", " {\n", "\n}\n", "\n", " ", '"', "\\", "#", ",", "\r", "\ufeff", "é", "\0", "*", "s", "f",
        "import ", "(s)", "\nimport s\n", "\nimport f\n", "cache", "log", "\nlog {\n", ". {\n",
        "a:", ":53", "dns://", "10.0.0.0/1", "5s", "30", "{$A}", "{%B%}", "{$",
    ]
)  # fmt: skip
TEXTS = st.one_of(st.text(), st.lists(st.one_of(PIECES, st.text(max_size=3))).map("".join))
STEPS = st.lists(st.sampled_from(["word", "words", "end", "options", "fallthrough", "integer", "duration"]), max_size=8)


class OneFile:
    """Every path is the same file."""

    def __init__(self, text: str) -> None:
        self.text = text

    def glob(self, pattern: str) -> list[str]:
        return [] if "*" in pattern else [pattern]

    def read(self, path: str) -> str:
        return self.text


@settings(deadline=None)
@given(text=TEXTS, file=st.text(max_size=20), variable=TEXTS)
def test_any_text_is_read_or_refused(text: str, file: str, variable: str) -> None:
    env = {"A": variable, "B": "{$A}"}
    corefile = parse(text, "Corefile", env=env, known=("cache", "log"), files=OneFile(file))
    for block in corefile.blocks:
        assert all(parse_name(zone) for zone in block.zone_names)
    claims = [Claim(zone) for block in corefile.blocks for zone in block.zones]
    for problem in (*corefile.problems, *find_overlaps(claims)):
        assert str(problem).startswith(f"{problem.place}: ")


@settings(deadline=None)
@given(text=TEXTS, steps=STEPS)
def test_any_lines_of_a_plugin_are_read_or_refused_to_their_end(text: str, steps: list[str]) -> None:
    corefile = parse(f". {{\nlog {text}\n}}\n", "Corefile", env={}, files=OneFile("log 5s"))
    for block in corefile.blocks:
        for plugin in block.plugins:
            lines = block.args(plugin)
            for _ in lines.each():
                with suppress(CorefileError):
                    for step in steps:
                        _take(lines, step)
            assert lines.word_or_none() is None


def _take(lines: Args, step: str) -> None:
    match step:
        case "integer":
            lines.integer(lines.word(), "count", 0, 10)
        case "duration":
            lines.duration(lines.word(), "interval")
        case "options":
            for option in lines.options():
                lines.zones([option])
        case _:
            getattr(lines, step)()


@settings(deadline=None)
@given(st.text())
def test_any_address_is_read_or_refused(text: str) -> None:
    try:
        servers = host_ports_or_file(text, lambda path: "nameserver 10.0.0.1")
    except ValueError:
        return
    assert servers
