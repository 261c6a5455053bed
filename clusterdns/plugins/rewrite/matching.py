"""The names that a rule is for, and what becomes of them: exact, prefix, suffix, substring, regex.

Names are texts with a final dot, as CoreDNS compares them: a prefix or suffix need not end with a label. Knows no query
and no reply.
"""

from functools import lru_cache
from typing import Any

from clusterdns.corefile import match_groups, parse_pattern
from clusterdns.dns.names import name_text

text_of = lru_cache(maxsize=64)(name_text)
"""The text of a name; of those just asked for it is remembered, as one rule after the other wants it."""


class Match:
    """Some names. `text` is what they are, begin with, end with, contain, or match."""

    def __init__(self, text: str) -> None:
        self.text = text

    def replace(self, name: str, replacement: str) -> str | None:
        """The name with `replacement` for what matches; None if nothing does."""
        raise NotImplementedError

    def takes(self, name: str) -> bool:
        """Is the name one of them?"""
        return self.replace(name, "") is not None

    def spares(self, zone: str) -> bool:
        """Is it certain that no name in the zone is one of them?"""
        return False


class Exact(Match):
    """One name."""

    def replace(self, name: str, replacement: str) -> str | None:
        return replacement if name == self.text else None

    def spares(self, zone: str) -> bool:
        return not (zone in (".", self.text) or self.text.endswith(f".{zone}"))


class Prefix(Match):
    """Names by what they begin with."""

    def replace(self, name: str, replacement: str) -> str | None:
        return replacement + name[len(self.text) :] if name.startswith(self.text) else None


class Suffix(Match):
    """Names by what they end with."""

    def replace(self, name: str, replacement: str) -> str | None:
        return name[: len(name) - len(self.text)] + replacement if name.endswith(self.text) else None

    def spares(self, zone: str) -> bool:
        return not (self.text.endswith(zone) or zone.endswith(self.text))


class Substring(Match):
    """Names by what is somewhere in them."""

    def replace(self, name: str, replacement: str) -> str | None:
        return name.replace(self.text, replacement) if self.text in name else None


class Regex(Match):
    """Names by a regular expression, whose groups stand as `{1}` and so on in a replacement."""

    def __init__(self, text: str) -> None:
        """Raises `ValueError` for what is no regular expression."""
        super().__init__(text)
        self.pattern: Any = parse_pattern(text)

    def replace(self, name: str, replacement: str) -> str | None:
        groups = match_groups(self.pattern, name)
        if groups is None:
            return None
        for number, group in enumerate(groups):
            replacement = replacement.replace(f"{{{number}}}", group)
        return replacement


KINDS = {"exact": Exact, "prefix": Prefix, "suffix": Suffix, "substring": Substring, "regex": Regex}
