"""The reply that is asked for most: addresses of the very name in the question, all with one TTL.

Most of these only pass through, from an upstream to a client and into the cache, and nobody looks at single records. So
the answer section stays as it is in a message, sealed; who asks for its records gets them as those of any other reply.
"""

from typing import Final

from clusterdns.dns import codes
from clusterdns.dns.query import HEADER_SIZE
from clusterdns.dns.rdata import ADDRESS_SIZES
from clusterdns.dns.record import FIXED, Record
from clusterdns.dns.reply import Reply
from clusterdns.dns.wire import QUESTION_POINTER

_OWNER: Final = len(QUESTION_POINTER)
_HEAD: Final = _OWNER + FIXED.size  # octets of a record before its address
_KIND: Final = 4  # octets of type and class
_TTL_BEGINS, _TTL_ENDS = _HEAD - 6, _HEAD - 2
# By type and class: what a record begins with, what stands between its TTL and its address, and its octets.
_FORMS: Final = {
    kind: (QUESTION_POINTER + kind, size.to_bytes(2, "big"), _HEAD + size)
    for rtype, size in ADDRESS_SIZES.items()
    for kind in [rtype.to_bytes(2, "big") + codes.IN.to_bytes(2, "big")]
}


class Addresses(Reply):
    """Addresses of the name in `question`, which is spelled name, type and class; `ttl` counts seconds.

    `sealed` is the answer section behind that question, of `count` records. Once somebody has asked for the `answer`,
    or replaced it, it is empty, and this is a reply like any other.
    """

    __slots__ = ("_answer", "count", "question", "sealed", "ttl")

    def __init__(self, rcode: int, flags: int, question: bytes, sealed: bytes, count: int) -> None:
        Reply.__init__(self, rcode, flags)  # `super` takes twice as long
        self.question = question
        self.sealed = sealed
        self.count = count
        self.ttl = int.from_bytes(sealed[_TTL_BEGINS:_TTL_ENDS], "big")

    @property
    def answer(self) -> list[Record]:
        """The records."""
        if self.sealed:
            owner, rtype, ttl = self.question[:-4], int.from_bytes(self.question[-4:-2], "big"), self.ttl
            self.answer = [Record(owner, rtype, ttl, piece[_HEAD:], tail=piece[_OWNER:]) for piece in self._pieces()]
        return self._answer

    @answer.setter
    def answer(self, records: list[Record]) -> None:
        self._answer = records
        self.sealed = b""

    @property
    def has_several(self) -> bool:
        if not self.sealed:
            return super().has_several
        return self.count > 1 or len(self.authority) > 1 or len(self.additional) > 1

    @property
    def counts(self) -> tuple[int, int, int]:
        return self.count if self.sealed else len(self._answer), len(self.authority), len(self.additional)

    @property
    def size(self) -> int:
        if not self.sealed or self.authority or self.additional:
            return super().size
        return len(self.sealed) + self.count * (len(self.question) - _KIND - _OWNER)

    def is_all(self, question: bytes) -> bool:
        """Is the answer sealed, one to this question, and all there is?"""
        return self.question == question and not (not self.sealed or self.authority or self.additional)

    def set_ttl(self, ttl: int) -> None:
        """Gives the sealed records another TTL."""
        sealed, octets = self.sealed, ttl.to_bytes(4, "big")
        self.ttl = ttl
        if self.count == 1:
            self.sealed = sealed[:_TTL_BEGINS] + octets + sealed[_TTL_ENDS:]
        else:
            self.sealed = b"".join([piece[:_TTL_BEGINS] + octets + piece[_TTL_ENDS:] for piece in self._pieces()])

    def _pieces(self) -> list[bytes]:
        """The sealed records, each as it stands in a message."""
        step = len(self.sealed) // self.count
        return [self.sealed[at : at + step] for at in range(0, len(self.sealed), step)]


def read_addresses(wire: bytes, rcode: int, flags: int, count: int, question: bytes) -> Addresses | None:
    """The reply of a message that repeats the question, with so many records in its answer and no other sections yet.

    None if the answer is not what `Addresses` are for.
    """
    form = _FORMS.get(question[-4:])
    if form is None:
        return None
    beginning, middle, step = form
    begin = HEADER_SIZE + len(question)
    head, end = wire[begin : begin + _HEAD], begin + count * step
    if end > len(wire) or not head.startswith(beginning) or not head.endswith(middle):
        return None
    if count > 1 and any(not wire.startswith(head, at) for at in range(begin + step, end, step)):
        return None
    return Addresses(rcode, flags, question, wire[begin:end], count)
