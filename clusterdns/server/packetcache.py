"""Whole replies by whole questions: what is asked again is answered without a chain.

Kept is only what a plugin declared good for a while (`Reply.good_until`): nothing but the question decided it. The key
is the query without its ID, so flags, case, type, EDNS and its options all count. Positive and negative replies have
rooms of their own, so that a flood of names that don't exist pushes out none that do. Knows no plugin.
"""

from typing import Final

from clusterdns.dns.codes import NOERROR
from clusterdns.dns.edns import COOKIE
from clusterdns.dns.query import Query
from clusterdns.dns.reply import Reply
from clusterdns.plugins.base import World

MOST_REPLIES: Final = 32_768
MOST_OCTETS: Final = 32 << 20  # of questions and replies


class Kept:
    """One reply without its ID, until when it is good, and how often it was used since that was last counted."""

    __slots__ = ("counts", "good_until", "tail", "uses")

    def __init__(self, query: Query, reply: Reply, message: bytes) -> None:
        self.tail = message[2:]
        self.good_until = reply.good_until
        self.counts = tuple(query.counts)
        self.uses = 0

    def settle(self) -> None:
        """Counts the uses in the metrics."""
        if self.uses:
            for count in self.counts:
                count(self.uses)
        self.uses = 0


class _Room:
    """So many replies, and no more octets than that; a full room is emptied."""

    def __init__(self) -> None:
        self.replies: dict[bytes, Kept] = {}
        self.octets = 0

    def put(self, key: bytes, kept: Kept) -> None:
        octets = len(key) + len(kept.tail)
        if len(self.replies) >= MOST_REPLIES or self.octets + octets > MOST_OCTETS:
            self.clear()
        self.replies[key] = kept
        self.octets += octets

    def drop(self, key: bytes) -> None:
        kept = self.replies.pop(key, None)
        if kept is not None:
            self.octets -= len(key) + len(kept.tail)
            kept.settle()

    def settle(self) -> None:
        for kept in self.replies.values():
            kept.settle()

    def clear(self) -> None:
        self.settle()
        self.replies.clear()
        self.octets = 0


class PacketCache:
    """The kept replies of one server address, transport and IP version."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._revision = world.revision
        self._positive = _Room()
        self._negative = _Room()

    def get(self, wire: bytes, now: float) -> bytes | None:
        """The reply to the very same question, with the ID of this one; `now` is the clock's reading in seconds."""
        if self._revision != self._world.revision:
            self.clear()
        key = wire[2:]
        kept = self._positive.replies.get(key) or self._negative.replies.get(key)
        if kept is None or kept.good_until <= now:
            return None
        kept.uses += 1
        return wire[:2] + kept.tail

    def keep(self, query: Query, reply: Reply, message: bytes, revision: int) -> None:
        """Keeps a reply that was begun at a revision of the world; not if the world was revised since.

        A question that carries a cookie is nobody else's, so its reply is not kept.
        """
        if query.opt is not None and any(code == COOKIE for code, _ in query.opt.options):
            return
        if self._revision != self._world.revision:
            self.clear()
        if revision != self._revision:
            return
        key = query.wire[2:]
        self._positive.drop(key)
        self._negative.drop(key)
        room = self._positive if reply.rcode == NOERROR and reply.answer else self._negative
        room.put(key, Kept(query, reply, message))

    def settle(self) -> None:
        """Counts all uses that are not yet in the metrics."""
        self._positive.settle()
        self._negative.settle()

    def clear(self) -> None:
        """Forgets all replies."""
        self._positive.clear()
        self._negative.clear()
        self._revision = self._world.revision
