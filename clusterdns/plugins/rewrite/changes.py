"""What rules do to a reply: names put back or changed, TTLs, response codes, options of EDNS.

A reply is changed record by record, and each record by the last rule first, as in CoreDNS, so that what a chain of
rules did to a name is undone step by step. Knows replies, no rule.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from clusterdns.dns import codes
from clusterdns.dns.edns import Opt
from clusterdns.dns.names import MAX_LENGTH, ROOT, BadName, encode_name, name_text, offset_of
from clusterdns.dns.query import Query
from clusterdns.dns.rdata import names_in
from clusterdns.dns.record import Record
from clusterdns.dns.reply import Dropped, Reply
from clusterdns.plugins.rewrite.matching import Match

_VALUES: Final = frozenset({
    codes.SRV, codes.MX, codes.CNAME, codes.NS, codes.DNAME, codes.NAPTR, codes.SOA, codes.PTR,
})  # fmt: skip
"""Types whose data has a name that is changed, the first one there."""

Rename = Callable[[bytes], bytes]
"""Makes another of a spelled name, or gives it back. Raises `BadName` if that is none."""


class Cell:
    """Where a record of a reply stands."""

    __slots__ = ("record",)

    def __init__(self, record: Record) -> None:
        self.record = record


class Draft:
    """A reply while it is changed. The OPT record, if the reply brings one, is the last of the additional ones."""

    def __init__(self, query: Query, reply: Reply) -> None:
        self.query = query
        self.reply = reply.copy()
        self.reply.still = reply.still
        self.answer = [Cell(record) for record in reply.answer]
        self.authority = [Cell(record) for record in reply.authority]
        self.additional = [Cell(record) for record in reply.additional]
        if reply.opt is not None:
            ttl = reply.opt.version << 16 | reply.opt.flags
            self.additional.append(Cell(Record(ROOT, codes.OPT, ttl, b"", reply.opt.size)))

    @property
    def cells(self) -> list[Cell]:
        """All of them, in the order in which CoreDNS changes them."""
        return [*self.authority, *self.answer, *self.additional]

    def finish(self) -> Reply:
        """The reply as it is now."""
        reply, opt = self.reply, self.reply.opt
        if opt is not None:
            ttl = self.additional.pop().record.ttl
            reply.opt = Opt(opt.size, ttl & 0xFFFF, opt.options, ttl >> 16 & 0xFF, opt.rcode_high)
        reply.answer = [cell.record for cell in self.answer]
        reply.authority = [cell.record for cell in self.authority]
        reply.additional = [cell.record for cell in self.additional]
        return reply


class Change:
    """What is done to each record of a reply; to the reply itself if it has none and the change is one of `whole`."""

    whole = False

    def make(self, draft: Draft, cell: Cell | None) -> None:
        """Changes the draft, at a record or as a whole."""


class SlowChange(Change):
    """A change for which somebody has to be asked. There is none in zone transfers."""

    async def ask(self, draft: Draft, cell: Cell) -> None:
        """As `make`, which does nothing."""
        raise NotImplementedError


class OwnerChange(Change):
    """Gives records other owners."""

    def __init__(self, rename: Rename) -> None:
        self._rename = rename

    def make(self, draft: Draft, cell: Cell | None) -> None:
        if cell is None or cell.record.rtype == codes.OPT:
            return
        owner = self._rename(cell.record.owner)
        if owner != cell.record.owner:
            cell.record = cell.record.with_owner(owner)


class ValueChange(Change):
    """Changes the name that records point at."""

    def __init__(self, rename: Rename) -> None:
        self._rename = rename

    def make(self, draft: Draft, cell: Cell | None) -> None:
        if cell is None or cell.record.rtype not in _VALUES:
            return
        rdata = cell.record.rdata
        for start, end in names_in(cell.record.rtype, rdata)[0][:1]:
            value = self._rename(rdata[start:end])
            if value != rdata[start:end]:
                cell.record = cell.record.with_rdata(rdata[:start] + value + rdata[end:])


class TTLChange(Change):
    """Brings TTLs between two bounds in seconds."""

    def __init__(self, least: int, most: int) -> None:
        self._least = least
        self._most = most

    def make(self, draft: Draft, cell: Cell | None) -> None:
        if cell is not None:
            cell.record = cell.record.with_ttl(min(max(cell.record.ttl, self._least), self._most))


class RcodeChange(Change):
    """Another response code in place of one."""

    whole = True

    def __init__(self, old: int, new: int) -> None:
        self._old = old
        self._new = new

    def make(self, draft: Draft, cell: Cell | None) -> None:
        if draft.reply.rcode == self._old:
            draft.reply.rcode = self._new


class OptionChange(Change):
    """Takes the first EDNS option of a code back to `data` as the client sent it, None if it sent none."""

    def __init__(self, code: int, data: bytes | None) -> None:
        self._code = code
        self._data = data

    def make(self, draft: Draft, cell: Cell | None) -> None:
        if draft.reply.opt is not None:
            draft.reply.opt = self.revert(draft.reply.opt)

    def revert(self, opt: Opt) -> Opt:
        """An OPT record with that option as it was."""
        for at, (code, _) in enumerate(opt.options):
            if code == self._code:
                put_back = () if self._data is None else ((code, self._data),)
                return Opt(
                    opt.size, opt.flags, (*opt.options[:at], *put_back, *opt.options[at + 1 :]), opt.version,
                    opt.rcode_high,
                )  # fmt: skip
        return opt


async def change_reply(query: Query, reply: Reply, changes: Sequence[Change]) -> Reply:
    """Another reply, with all that `changes` do to it. Raises `Dropped` if a name in it would be none."""
    draft, last_first = Draft(query, reply), changes[::-1]
    cells = draft.cells
    try:
        for cell in cells:
            for change in last_first:
                change.make(draft, cell)
                if isinstance(change, SlowChange):
                    await change.ask(draft, cell)
        for change in last_first:
            if change.whole and not cells:
                change.make(draft, None)
    except BadName:
        raise Dropped from None
    changed = draft.finish()
    if changed.transfer is not None:
        changed.transfer = _change_batches(query, changed.transfer, last_first)
    return changed


def _change_batches(
    query: Query, batches: Iterable[list[Record]], last_first: Sequence[Change]
) -> Iterator[list[Record]]:
    """The batches of a zone transfer, changed when they are sent."""
    for records in batches:
        part = Reply()
        part.answer = records
        draft = Draft(query, part)
        for cell in draft.answer:
            for change in last_first:
                change.make(draft, cell)
        yield draft.finish().answer


def rename_below(old: bytes, new: bytes) -> Rename:
    """Names that are `old` or below it become those of `new`."""

    def rename(name: bytes) -> bytes:
        at = offset_of(name, old)
        if at is None or (at and old == ROOT):
            return name
        if at + len(new) > MAX_LENGTH:
            raise BadName(f"'{name_text(name)}' is too long with '{name_text(new)}' at its end")
        return name[:at] + new

    return rename


def rename_matches(match: Match, replacement: str) -> Rename:
    """Names that match become others."""

    def rename(name: bytes) -> bytes:
        text = match.replace(name_text(name), replacement)
        return name if text is None else encode_name(text)

    return rename
