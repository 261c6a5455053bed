"""The room that kept replies have: found by question, bounded in number and octets, each kind by itself.

Knows no query.
"""

from typing import Final

from clusterdns.server.kept import Kept

MOST_REPLIES: Final = 32_768
MOST_OCTETS: Final = 32 << 20  # of questions and replies of a kind


class Room:
    """Kept replies by question. When there are too many positive or too many negative ones, all of that kind go."""

    def __init__(self) -> None:
        self.replies: dict[bytes, Kept] = {}
        """Those of both kinds."""
        self._counts = {True: 0, False: 0}  # of positive replies, and of negative ones
        self._octets = {True: 0, False: 0}

    def put(self, key: bytes, kept: Kept) -> None:
        """Keeps a reply, in place of the one that there was."""
        self.drop(key)
        kind, octets = kept.positive, len(key) + kept.length
        if self._counts[kind] >= MOST_REPLIES or self._octets[kind] + octets > MOST_OCTETS:
            for other in [other for other, each in self.replies.items() if each.positive == kind]:
                self.drop(other)
        self.replies[key] = kept
        self._counts[kind] += 1
        self._octets[kind] += octets

    def drop(self, key: bytes) -> None:
        """Forgets the reply to a question, if there is one."""
        kept = self.replies.pop(key, None)
        if kept is not None:
            kept.settle()
            self._counts[kept.positive] -= 1
            self._octets[kept.positive] -= len(key) + kept.length

    def settle(self) -> None:
        """Counts the uses in the metrics."""
        for kept in self.replies.values():
            kept.settle()

    def clear(self) -> None:
        """Forgets all replies."""
        self.settle()
        self.replies.clear()
        self._counts = {True: 0, False: 0}
        self._octets = {True: 0, False: 0}
