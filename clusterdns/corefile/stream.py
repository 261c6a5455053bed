"""The words that a parser still has to read, with words put in front of them by `import`.

Knows which word was read last and which before it; one step back. Never copies what is ahead, so that many imports
stay cheap, and refuses to grow without bound.
Must not know what words mean.
"""

from collections.abc import Iterable, Sequence

from clusterdns.corefile.errors import CorefileError, Place
from clusterdns.corefile.lexer import Token

# CoreDNS has no such limit; it runs out of memory instead.
_MOST_IMPORTED = 2_000_000


class Stream:
    """Words in reading order. `current` is the word read last; it stays the last word when there are no more."""

    def __init__(self, words: Iterable[Token], start: Place) -> None:
        self.before: Token | None = None
        self.current = Token("", start)
        self._ahead = list(words)[::-1]
        self._started = False
        self._inserted = 0

    def advance(self) -> bool:
        """Reads the next word; at the end, returns False and stays."""
        if not self._ahead:
            return False
        self.before = self.current if self._started else None
        self._started = True
        self.current = self._ahead.pop()
        return True

    def advance_on_line(self) -> bool:
        """Reads the next word if it is on the line of the current one."""
        return bool(self._ahead) and self.current.same_line(self._ahead[-1]) and self.advance()

    def advance_or_end(self) -> None:
        """Reads the next word; at the end, the current word is an empty one."""
        if not self.advance():
            self.current = Token("", self.current.place)

    def starts_line(self) -> bool:
        """Whether the current word begins on a later line than the word before it ended."""
        return self.before is None or self.before.earlier_line(self.current)

    def unread(self) -> None:
        """Goes back to the word before, once after a step: the current one will be read again."""
        self._ahead.append(self.current)
        self._rewind(self.before)

    def insert(self, words: Sequence[Token], before: Token | None) -> None:
        """Puts `words` ahead and makes `before` the word that was read last."""
        self._inserted += len(words)
        if self._inserted > _MOST_IMPORTED:
            raise CorefileError(self.current.place, f"import: more than {_MOST_IMPORTED} words were imported")
        self._ahead += reversed(words)
        self._rewind(before)

    def _rewind(self, to: Token | None) -> None:
        self._started = to is not None
        if to is not None:
            self.current = to
