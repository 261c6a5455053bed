"""Replies as the packet cache has them: one by itself, or what all replies of a family have in common.

Each knows until when it is good, how it is put together with a question's own octets, and how often it was given since
that was last counted. Knows no room and no plugin.
"""

from typing import Final

from clusterdns.dns.codes import NOERROR
from clusterdns.dns.names import ROOT, Name
from clusterdns.dns.query import HEADER, Query
from clusterdns.dns.reply import Family, Reply

LARGEST: Final = 4096
"""Octets of the largest reply that is kept."""
ID: Final = 2  # octets
TYPE_AND_CLASS: Final = 4  # octets
_TO_QUESTION: Final = b"\xc0\x0c"  # a pointer to the question's name


class Counted:
    """How often a reply was given since that was last counted in the metrics."""

    __slots__ = ("_counts", "_sized_counts")

    def __init__(self, query: Query) -> None:
        self._counts = tuple(query.counts)
        self._sized_counts = tuple(query.sized_counts)

    def count(self, times: int, asked: int = 0, answered: int = 0) -> None:
        """Counts `times` replies to queries that were longer by `asked` octets, as the replies by `answered`."""
        for count in self._counts:
            count(times)
        for sized in self._sized_counts:
            sized(times, asked, answered)


class Kept(Counted):
    """One reply, until when it is good, and its uses.

    `tail` is the message without its ID. `parts` are the records and the OPT record, cut wherever the zone is mentioned
    that has the question's case, and without the cookie at the end, if the reply echoes one.
    """

    __slots__ = ("good_until", "head", "length", "parts", "positive", "tail", "tells", "uses", "zone")

    def __init__(self, query: Query, reply: Reply, message: bytes) -> None:
        super().__init__(query)
        self.tail = message[ID:]
        self.length = len(self.tail)
        self.tells = tuple(query.tells)
        self.good_until = reply.good_until
        self.positive = reply.rcode == NOERROR and bool(reply.answer)
        self.uses = 0
        self.head = message[ID : HEADER.size]
        self.zone = 0
        self.parts: list[bytes] = []

    def cut(self, query: Query, reply: Reply, zone: Name, opt: bytes, cookie: int) -> bool:
        """Makes the parts; False if the reply put together from them could be too large.

        Only in the answer section an owner is the question's name in the question's case; elsewhere, where it may be
        spelled differently, names are written out.
        """
        answer = [
            (_TO_QUESTION if record.owner == query.spelled else record.owner) + record.tail for record in reply.answer
        ]
        others = [record.owner + record.tail for record in (*reply.authority, *reply.additional)]
        rest = b"".join([*answer, *others, opt])
        self.zone = len(zone)
        self.parts = rest.split(query.spelled[len(query.spelled) - len(zone) :]) if zone != ROOT else [rest]
        return HEADER.size + len(query.spelled) + TYPE_AND_CLASS + len(rest) + cookie <= min(query.size, LARGEST)

    def settle(self) -> None:
        """Counts the uses in the metrics."""
        if self.uses:
            self.count(self.uses)
        self.uses = 0


class Relatives(Counted):
    """A family and what its replies have in common: header without ID, OPT record without cookie; and the uses of each
    length of name.
    """

    __slots__ = ("answer", "family", "head", "length", "opt", "uses")

    def __init__(self, query: Query, family: Family, head: bytes, opt: bytes) -> None:
        super().__init__(query)
        self.family = family
        self.answer = family.answer
        self.head = head
        self.opt = opt
        self.length = len(query.name)
        self.uses = [0] * 256

    def settle(self) -> None:
        """Counts the uses in the metrics."""
        for length, uses in enumerate(self.uses):
            if uses:
                longer = length - self.length
                self.count(uses, longer, longer * self.family.mentions)
                self.uses[length] = 0
