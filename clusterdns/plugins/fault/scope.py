"""Which questions a fault is for: names, types, and whose names they are.

Whoever asks is not looked at here: what a scope says of a question is the same for all clients, until the cluster
changes.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from clusterdns.corefile import parse_pattern
from clusterdns.dns.names import ROOT, BadName, Name, from_labels, is_subdomain, labels, name_text, parse_name
from clusterdns.records.owners import Owner
from clusterdns.records.selectors import EVERYTHING, Selector
from clusterdns.records.tables import Tables

_WILD: Final = {"*": ".*", "?": "."}


class NamePattern:
    """A name, or many: `*` stands for any characters, dots included, `?` for one.

    Raises `BadName`, a `ValueError`, for what can't match any name.
    """

    def __init__(self, text: str) -> None:
        if not text:
            raise BadName("the name is empty (the root is .)")
        wire = parse_name(text)
        wild = [number for number, label in enumerate(labels(wire)) if b"*" in label or b"?" in label]
        self._exact = not wild
        self._end = from_labels(labels(wire)[wild[-1] + 1 :], ROOT) if wild else wire
        whole = name_text(wire)
        letters = whole[:-1] if text.endswith("*") else whole  # behind a last `*` there may be more labels
        self._regex: Any = parse_pattern("".join(_WILD.get(letter) or re.escape(letter) for letter in letters))

    def matches(self, name: Name) -> bool:
        if self._exact:
            return name == self._end
        return name.endswith(self._end) and self._regex.fullmatch(name_text(name)) is not None

    def reaches(self, zone: Name) -> bool:
        """May some name in the zone match?"""
        return is_subdomain(self._end, zone) or (not self._exact and is_subdomain(zone, self._end))


@dataclass(frozen=True)
class Scope:
    """The questions that a fault is for. What is empty is any."""

    names: tuple[NamePattern, ...] = ()
    types: frozenset[int] = frozenset()
    namespaces: frozenset[str] = frozenset()
    selector: Selector = field(default=EVERYTHING)  # by labels of the Services that a name is of

    def covers(self, name: Name, qtype: int, tables: Tables) -> bool:
        if self.types and qtype not in self.types:
            return False
        if self.names and not any(pattern.matches(name) for pattern in self.names):
            return False
        if not self.namespaces and not self.selector.requirements:
            return True
        return self._is_of(tables.owners(name))

    def _is_of(self, owners: Iterable[Owner]) -> bool:
        return any(
            (not self.namespaces or owner.namespace in self.namespaces)
            and (not self.selector.requirements or (owner.labels is not None and self.selector.matches(owner.labels)))
            for owner in owners
        )
