"""Replies as the packet cache has them: one by itself, or what all replies of a family have in common.

Each knows until when it is good, how it is put together with a question's own octets, and how often it was given since
that was last counted. Knows no room and no plugin.
"""

from typing import Final

from clusterdns.dns.codes import NOERROR
from clusterdns.dns.encode import pieces_of
from clusterdns.dns.names import ROOT, Name
from clusterdns.dns.query import HEADER_SIZE, Query
from clusterdns.dns.reply import Family, Reply, Turns
from clusterdns.dns.wire import QUESTION_POINTER

LARGEST: Final = 4096
"""Octets of the largest reply that is kept."""
ID: Final = 2  # octets
TYPE_AND_CLASS: Final = 4  # octets


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


class _Reply(Counted):
    """One reply, until when it is good, and its uses."""

    __slots__ = ("good_until", "head", "length", "positive", "still", "tells", "uses", "zone")

    def __init__(self, query: Query, reply: Reply, message: bytes) -> None:
        super().__init__(query)
        self.length = len(message) - ID
        self.tells = tuple(query.tells)
        self.good_until = reply.good_until
        self.still = reply.still
        self.positive = reply.rcode == NOERROR and bool(reply.answer)
        self.uses = 0
        self.head = message[ID:HEADER_SIZE]
        self.zone = b""  # as the question had it, where the reply mentions it

    def settle(self) -> None:
        """Counts the uses in the metrics."""
        if self.uses:
            self.count(self.uses)
        self.uses = 0

    def _cut(self, octets: bytes) -> list[bytes]:
        return [octets] if self.zone == ROOT else octets.split(self.zone)


class Fixed(_Reply):
    """A reply that is always the same.

    `tail` is the message without its ID. `parts` are the records and the OPT record, cut wherever the zone is mentioned
    that has the question's case, and without the cookie at the end, if the reply echoes one.
    """

    __slots__ = ("parts", "tail")

    def __init__(self, query: Query, reply: Reply, message: bytes) -> None:
        super().__init__(query, reply, message)
        self.tail = message[ID:]
        self.parts: list[bytes] = []

    def cut(self, pieces: list[bytes], opt: bytes, zone: bytes) -> None:
        """Makes the parts of a piece for each record and of the OPT record, both with this zone in them."""
        self.zone = zone
        self.parts = self._cut(b"".join(pieces) + opt)


class Turning(_Reply):
    """A reply whose records take turns: `tail` and `parts` are as above, each time with another order of records."""

    __slots__ = ("_begin", "_draw", "_end", "_opt", "_pieces", "_pieces_to_cut")

    def __init__(self, query: Query, reply: Reply, message: bytes, turns: Turns) -> None:
        super().__init__(query, reply, message)
        self._draw = turns.draw
        self._pieces = pieces_of(query.asked, turns.records)
        begin = HEADER_SIZE + len(query.question)
        self._begin, self._end = message[ID:begin], message[begin + sum(map(len, self._pieces)) :]
        self._pieces_to_cut, self._opt = self._pieces, b""

    @property
    def tail(self) -> bytes:
        pieces = self._pieces
        return self._begin + b"".join([pieces[place] for place in self._draw()]) + self._end

    @property
    def parts(self) -> list[bytes]:
        pieces = self._pieces_to_cut
        return self._cut(b"".join([pieces[place] for place in self._draw()]) + self._opt)

    def cut(self, pieces: list[bytes], opt: bytes, zone: bytes) -> None:
        """As above; the pieces are in the order that turns are drawn of."""
        self.zone = zone
        self._pieces_to_cut, self._opt = pieces, opt


Kept = Fixed | Turning


def make_kept(query: Query, reply: Reply, message: bytes) -> Kept | None:
    """A reply to be kept, and its message. None if its records take turns and did not fit as they are.

    How many fit, and how well they can be compressed, depends on their order.
    """
    turns = reply.turns
    if turns is None:
        return Fixed(query, reply, message)
    if not message.startswith(b"".join(pieces_of(query.asked, reply.records)), HEADER_SIZE + len(query.question)):
        return None
    return Turning(query, reply, message, turns)


def cut(kept: Kept, query: Query, reply: Reply, zone: Name, opt: bytes, cookie: int) -> bool:
    """Makes the parts of a reply; False if it could be too large when it is put together from them.

    Only in the answer section an owner is the question's name in the question's case; elsewhere, where it may be
    spelled differently, names are written out.
    """
    spelled, answers = query.spelled, len(reply.answer)
    records = reply.records if reply.turns is None else reply.turns.records
    pieces = [
        (QUESTION_POINTER if place < answers and record.owner == spelled else record.owner) + record.tail
        for place, record in enumerate(records)
    ]
    kept.cut(pieces, opt, spelled[len(spelled) - len(zone) :])
    length = HEADER_SIZE + len(spelled) + TYPE_AND_CLASS + sum(map(len, pieces)) + len(opt) + cookie
    return length <= min(query.size, LARGEST)


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
