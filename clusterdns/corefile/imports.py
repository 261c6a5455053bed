"""What `import` stands for: the words of a snippet, of a file, or of the files that match a pattern.

Knows the snippets defined so far and Caddy's limits, which end every circle of imports.
Must not know where in a block an import stands.
"""

import posixpath
from collections.abc import Mapping, Sequence
from itertools import pairwise

from clusterdns.corefile.environment import expand
from clusterdns.corefile.errors import CorefileError, quoted
from clusterdns.corefile.files import Files
from clusterdns.corefile.lexer import Token, tokens

_MOST_SNIPPETS = 10_000
_MOST_FILES = 100_000


class Imports:
    """The snippets of a Corefile and the files it imports; `warnings` tells of patterns that match nothing."""

    def __init__(self, files: Files, env: Mapping[str, str]) -> None:
        self.warnings: list[str] = []
        self._files = files
        self._env = env
        self._snippets: dict[str, Sequence[Token]] = {}
        self._read: dict[str, list[Token]] = {}
        self._snippet_count = 0
        self._file_count = 0

    def define(self, key: Token, name: str, body: Sequence[Token]) -> None:
        """Keeps the snippet `(name)`. Raises `CorefileError` if there is one of that name or it imports itself."""
        if name in self._snippets:
            raise CorefileError(key.place, f"the snippet {quoted(key)} is defined already")
        previous: Token | None = None
        for word, argument in pairwise(body):
            at_line_start = previous is None or previous.place != word.place
            if word == "import" and at_line_start and self._expand(argument) == name:
                raise CorefileError(word.place, f"the snippet {quoted(key)} imports itself")
            previous = word
        self._snippets[name] = body

    def resolve(self, pattern: Token) -> Sequence[Token]:
        """The words that `pattern` (a snippet's name, a path, a pattern of paths) stands for."""
        if not pattern:
            raise CorefileError(pattern.place, "import: the name of the file is empty")
        if pattern in self._snippets:
            self._snippet_count += 1
            if self._snippet_count > _MOST_SNIPPETS:
                raise CorefileError(pattern.place, f"import: snippets were imported more than {_MOST_SNIPPETS} times")
            return self._snippets[pattern]
        self._file_count += 1
        if self._file_count > _MOST_FILES:
            raise CorefileError(pattern.place, f"import: files were imported more than {_MOST_FILES} times")
        return [word for path in self._paths(pattern) for word in self._words(path, pattern)]

    def _paths(self, pattern: Token) -> list[str]:
        if pattern.count("*") > 1 or pattern.count("?") > 1 or "[" in pattern:
            raise CorefileError(pattern.place, f"import: {quoted(pattern)} may have one '*', one '?', and no '['")
        path = posixpath.join(posixpath.dirname(pattern.place.file), pattern)
        paths = [] if "\0" in path else self._files.glob(path)
        if not paths:
            if "*" not in path and "?" not in path:
                hint = f"snippets so far are {', '.join(self._snippets)}" if self._snippets else ""
                raise CorefileError(pattern.place, f"import: there is no file {quoted(pattern)}", hint=hint)
            self.warnings.append(f"{pattern.place}: import: no file matches {quoted(pattern)}")
        return paths

    def _words(self, path: str, pattern: Token) -> list[Token]:
        if path not in self._read:
            try:
                self._read[path] = list(tokens(self._files.read(path), path))
            except OSError as error:
                reason = error.strerror or str(error)
                raise CorefileError(pattern.place, f"import: cannot read {quoted(path)}: {reason}") from None
        return self._read[path]

    def _expand(self, word: Token) -> str:
        try:
            return expand(word, self._env)
        except ValueError as error:
            raise CorefileError(word.place, str(error)) from None
