"""Rules: what they change in a query, and what that means for the reply.

Those about EDNS and about targets of aliases are in `edns` and `aliases`. Knows queries, no chain and no Corefile.
"""

from collections.abc import Sequence

from clusterdns.dns.names import BadName, encode_name
from clusterdns.dns.query import Query
from clusterdns.plugins.rewrite.changes import Change, OwnerChange, ValueChange, rename_below
from clusterdns.plugins.rewrite.matching import Match, text_of

Changes = Sequence[Change]


class Invalid(Exception):
    """What a query's name was to become is no name."""


class Rule:
    """One rule. `stop` says that no other is looked at after it was applied."""

    personal = False  # does anything but the question, its EDNS and its transport decide?
    spelled = False  # does the case of the name decide?
    echoed: tuple[int, ...] = ()  # codes of the EDNS options that replies give back since there is such a rule

    def __init__(self, *, stop: bool) -> None:
        self.stop = stop

    def apply(self, query: Query) -> Changes | None:
        """Changes the query and returns what is to be done to its reply, None if the rule is not for it.

        Raises `Invalid`.
        """
        raise NotImplementedError

    def spares(self, zone: str) -> bool:
        """Is it certain that the rule is for no name in the zone?"""
        return False


class NameRule(Rule):
    """Asks for another name. `auto` puts the names of the reply back; `changes` are made before that."""

    spelled = True

    def __init__(self, match: Match, replacement: str, *, auto: bool, changes: Changes, stop: bool) -> None:
        super().__init__(stop=stop)
        self._match = match
        self._replacement = replacement
        self._auto = auto
        self._changes = changes

    def apply(self, query: Query) -> Changes | None:
        before = query.name
        text = self._match.replace(text_of(before), self._replacement)
        if text is None:
            return None
        try:
            after = encode_name(text)
        except BadName:
            raise Invalid(text) from None
        query.rename(after)
        if not self._auto:
            return self._changes
        rename = rename_below(after, before)
        return [OwnerChange(rename), ValueChange(rename), *self._changes]

    def spares(self, zone: str) -> bool:
        return self._match.spares(zone)


class TypeRule(Rule):
    """Asks for another type of records."""

    def __init__(self, old: int, new: int, *, stop: bool) -> None:
        super().__init__(stop=stop)
        self._old = old
        self._new = new

    def apply(self, query: Query) -> Changes | None:
        if query.qtype != self._old:
            return None
        query.retype(self._new, query.qclass)
        return ()


class ClassRule(Rule):
    """Asks for records of another class."""

    def __init__(self, old: int, new: int, *, stop: bool) -> None:
        super().__init__(stop=stop)
        self._old = old
        self._new = new

    def apply(self, query: Query) -> Changes | None:
        if query.qclass != self._old:
            return None
        query.retype(query.qtype, self._new)
        return ()


class ReplyRule(Rule):
    """Changes only replies, for some names."""

    def __init__(self, match: Match, change: Change, *, stop: bool) -> None:
        super().__init__(stop=stop)
        self._match = match
        self._changes = (change,)

    def apply(self, query: Query) -> Changes | None:
        return self._changes if self._match.takes(text_of(query.name)) else None

    def spares(self, zone: str) -> bool:
        return self._match.spares(zone)
