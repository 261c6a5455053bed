"""Where kept replies are: found by a key, doubted when the cluster's names have changed, bounded in number and octets.

Knows no query.
"""

from typing import Final

from clusterdns.server.kept import Kept

MOST_REPLIES: Final = 32_768
MOST_OCTETS: Final = 32 << 20  # of questions and replies of a kind


class Known:
    """Replies by key. Those in doubt are looked at again when they are next asked for."""

    __slots__ = ("doubted", "replies")

    def __init__(self) -> None:
        self.replies: dict[bytes, Kept] = {}
        """Those that are beyond doubt."""
        self.doubted: dict[bytes, Kept] = {}

    def get(self, key: bytes) -> Kept | None:
        """The reply of a key, if it still is right."""
        kept = self.replies.get(key)
        if kept is not None or not self.doubted:
            return kept
        kept = self.doubted.get(key)
        if kept is None:
            return None
        if kept.still is None or not kept.still():
            self.drop(key)
            return None
        del self.doubted[key]
        self.replies[key] = kept
        return kept

    def put(self, key: bytes, kept: Kept) -> None:
        """Keeps a reply, in place of the one that there was."""
        self.drop(key)
        self.replies[key] = kept

    def drop(self, key: bytes) -> Kept | None:
        """Forgets the reply of a key, which is returned if there was one."""
        kept = self.replies.pop(key, None) or self.doubted.pop(key, None)
        if kept is not None:
            kept.settle()
        return kept

    def doubt(self) -> None:
        """From now on each reply may be wrong."""
        self.doubted.update(self.replies)
        self.replies.clear()

    def keys(self, *, positive: bool) -> list[bytes]:
        """The keys of all replies of a kind."""
        everything = (*self.replies.items(), *self.doubted.items())
        return [key for key, kept in everything if kept.positive == positive]

    def settle(self) -> None:
        """Counts the uses in the metrics."""
        for kept in (*self.replies.values(), *self.doubted.values()):
            kept.settle()

    def clear(self) -> None:
        """Forgets all replies."""
        self.settle()
        self.replies.clear()
        self.doubted.clear()


class Room(Known):
    """As many replies as there is room for: when too many are positive, or too many negative, all of that kind go."""

    __slots__ = ("_counts", "_octets")

    def __init__(self) -> None:
        super().__init__()
        self._counts = {True: 0, False: 0}  # of positive replies, and of negative ones
        self._octets = {True: 0, False: 0}

    def put(self, key: bytes, kept: Kept) -> None:
        self.drop(key)
        kind, octets = kept.positive, len(key) + kept.length
        if self._counts[kind] >= MOST_REPLIES or self._octets[kind] + octets > MOST_OCTETS:
            for other in self.keys(positive=kind):
                self.drop(other)
        super().put(key, kept)
        self._counts[kind] += 1
        self._octets[kind] += octets

    def drop(self, key: bytes) -> Kept | None:
        kept = super().drop(key)
        if kept is not None:
            self._counts[kept.positive] -= 1
            self._octets[kept.positive] -= len(key) + kept.length
        return kept

    def clear(self) -> None:
        super().clear()
        self._counts = {True: 0, False: 0}
        self._octets = {True: 0, False: 0}
