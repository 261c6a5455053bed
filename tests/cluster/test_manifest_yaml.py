"""YAML as Kubernetes reads it, which is neither PyYAML's nor YAML 1.2."""

import pytest

from clusterdns.cluster.manifest_text import split_documents
from clusterdns.cluster.manifest_yaml import MAX_DEPTH, Malformed, parse_yaml, resolve, spots


def value(text: str) -> object:
    (found,) = parse_yaml(text)
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("true", True), ("False", False), ("on", True), ("Off", False), ("y", True), ("NO", False),
        ("", None), ("~", None), ("Null", None), ("oN", "oN"),
        ("0", 0), ("80", 80), ("-1", -1), ("+7", 7), ("1_000", 1000),
        ("010", 8), ("0o17", 15), ("0x1F", 31), ("0b101", 5),
        ("08", 8), ("80.0", 80), ("1e3", 1000), (".5", 0.5), ("1.25", 1.25),
        ("2024-01-31", "2024-01-31"), ("12:30:45", "12:30:45"), ("190:20:30", "190:20:30"),
        ("10.96.0.10", "10.96.0.10"), ("1.2.3", "1.2.3"), ("fd00::1", "fd00::1"), ("1e", "1e"), (".", "."), ("-", "-"),
        ("٣", "٣"), ("web", "web"),
    ],
)  # fmt: skip
def test_a_plain_scalar_is_what_kubernetes_takes_it_for(text, expected):
    found = resolve(text)

    assert found == expected
    assert type(found) is type(expected)


def test_quotes_and_tags_make_text():
    assert value("[\"80\", 'on', !!str 80, !!str on, !!binary aGk=, !custom x]") == ["80", "on", "80", "on", "hi", "x"]
    assert value('[!!int "80", !!bool "yes", !!null ""]') == [80, True, None]


def test_keys_are_text():
    assert value("{80: a, on: b, 'c': d}") == {"80": "a", "on": "b", "c": "d"}


def test_aliases_and_merge_keys():
    text = "base: &base {a: 1, b: 2}\nmore: &more {b: 3, c: 4}\nall:\n  <<: [*base, *more]\n  c: 5\nsame: *base\n"

    assert value(text)["all"] == {"a": 1, "b": 2, "c": 5}
    assert value(text)["same"] == {"a": 1, "b": 2}


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", 2, "key 'a' is there twice in one map"),
        ("a: *b\n", 0, "alias *b has no anchor &b before it"),
        ("a: &a [*a]\n", 0, "alias *a has no anchor &a before it"),
        ("a: 1\n? [x]\n: 2\n", 1, "a key is not a word"),
        (
            "a:\n\tb: 1\n",
            1,
            "is not YAML: while scanning for the next token found character that cannot start any token",
        ),
        ("a: [1\n", 0, "is not YAML: while parsing a flow sequence did not find expected ',' or ']'"),
        ("a: !!binary '###'\nb: \ud800", 0, "is not text in UTF-8"),
        ("a: !!binary 'gA=='", 0, "!!binary value is not base64 of UTF-8 text"),
        ("a: 1\nb: \x01", 1, "holds a character that YAML forbids: '\\x01'"),
    ],
)
def test_broken_text_is_told_with_its_line(text, line, message):
    with pytest.raises(Malformed) as raised:
        list(parse_yaml(text))

    assert (raised.value.line, raised.value.message) == (line, message)


def test_an_alias_bomb_is_refused():
    levels = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9))

    with pytest.raises(Malformed, match="aliases stand for more than 100000 values"):
        list(parse_yaml(f"a0: &a0 [lol]\n{levels}\n"))


@pytest.mark.parametrize("text", ["[" * 200_000, "- " * 5_000, "{a: " * 5_000, "? " * 5_000])
def test_deep_nesting_is_refused_before_it_costs_anything(text):
    with pytest.raises(Malformed, match=f"nested more than {MAX_DEPTH} deep|is not YAML|not a word"):
        list(parse_yaml(text))


def test_documents_are_cut_where_yaml_cuts_them():
    text = "a: 1\n--- # two\nb: |\n  ---\n---\nc: 3\n----: 4\n---x: 5\n---"
    documents = split_documents(text)

    assert documents == ["a: 1\n", " # two\nb: |\n  ---\n", "\nc: 3\n----: 4\n---x: 5\n", ""]
    assert "---".join(documents) == text
    assert [list(parse_yaml(document)) for document in documents] == [
        [{"a": 1}],
        [{"b": "---\n"}],
        [{"c": 3, "----": 4, "---x": 5}],
        [],
    ]


def test_every_value_has_its_line_and_its_text():
    found = spots("a:\n- b: on\n  c:\n    d\n...\n---\ne: [1,\n 2]\n")

    assert found[0, "a"] == (0, "")
    assert found[0, "a", 0, "b"] == (1, "on")
    assert found[0, "a", 0, "c"] == (2, "d")
    assert found[1, "e", 1] == (7, "2")
