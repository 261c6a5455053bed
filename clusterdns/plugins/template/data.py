"""What a template and its expressions can see: the query, and how the rule matched it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from clusterdns.corefile.expression import ANY, STRING, Function
from clusterdns.corefile.expression.queries import metadata, query_functions
from clusterdns.dns import codes
from clusterdns.dns.names import name_text
from clusterdns.dns.query import Query
from clusterdns.plugins.template.gotemplate import Struct

FIELDS: Final = (
    "Zone", "Name", "Regex", "Match", "Group", "Class", "Type", "Message", "Question", "Remote", "Var", "Meta",
)  # fmt: skip
OF_THE_QUESTION: Final = frozenset({"Zone", "Name", "Regex", "Match", "Group", "Class", "Type"})
"""Fields that are the same for whoever asks the same, in whatever case."""


@dataclass(slots=True)
class Match:
    """A query that a rule took."""

    query: Query
    zone: str
    name: str
    regex: str
    match: Sequence[str]
    group: Mapping[str, str]
    qclass: str
    qtype: str
    variables: dict[str, Any] = field(default_factory=dict)

    def struct(self) -> Struct:
        """The root of a template."""
        query = self.query
        return Struct(
            Zone=self.zone,
            Name=self.name,
            Regex=self.regex,
            Match=list(self.match),
            Group=self.group,
            Class=self.qclass,
            Type=self.qtype,
            Message=_message(query),
            Question=_question(query),
            Remote=query.client[0],
            Var=self.variables,
            Meta=lambda label: metadata(query, label),
        )


def _question(query: Query) -> Struct:
    return Struct(Name=name_text(query.spelled), Qtype=query.qtype, Qclass=query.qclass)


def _message(query: Query) -> Struct:
    flags = query.flags
    return Struct(
        Id=query.id,
        Response=False,
        Opcode=flags >> 11 & 0xF,
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


def _group(match: Match, key: Any) -> str:
    return match.group.get(str(key), "") if isinstance(key, (int, str)) else ""


def _query(match: Match) -> Query:
    return match.query


FUNCTIONS: Final = {**query_functions(_query), "group": Function((ANY,), STRING, _group)}
"""What expressions can ask about a `Match`."""
