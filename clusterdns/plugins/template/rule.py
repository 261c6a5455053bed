"""One `template` directive: which queries it takes, and the records that it makes of them.

Knows queries and records, no chain.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from clusterdns.corefile import CorefileError, match_groups, parse_pattern
from clusterdns.corefile.expression import EvaluationError, Expression
from clusterdns.corefile.expression.queries import PERSONAL
from clusterdns.dns import codes
from clusterdns.dns.edns import Opt
from clusterdns.dns.names import Name, is_subdomain, longest_match, name_text
from clusterdns.dns.query import Query
from clusterdns.dns.record import Record
from clusterdns.plugins.template.data import OF_THE_QUESTION, Match
from clusterdns.plugins.template.gotemplate import Template, TemplateFailed, Texts
from clusterdns.records.zones.reader import parse_record

SECTIONS: Final = ("answer", "additional", "authority")  # as CoreDNS fills them
_ANY: Final = codes.ANY  # class or type
_EVERYTHING: Final = parse_pattern(".*")


class Failed(Exception):
    """A template that gives no record; `template` and `section` say which, `filled` whether text came of it."""

    def __init__(self, reason: str, section: str, template: str, *, filled: bool) -> None:
        super().__init__(reason)
        self.section = section
        self.template = template
        self.filled = filled


class Refused(Exception):
    """A query in the zone that matches nothing, so that the rule has no reply and nobody else shall have one."""


@dataclass
class Rule:
    """A directive that was read. An empty `fallthrough` never falls through."""

    zones: tuple[Name, ...]
    qclass: int
    qtype: int
    patterns: list[Any] = field(default_factory=list)
    variables: dict[str, Expression] = field(default_factory=dict)
    conditions: list[Expression] = field(default_factory=list)
    templates: dict[str, list[Template]] = field(default_factory=lambda: {section: [] for section in SECTIONS})
    rcode: int = codes.NOERROR
    opt: Opt | None = None
    fallthrough: tuple[Name, ...] = ()
    doubts: list[CorefileError] = field(default_factory=list)  # about templates that may never give a record

    @cached_property
    def fields(self) -> frozenset[str]:
        """What the templates look at."""
        return frozenset().union(*(template.fields for found in self.templates.values() for template in found))

    @property
    def of_the_question(self) -> bool:
        """Is everything that the rule does decided by the question, its EDNS and its transport?"""
        expressions = [*self.variables.values(), *self.conditions]
        return self.fields <= OF_THE_QUESTION and not any(expression.names & PERSONAL for expression in expressions)

    def match(self, query: Query) -> Match | None:
        """How the rule takes a query, None if it leaves it to others. Raises `Refused`."""
        zone = longest_match(query.name, self.zones)
        if zone is None or not self._asked(query):
            return None
        name = name_text(query.name)
        for pattern in self.patterns or [_EVERYTHING]:
            groups = match_groups(pattern, name)
            if groups is None:
                continue
            match = self._matched(query, name_text(zone), name, pattern, groups)
            if self._holds(match):
                return match
            break
        if not any(is_subdomain(query.name, zone) for zone in self.fallthrough):
            raise Refused
        return None

    def _asked(self, query: Query) -> bool:
        return _takes(self.qclass, query.qclass) and _takes(self.qtype, query.qtype)

    def _matched(self, query: Query, zone: str, name: str, pattern: Any, groups: list[str]) -> Match:
        named = {name: groups[number] for name, number in pattern.groupindex.items()}
        return Match(
            query,
            zone,
            name,
            pattern.pattern,
            groups,
            Texts({str(number): group for number, group in enumerate(groups)} | named),
            codes.CLASS_TEXT.get(query.qclass if query.qclass != _ANY else self.qclass, ""),
            codes.TYPE_TEXT.get(query.qtype if query.qtype != _ANY else self.qtype, ""),
        )

    def _holds(self, match: Match) -> bool:
        """Evaluates variables and conditions. Raises `Refused` if one of them has no value."""
        try:
            for name, expression in self.variables.items():
                match.variables[name] = expression.evaluate(match, match.variables)
            return all(condition.evaluate(match, match.variables) is True for condition in self.conditions)
        except EvaluationError:
            raise Refused from None

    def records(self, section: str, match: Match) -> Iterator[Record]:
        """The records of a section. Raises `Failed`."""
        for template in self.templates[section]:
            try:
                text = template.render(match.struct(template.fields))
            except TemplateFailed as error:
                raise Failed(str(error), section, template.text, filled=False) from None
            try:
                yield parse_record(text)
            except ValueError as error:
                raise Failed(str(error), section, template.text, filled=True) from None


def _takes(wanted: int, asked: int) -> bool:
    return wanted == asked or _ANY in (wanted, asked)
