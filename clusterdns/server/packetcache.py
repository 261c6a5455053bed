"""Whole replies by whole questions: what is asked again is answered without a chain.

Kept is only what a plugin declared good for a while (`Reply.good_until`): nothing but the question decided it. The key
is the query without its ID, so flags, case, type, EDNS and transport all count. Positive and negative replies have
rooms of their own, so that a flood of names that don't exist pushes out none that do. Knows no plugin.
"""

from clusterdns.dns.codes import NOERROR
from clusterdns.dns.edns import COOKIE
from clusterdns.dns.query import Query
from clusterdns.dns.reply import Reply
from clusterdns.plugins.base import World

ROOM = 32_768
"""Replies kept per room; a full room is emptied."""


class Kept:
    """One reply without its ID, until when it is good, and how often it was used since that was last counted."""

    __slots__ = ("count_again", "good_until", "tail", "uses")

    def __init__(self, query: Query, reply: Reply, message: bytes) -> None:
        self.tail = message[2:]
        self.good_until = reply.good_until
        self.count_again = query.count_again
        self.uses = 0

    def settle(self) -> None:
        """Counts the uses in the metrics."""
        if self.uses and self.count_again is not None:
            self.count_again(self.uses)
        self.uses = 0


class PacketCache:
    """The kept replies of one address and transport."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._revision = world.revision
        self._positive: dict[bytes, Kept] = {}
        self._negative: dict[bytes, Kept] = {}

    def get(self, wire: bytes, now: float) -> bytes | None:
        """The reply to the very same question, with the ID of this one."""
        if self._revision != self._world.revision:
            self.clear()
        key = wire[2:]
        kept = self._positive.get(key) or self._negative.get(key)
        if kept is None or kept.good_until <= now:
            return None
        kept.uses += 1
        return wire[:2] + kept.tail

    def keep(self, query: Query, reply: Reply, message: bytes) -> None:
        """Keeps a reply, unless the question has what no other client will ask with."""
        if query.opt is not None and any(code == COOKIE for code, _ in query.opt.options):
            return
        room = self._positive if reply.rcode == NOERROR and reply.answer else self._negative
        if len(room) >= ROOM:
            self._empty(room)
        key = query.wire[2:]
        if (before := room.get(key)) is not None:
            before.settle()
        room[key] = Kept(query, reply, message)

    def settle(self) -> None:
        """Counts all uses that are not yet in the metrics."""
        for room in (self._positive, self._negative):
            for kept in room.values():
                kept.settle()

    def clear(self) -> None:
        """Forgets all replies."""
        self._empty(self._positive)
        self._empty(self._negative)
        self._revision = self._world.revision

    def _empty(self, room: dict[bytes, Kept]) -> None:
        for kept in room.values():
            kept.settle()
        room.clear()
