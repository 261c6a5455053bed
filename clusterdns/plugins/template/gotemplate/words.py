"""Text of a Go template cut into plain text and actions, and actions into words.

The rules are those of Go's text/template: `{{` and `}}` around actions, `{{- ` and ` -}}` which eat white space next to
them, `{{/* comments */}}`. Must not know what an action does.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from clusterdns.plugins.template.gotemplate.errors import BadTemplate

_OPENING: Final = re.compile(r"\{\{(?P<trim>-(?=\s))?")
_CLOSING: Final = re.compile(r"(?P<trim>(?<=\s)-)?\}\}")
_COMMENT: Final = re.compile(r"\s*/\*.*?\*/\s*?(?=(?:(?<=\s)-)?\}\})", re.DOTALL)
_WORD: Final = re.compile(
    r"""(?P<string>"(?:[^"\\\n]|\\.)*"|`[^`]*`)
    |(?P<character>'(?:[^'\\\n]|\\.)+')
    |(?P<number>[+-]?(?:0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+
        |[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9]+)?|\.[0-9][0-9_]*))
    |(?P<field>\.[^\W\d]\w*)
    |(?P<variable>\$\w*)
    |(?P<name>[^\W\d]\w*)
    |(?P<mark>:=|[.=|(),])""",
    re.VERBOSE,
)


class Word(NamedTuple):
    """A word of an action; `joined` says that no space stands before it."""

    kind: str
    text: str
    joined: bool


Action = list[Word]


def split(text: str) -> Iterator[str | Action]:
    """Plain text and actions in turn. Raises `BadTemplate`."""
    at, trim = 0, False
    while opening := _OPENING.search(text, at):
        yield _trimmed(text[at : opening.start()], left=trim, right=opening["trim"] is not None)
        comment = _COMMENT.match(text, opening.end())
        words, at = ([], comment.end()) if comment else _words(text, opening.end())
        closing = _CLOSING.match(text, at)
        if closing is None:
            raise BadTemplate(f"'{text[opening.start() : opening.start() + 20]}' has no '}}}}'")
        at, trim = closing.end(), closing["trim"] is not None
        if not comment:
            yield words
    yield _trimmed(text[at:], left=trim, right=False)


def written(text: str) -> str:
    """A template as Go writes it down: single spaces, no comments, `{{else if}}` as a block of its own."""
    out: list[str] = []
    ends: list[int] = []  # of each open block: how many blocks its `{{end}}` closes
    for part in split(text):
        if isinstance(part, str):
            out.append(part)
            continue
        words, name = part, part[0].text if part else ""
        if name in ("if", "range", "with"):
            ends.append(1)
        elif name == "else" and len(words) > 1:
            ends[-1] += 1
            out.append("{{else}}")
            words = words[1:]
        out.append(_spaced(words) * (ends.pop() if name == "end" else 1))
    return "".join(out)


def _spaced(words: Action) -> str:
    """An action with a space between its words, but none where they belong together."""
    out, before = "", "("
    for word in words:
        together = before == "(" or word.text in (")", ",") or (word.kind == "field" and word.joined)
        out += word.text if together else f" {word.text}"
        before = word.text
    return f"{{{{{out}}}}}"


def _trimmed(text: str, *, left: bool, right: bool) -> str:
    text = text.lstrip(" \t\r\n") if left else text
    return text.rstrip(" \t\r\n") if right else text


def _words(text: str, at: int) -> tuple[Action, int]:
    words: Action = []
    joined = False
    while at < len(text) and not _CLOSING.match(text, at):
        if text[at].isspace():
            at, joined = at + 1, False
            continue
        found = _WORD.match(text, at)
        if found is None or found.lastgroup is None:
            raise BadTemplate(f"'{text[at : at + 10]}' is not understood")
        words.append(Word(found.lastgroup, found[0], joined))
        at, joined = found.end(), True
    return words, at
