"""What a template and its expressions can see: the query, and how the rule matched it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from clusterdns.corefile.expression import ANY, STRING, Function
from clusterdns.corefile.expression.queries import metadata, query_functions
from clusterdns.dns import codes
from clusterdns.dns.names import name_text
from clusterdns.dns.query import Query
from clusterdns.plugins.template.gotemplate import Struct, Texts

OF_THE_QUESTION: Final = frozenset({"Zone", "Name", "Regex", "Match", "Group", "Class", "Type", "Var"})
"""Fields that are the same for whoever asks the same, in whatever case; variables if their expressions are."""


@dataclass(slots=True)
class Match:
    """A query that a rule took."""

    query: Query
    zone: str
    name: str
    regex: str
    match: list[str]
    group: Texts
    qclass: str
    qtype: str
    variables: dict[str, Any] = field(default_factory=dict)

    def struct(self, fields: Iterable[str]) -> Struct:
        """The root of a template that looks at these fields."""
        return Struct(**{name: _FIELDS[name](self) for name in fields})


def _question(query: Query) -> Struct:
    return Struct(Name=name_text(query.spelled), Qtype=query.qtype, Qclass=query.qclass)


def _message(query: Query) -> Struct:
    flags = query.flags
    return Struct(
        Id=query.id,
        Response=False,
        Opcode=query.opcode,
        Authoritative=bool(flags & codes.AA),
        Truncated=bool(flags & codes.TC),
        RecursionDesired=bool(flags & codes.RD),
        RecursionAvailable=bool(flags & codes.RA),
        Zero=bool(flags & 0x40),
        AuthenticatedData=bool(flags & codes.AD),
        CheckingDisabled=bool(flags & codes.CD),
        Rcode=flags & 0xF,
        Question=[_question(query)],
    )


def _meta(match: Match) -> Callable[[str], str]:
    return lambda label: metadata(match.query, label)


_FIELDS: Final[dict[str, Callable[[Match], Any]]] = {
    "Zone": lambda match: match.zone,
    "Name": lambda match: match.name,
    "Regex": lambda match: match.regex,
    "Match": lambda match: match.match,
    "Group": lambda match: match.group,
    "Class": lambda match: match.qclass,
    "Type": lambda match: match.qtype,
    "Message": lambda match: _message(match.query),
    "Question": lambda match: _question(match.query),
    "Remote": lambda match: match.query.client[0],
    "Var": lambda match: match.variables,
    "Meta": _meta,
}
FIELDS: Final = tuple(_FIELDS)
"""What templates can look at."""


def _group(match: Match, key: Any) -> str:
    return match.group.get(str(key), "") if isinstance(key, (int, str)) else ""


def _query(match: Match) -> Query:
    return match.query


FUNCTIONS: Final = {**query_functions(_query), "group": Function((ANY,), STRING, _group)}
"""What expressions can ask about a `Match`."""
