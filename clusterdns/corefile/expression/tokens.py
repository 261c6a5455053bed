"""Text of an expression to words: numbers, strings, names and operators.

The rules are those of the expr language (its parser/lexer). Must not know what words mean.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from clusterdns.corefile.values import parse_string

KEYWORDS: Final = frozenset(
    {"not", "in", "or", "and", "matches", "contains", "startsWith", "endsWith", "let", "if", "else"}
)

_WORD: Final = re.compile(
    r"""(?P<blank>\s+|//[^\n]*|/\*.*?\*/)
    |(?P<number>0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+
        |(?:[0-9][0-9_]*(?:\.(?!\.)[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9_]+)?)
    |(?P<string>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`[^`]*`)
    |(?P<name>[^\W\d]\w*|\$\w*)
    |(?P<operator>\?\?|\?\.|\|\||&&|==|!=|>=|<=|\*\*|\.\.|::|[-+*/%^<>!?:.,;=|\#(){}\[\]])""",
    re.VERBOSE | re.DOTALL,
)


class Word(NamedTuple):
    """A word; `kind` is number, string, name, operator (keywords too) or end. `value` is a literal's."""

    kind: str
    text: str
    value: int | float | str = ""

    def __str__(self) -> str:
        return f"'{self.text}'" if self.text else "the end"


def words(text: str) -> Iterator[Word]:
    """The words of an expression, a word of kind `end` last. Raises `ValueError` for what is none."""
    at = 0
    while at < len(text):
        found = _WORD.match(text, at)
        if found is None:
            raise ValueError(f"'{text[at : at + 10]}' is not understood")
        at = found.end()
        match found.lastgroup:
            case "number":
                if text[at : at + 1].isalnum():
                    raise ValueError(f"'{found[0]}{text[at]}' is not a number")
                yield Word("number", found[0], _number(found[0]))
            case "string":
                yield Word("string", found[0], parse_string(found[0]))
            case "name":
                yield Word("operator" if found[0] in KEYWORDS else "name", found[0])
            case "operator":
                yield Word("operator", found[0])
    yield Word("end", "")


def _number(text: str) -> int | float:
    digits = text.replace("_", "").lower()
    if digits[:2] in ("0x", "0o", "0b"):
        value: int | float = int(digits, 0)
    else:
        value = float(digits) if set(digits) & {".", "e"} else int(digits)
    if isinstance(value, int) and value >= 1 << 63:
        raise ValueError(f"{text} is too large")
    return value
