"""Label selectors as a user writes them: `tier=gold,env in (prod, qa),!legacy`.

The grammar is that of kubectl and of the API's list calls (Kubernetes: "Labels and Selectors"), less `<` and `>`, which
CoreDNS refuses. Knows labels, not the objects that have them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = re.compile(r"\s*(==|!=|[=!<>(),]|[^\s=!<>(),]+)")
_NAME: Final = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_PREFIX: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_SYMBOLS: Final = frozenset({"==", "!=", "=", "!", "<", ">", "(", ")", ",", ""})


class BadSelector(ValueError):
    """Text that is no label selector; the message says why."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """A label that must have one of `values` (any at all if None), or, if `negated`, must not."""

    label: str
    values: frozenset[str] | None
    negated: bool = False

    def matches(self, labels: Mapping[str, str]) -> bool:
        has = self.label in labels if self.values is None else labels.get(self.label) in self.values
        return has != self.negated


@dataclass(frozen=True, slots=True)
class Selector:
    """All requirements together; none of them matches everything."""

    requirements: tuple[Requirement, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Do the labels of an object meet every requirement?"""
        return all(requirement.matches(labels) for requirement in self.requirements)


EVERYTHING: Final = Selector()


def parse_selector(text: str) -> Selector:
    """Reads a selector. Raises `BadSelector`."""
    return Selector(tuple(_Parser(text).requirements()))


class _Parser:
    """Tokens from left to right; "" is the end."""

    def __init__(self, text: str) -> None:
        self._tokens: list[str] = [*_TOKEN.findall(text), ""]
        self._at = 0

    def requirements(self) -> list[Requirement]:
        found: list[Requirement] = []
        while self._next or found:
            found.append(self._requirement())
            if not self._next:
                break
            self._expect(",")
        return found

    @property
    def _next(self) -> str:
        return self._tokens[self._at]

    def _take(self) -> str:
        token = self._next
        self._at += bool(token)
        return token

    def _expect(self, token: str) -> None:
        if self._take() != token:
            raise BadSelector(f"'{token}' expected before '{self._tokens[self._at - 1]}'")

    def _requirement(self) -> Requirement:
        negated = self._next == "!"
        if negated:
            self._take()
        label = self._take()
        if label in _SYMBOLS or not _is_label(label):
            raise BadSelector(f"'{label}' is not a label")
        if negated or self._next in (",", ""):
            return Requirement(label, None, negated)
        operator = self._take()
        if operator in ("=", "==", "!="):
            return Requirement(label, frozenset({self._value()}), operator == "!=")
        if operator in ("in", "notin"):
            return Requirement(label, self._values(), operator == "notin")
        raise BadSelector(f"'{operator}' is not an operator (=, ==, !=, in, notin)")

    def _values(self) -> frozenset[str]:
        self._expect("(")
        if self._next == ")":
            raise BadSelector("there is no value between '(' and ')'")
        values = {self._value()}
        while self._next == ",":
            self._take()
            values.add(self._value())
        self._expect(")")
        return frozenset(values)

    def _value(self) -> str:
        """A value, which may be empty."""
        if self._next in (",", ")", ""):
            return ""
        value = self._take()
        if value in _SYMBOLS or not _NAME.fullmatch(value):
            raise BadSelector(f"'{value}' is not a label's value")
        return value


def _is_label(text: str) -> bool:
    """Is it a name of at most 63 characters, maybe behind a DNS name and a slash?"""
    prefix, slash, name = text.rpartition("/")
    if slash and not (len(prefix) <= 253 and _PREFIX.fullmatch(prefix)):
        return False
    return _NAME.fullmatch(name) is not None
