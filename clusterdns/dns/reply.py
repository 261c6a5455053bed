"""A reply: what a plugin answers. Records in wire form, a response code, flags, and for how long it may be reused.

Plugins make one (`Reply.to`), or change the one that the next plugin returned. Knows nothing of sizes, sockets and
compression; `encode` turns it into bytes.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final, NamedTuple, Protocol

from clusterdns.dns import codes
from clusterdns.dns.edns import Opt
from clusterdns.dns.names import Name
from clusterdns.dns.query import OPCODE, Query
from clusterdns.dns.record import Record
from clusterdns.dns.tsig import Secrets, Signer

NEVER: Final = 0.0
FOREVER: Final = float("inf")


class Reply:
    """An answer in the making.

    `good_until` says until when, in the clock's seconds, the very same bytes would answer the same question from any
    client: `FOREVER` when nothing but the question and the table decided, `NEVER` (the default) when anything else
    did. Plugins only ever lower it. Of records that take turns (`turns`) the order may be another.

    When the cluster's names have changed, a reply with `still` is given again if that says that it would still be the
    same, and one without never.
    """

    __slots__ = (
        "additional", "answer", "authority", "case_zone", "family", "flags", "good_until", "opt", "rcode", "signer",
        "still", "transfer", "turns",
    )  # fmt: skip

    def __init__(self, rcode: int = codes.NOERROR, flags: int = 0) -> None:
        self.rcode = rcode
        self.flags = flags  # AA, TC, RD, RA, AD and CD as in the header
        self.answer: list[Record] = []
        self.authority: list[Record] = []
        self.additional: list[Record] = []
        self.opt: Opt | None = None  # options of its own, such as an extended error; None echoes the client's
        self.good_until = NEVER
        # The zone whose every mention in the reply has the case of the question; None if that is not so.
        self.case_zone: Name | None = None
        self.family: Family | None = None  # that the reply is one of
        self.still: Callable[[], bool] | None = None
        self.transfer: Iterable[list[Record]] | None = None  # of a zone transfer: records, message by message
        self.turns: Turns | None = None
        self.signer: Signer | None = None  # of what goes to the client

    @classmethod
    def to(cls, query: Query, rcode: int = codes.NOERROR, flags: int = 0) -> "Reply":
        """An empty reply to a query, RD and CD as asked (not for NOTIFY), with further `flags`, often `codes.AA`."""
        if not query.flags & OPCODE:
            flags |= query.flags & (codes.RD | codes.CD)
        return cls(rcode, flags)

    def copy(self) -> "Reply":
        """Another reply of the same content, to change without changing this one.

        It is one of no family and has no `still`. Of records that take turns it shows the order of now, never another.
        """
        return self.with_records(list(self.answer), list(self.authority), list(self.additional))

    def with_records(self, answer: list[Record], authority: list[Record], additional: list[Record]) -> "Reply":
        """As `copy`, with other records."""
        other = Reply(self.rcode, self.flags)
        other.answer = answer
        other.authority = authority
        other.additional = additional
        other.opt = self.opt
        other.good_until = self.good_until if self.turns is None else NEVER
        other.case_zone = self.case_zone
        other.transfer = self.transfer
        other.signer = self.signer
        return other

    @property
    def records(self) -> list[Record]:
        """All records, section after section; not to be changed."""
        if not self.authority and not self.additional:
            return self.answer
        return [*self.answer, *self.authority, *self.additional]

    @property
    def has_several(self) -> bool:
        """Is there a section with more than one record?"""
        return len(self.answer) > 1 or len(self.authority) > 1 or len(self.additional) > 1

    @property
    def counts(self) -> tuple[int, int, int]:
        """How many records there are in each section."""
        return len(self.answer), len(self.authority), len(self.additional)

    @property
    def size(self) -> int:
        """Octets of all records, uncompressed."""
        size = 0
        for record in self.records:
            size += len(record.owner) + len(record.tail)
        return size

    def take_turns(self, draw: "Draw") -> None:
        """Has `draw` order the records, now and whenever the reply is given again. It must keep the sections apart."""
        self.turns = Turns(self.records, draw)
        records = self.turns.next()
        answer, authority = len(self.answer), len(self.answer) + len(self.authority)
        self.answer, self.authority, self.additional = records[:answer], records[answer:authority], records[authority:]


Draw = Callable[[], Sequence[int]]
"""Draws an order: the place of each record, counted from 0 through all sections, exactly once."""


class Turns(NamedTuple):
    """Records that take turns: `records` are those of all sections in the order that `draw` speaks of."""

    records: list[Record]
    draw: Draw

    def next(self) -> list[Record]:
        """The records in another order."""
        return [self.records[place] for place in self.draw()]


class Family(Protocol):
    """Replies that differ only by what follows from the name: denials of all names that a zone lacks, for example.

    A plugin whose reply is one of a family, and good for ever, names it in `Reply.family`; whoever knows one reply of
    the family can then make the others without asking the plugin, also after a change of the cluster's names.
    """

    plugin: str  # that vouches for it
    zone: Name  # in which all names of the family are
    children: bool  # that they are exactly one label below the zone
    mentions: int  # of the name in a whole uncompressed reply, the question's included

    def answer(self, name: Name) -> bytes | None:
        """The records of the reply for another name, question and OPT left out; None if the name is not of the family.

        There are as many in each section as in the reply that named the family. Names in them point into the question,
        whose name begins at octet 12.
        """


class Unanswered(Exception):
    """Raised by a plugin that has no reply, so that plugins above it leave the matter alone.

    The server then answers with the bare `rcode`. `reason` goes to the log, by the errors plugin.
    """

    def __init__(self, rcode: int = codes.SERVFAIL, reason: str = "", plugin: str = "") -> None:
        super().__init__(f"plugin/{plugin}: {reason}" if plugin else reason)
        self.rcode = rcode
        self.reason = reason
        self.plugin = plugin


class Failure(Reply):
    """A reply written in place of `Unanswered`, by a plugin that changes what the client gets to see.

    `cause` says why there is no better one, for the errors plugin. A copy is a plain reply.
    """

    __slots__ = ("cause",)

    cause: Unanswered


class Dropped(Exception):
    """Raised by a plugin that lets the client go without any answer."""


class Asker(Protocol):
    """The server that a query came to, which can be asked again on the query's behalf."""

    @property
    def address(self) -> str:
        """What CoreDNS calls the server in metrics, for example `dns://:53`."""

    @property
    def echoed(self) -> Collection[int]:
        """Codes of the EDNS options that replies give back."""

    @property
    def secrets(self) -> Secrets:
        """With which queries may be signed."""

    async def ask(self, query: Query, spelled: bytes, qtype: int) -> Reply | None:
        """Asks itself another question, for example for the target of a CNAME; None when nothing answers."""
