from pathlib import Path

import pytest

from clusterdns.corefile import Corefile, parse


class InMemory:
    """Files that a Corefile imports, by their path."""

    def __init__(self, **texts: str) -> None:
        self.texts = texts

    def glob(self, pattern: str) -> list[str]:
        return [path for path in self.texts if path == pattern]

    def read(self, path: str) -> str:
        return self.texts[path]


def directives(corefile: Corefile) -> list[list[str]]:
    assert corefile.problems == ()
    return [[str(word) for word in directive.tokens] for block in corefile.blocks for directive in block.directives]


def read(text: str, **files: str) -> Corefile:
    return parse(text, "Corefile", env={"SNIPPET": "s", "EMPTY": ""}, files=InMemory(**files))


def problem(text: str, **files: str) -> str:
    (only,) = read(text, **files).problems
    return str(only)


def test_a_snippet_is_put_where_it_is_imported() -> None:
    assert directives(read("(s) {\n log\n cache 30\n}\na {\n import s\n}\nb {\n errors\n import s\n}\n")) == [
        ["log"], ["cache", "30"], ["errors"], ["log"], ["cache", "30"],
    ]  # fmt: skip


def test_a_snippet_is_imported_into_the_block_of_a_directive() -> None:
    assert directives(read("(s) {\n class denial\n}\n. {\n log {\n import s\n }\n whoami\n}\n")) == [
        ["log", "{", "class", "denial", "}"], ["whoami"],
    ]  # fmt: skip


def test_a_snippet_may_import_another() -> None:
    assert directives(read("(a) {\n log\n}\n(b) {\n import a\n errors\n}\n. {\n import b\n}\n")) == [
        ["log"],
        ["errors"],
    ]


def test_the_name_of_a_snippet_may_come_from_a_variable() -> None:
    assert directives(read("(s) {\n log\n}\n. {\n import {$SNIPPET}\n}\n")) == [["log"]]


def test_a_snippet_may_be_empty() -> None:
    assert directives(read("(s) {\n}\n. {\n import s\n log\n}\n")) == [["log"]]


def test_whole_blocks_are_imported() -> None:
    corefile = read("(s) {\n a {\n log\n }\n}\nimport s\nimport blocks\n", blocks="b {\n errors\n}\nc {\n}\n")
    assert [block.zone_names for block in corefile.blocks] == [("a.",), ("b.",), ("c.",)]


def test_zones_are_imported() -> None:
    corefile = read("import zones\n{\n log\n}\n", zones="a,\nb,\nc")
    assert [block.zone_names for block in corefile.blocks] == [("a.", "b.", "c.")]


def test_a_snippet_is_known_only_after_its_definition() -> None:
    text = ". {\n import s\n}\n(s) {\n whoami\n}\n"
    assert problem(text) == "Corefile:2: import: there is no file 's'"
    assert problem("(t) {\n}\n" + text) == "Corefile:4: import: there is no file 's' (snippets so far are t)"


def test_a_snippet_is_defined_once() -> None:
    assert problem("(s) {\n}\n(s) {\n}\n") == "Corefile:3: the snippet '(s)' is defined already"


@pytest.mark.parametrize("text", ["(s) {\n log\n", "(s) {\n log {\n }\n"])
def test_a_snippet_is_closed(text: str) -> None:
    assert problem(text) == "Corefile:1: the snippet '(s)' is not closed by a '}'"


def test_a_snippet_needs_braces() -> None:
    assert problem("(s)\nlog\n") == "Corefile:2: snippet '(s)': '{' is expected, not 'log'"


def test_import_names_one_thing() -> None:
    assert problem(". {\n import\n}\n") == "Corefile:2: import: nothing to import (import FILE|PATTERN|SNIPPET)"
    assert problem(". {\n import a b\n}\n") == "Corefile:2: import: unexpected 'b' (import FILE|PATTERN|SNIPPET)"
    assert problem(". {\n import {$EMPTY}\n}\n") == "Corefile:2: import: the name of the file is empty"


def test_the_same_snippet_twice_in_a_row_is_one_line_to_a_plugin() -> None:
    (block,) = read("(s) {\n log\n}\n. {\n import s\n import s\n}\n").blocks
    args = block.args("log")
    args.first()
    assert args.words() == ["log"]


def test_a_snippet_that_imports_itself_is_refused() -> None:
    assert problem("(s) {\n log\n import s\n}\n") == "Corefile:3: the snippet '(s)' imports itself"


def test_snippets_that_import_each_other_come_to_an_end() -> None:
    circle = "(a) {\n import b\n}\n(b) {\n log\n import a\n}\n. {\n import a\n}\n"
    assert problem(circle) == "Corefile:6: import: snippets were imported more than 10000 times"


def test_snippets_that_double_come_to_an_end() -> None:
    doubling = "".join(f"(s{n}) {{\n import s{n - 1}\n import s{n - 1}\n}}\n" for n in range(1, 40))
    assert "more than 10000 times" in problem("(s0) {\n log\n}\n" + doubling + ". {\n import s39\n}\n")


def test_a_long_file_that_imports_itself_comes_to_an_end() -> None:
    assert problem(". {\n import f\n}\n", f="import f\n" * 100_000) == (
        "f:1: import: more than 2000000 words were imported"
    )


def test_problems_in_an_imported_file_have_its_name_and_line() -> None:
    text = ". {\n import f\n}\n"
    corefile = parse(text, "Corefile", env={}, known=("log",), files=InMemory(f="log\n\nnolog\n"))
    assert [str(one) for one in corefile.problems] == ["f:3: unknown directive 'nolog' (did you mean 'log'?)"]


def test_files_are_found_beside_the_file_that_imports_them(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts/one.conf").write_text("log\nimport two.conf\n")
    (tmp_path / "parts/two.conf").write_bytes(b"\xef\xbb\xbferrors \xff\n")
    corefile = parse(". {\n import parts/one.conf\n}\n", str(tmp_path / "Corefile"), env={})
    assert directives(corefile) == [["log"], ["errors", "\ufffd"]]
    assert str(corefile.blocks[0].directives[1].place) == f"{tmp_path}/parts/two.conf:1"


def test_a_pattern_imports_what_matches_in_order(tmp_path: Path) -> None:
    for name in ("b1.conf", "a1.conf", "a22.conf", ".a3.conf", "a.txt"):
        (tmp_path / name).write_text(f"log {name}\n")
    main = str(tmp_path / "Corefile")
    assert directives(parse(". {\n import *.conf\n}\n", main, env={})) == [
        ["log", ".a3.conf"], ["log", "a1.conf"], ["log", "a22.conf"], ["log", "b1.conf"],
    ]  # fmt: skip
    assert directives(parse(". {\n import a?.conf\n}\n", main, env={})) == [["log", "a1.conf"]]
    assert directives(parse(f". {{\n import {tmp_path}/a2*.conf\n}}\n", main, env={})) == [["log", "a22.conf"]]


def test_a_pattern_matches_folders_too(tmp_path: Path) -> None:
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "c").write_text(f"log {folder}\n")
    (tmp_path / "z").write_text("no folder")
    assert directives(parse(". {\n import */c\n}\n", str(tmp_path / "Corefile"), env={})) == [
        ["log", "x"],
        ["log", "y"],
    ]


def test_a_pattern_that_matches_nothing_is_a_warning(tmp_path: Path) -> None:
    corefile = parse(". {\n import none-*.conf\n log\n}\n", str(tmp_path / "Corefile"), env={})
    assert directives(corefile) == [["log"]]
    assert corefile.warnings == (f"{tmp_path}/Corefile:2: import: no file matches 'none-*.conf'",)


@pytest.mark.parametrize("pattern", ["*/*.conf", "??", "a[12]", "[a"])
def test_a_pattern_has_at_most_one_wildcard_of_each_kind(tmp_path: Path, pattern: str) -> None:
    (only,) = parse(f". {{\n import {pattern}\n}}\n", str(tmp_path / "Corefile"), env={}).problems
    assert str(only).endswith(f"import: '{pattern}' may have one '*', one '?', and no '['")


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for name, reason in (("folder", "Is a directory"), ("absent", "there is no file 'absent'")):
        (only,) = parse(f". {{\n import {name}\n}}\n", str(tmp_path / "Corefile"), env={}).problems
        assert reason in str(only)


def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path) -> None:
    (only,) = parse(". {\n import a\0b\n}\n", str(tmp_path / "Corefile"), env={}).problems
    assert "there is no file" in str(only)
