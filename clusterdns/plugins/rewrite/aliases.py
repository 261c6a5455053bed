"""The rule that leads aliases elsewhere: another target for a CNAME, and what the server itself answers for that."""

from clusterdns.dns import codes
from clusterdns.dns.names import BadName, encode_name, name_text
from clusterdns.dns.query import Query
from clusterdns.dns.reply import NEVER
from clusterdns.plugins.rewrite.changes import Cell, Draft, SlowChange
from clusterdns.plugins.rewrite.matching import Match
from clusterdns.plugins.rewrite.rules import Changes, Rule


class AliasChange(SlowChange):
    """Gives CNAMEs another target; what followed them in the answer is asked anew."""

    def __init__(self, match: Match, replacement: str) -> None:
        self._match = match
        self._replacement = replacement

    async def ask(self, draft: Draft, cell: Cell) -> None:
        """See `SlowChange`. An alias whose new target nobody says anything about stays as it was.

        Raises `BadName` for a new target that is none; one without final dot is none to CoreDNS.
        """
        if cell.record.rtype != codes.CNAME:
            return
        old, query = cell.record.rdata, draft.query
        text = self._match.replace(name_text(old), self._replacement)
        if text is None:
            return
        if not text.endswith("."):
            raise BadName(f"'{text}' has no final dot")
        new = encode_name(text)
        query.rename(new)
        found = await query.server.ask(query, new, query.qtype)
        if found is None:
            draft.reply.good_until = NEVER
            return
        draft.answer = [*_aliases_to(draft.answer, old, new), *(Cell(record) for record in found.answer)]
        draft.reply.flags = draft.reply.flags & ~codes.TC | found.flags & codes.TC
        draft.reply.good_until = min(draft.reply.good_until, found.good_until)
        draft.reply.case_zone = draft.reply.still = None


def _aliases_to(answer: list[Cell], old: bytes, new: bytes) -> list[Cell]:
    """The CNAMEs of an answer up to the first with the old target, which gets the new one."""
    aliases = []
    for cell in answer:
        if cell.record.rtype == codes.CNAME:
            aliases.append(cell)
            if cell.record.rdata == old:
                cell.record = cell.record.with_rdata(new)
                break
    return aliases


class AliasRule(Rule):
    """Leads aliases elsewhere, whatever was asked."""

    def __init__(self, match: Match, replacement: str, *, stop: bool) -> None:
        super().__init__(stop=stop)
        self._changes = (AliasChange(match, replacement),)

    def apply(self, query: Query) -> Changes | None:
        return self._changes
