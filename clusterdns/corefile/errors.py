"""What is wrong in a Corefile, and where.

Knows places (file and line) and how a complaint reads: place, plugin, problem, and what would do. Errors are values:
the parser collects them, and so can whoever sets up plugins, to show them all at once.
Must not know tokens, plugins, or who prints.
"""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class Place(NamedTuple):
    """A line of a file, written `Corefile:7`; lines count from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class CorefileError(ValueError):
    """One problem of a Corefile: `Corefile:7: cache: TTL 'abc' is not a number (cache [TTL] [ZONES...])`.

    `plugin` is empty where no plugin is concerned; `hint` says what would do (a syntax line, a proposal).
    """

    def __init__(self, place: Place, problem: str, *, plugin: str = "", hint: str = "") -> None:
        super().__init__(place, problem, plugin, hint)
        self.place = place
        self.problem = problem
        self.plugin = plugin
        self.hint = hint

    def __str__(self) -> str:
        speaker = f"{self.plugin}: " if self.plugin else ""
        return f"{self.place}: {speaker}{self.problem}" + (f" ({self.hint})" if self.hint else "")


def quoted(word: str) -> str:
    """Writes a word of the user's into a message: in quotes, on one line, and not too long."""
    return repr(str(word) if len(word) <= 80 else f"{word[:40]}...{word[-20:]}")


def suggest(word: str, known: "Iterable[str]") -> str:
    """Says what `word` may have meant: the nearest of `known`, or all of them if none is near."""
    from difflib import get_close_matches  # for those who made a mistake only

    names = list(known)
    near = get_close_matches(word.lower(), names, n=1)
    return f"did you mean {quoted(near[0])}?" if near else f"known are {', '.join(names)}"
