r"""Text of a Corefile to words that know their place.

The rules are Caddy's, token by token: white space separates words, a word that begins with a double quote goes to the
next one (and may hold newlines), only `\"` is an escape, `#` begins a comment, carriage returns do not exist.
Must not know blocks, directives, or what a word means.
"""

import re
from collections.abc import Iterator

from clusterdns.corefile.errors import Place

# Go's unicode.IsSpace; Python's \s has four more.
_BLANK = "\t\n\v\f \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"

_GAP = re.compile(rf"(?:[{_BLANK}\r]+|#[^\n]*)*+")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*+)(?:("|\\?\Z))', re.DOTALL)
# A comment inside a word ends with the word, not with the line: `a#b c` is the words `a` and `c`.
_BARE = re.compile(rf"([^{_BLANK}#]+)(?:#[^{_BLANK}]*)?")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


class Token(str):
    """A word of a Corefile: its text, and `place`, the line on which it begins."""

    __slots__ = ("place",)
    place: Place

    def __new__(cls, text: str, place: Place) -> "Token":
        """Makes the word `text` that stands at `place`."""
        token = super().__new__(cls, text)
        token.place = place
        return token

    def __reduce__(self) -> tuple[type["Token"], tuple[str, Place]]:
        """What a copy in another process is made of."""
        return Token, (str(self), self.place)

    @property
    def last_line(self) -> int:
        """The line on which the word ends: a quoted word may go over several."""
        return self.place.line + self.count("\n")

    def same_line(self, other: "Token") -> bool:
        """Whether `other` begins on the line on which this word ends."""
        return self.place.file == other.place.file and self.last_line == other.place.line

    def earlier_line(self, other: "Token") -> bool:
        """Whether `other` begins on a later line, or in another file.

        Not the opposite of `same_line`: the words of a snippet keep the places that they have in the snippet, so
        that a word may follow one that stands further down.
        """
        return self.place.file != other.place.file or self.last_line < other.place.line


def tokens(text: str, file: str) -> Iterator[Token]:
    """Yields the words of `text`; `file` is the name that their places have. No text is refused."""
    position = 1 if text.startswith("\ufeff") else 0
    line = 1
    while True:
        gap = _GAP.match(text, position)
        assert gap is not None
        line += gap[0].count("\n")
        position = gap.end()
        quoted = _QUOTED.match(text, position)
        word = quoted or _BARE.match(text, position)
        if word is None:
            return
        position = word.end()
        if quoted is None:
            yield Token(word[1].replace("\r", ""), Place(file, line))
            continue
        value = _ESCAPE.sub(_unescape, word[1])
        if value or word[2] == '"':
            yield Token(value, Place(file, line))
        line += value.count("\n")


def _unescape(pair: "re.Match[str]") -> str:
    return '"' if pair[1] == '"' else pair[0]
