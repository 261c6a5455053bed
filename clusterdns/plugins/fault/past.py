"""When the cluster's names changed, as far back as their tables are remembered.

Made for the first fault that gives old answers; before, nothing is remembered. Knows revisions and seconds, no fault.
"""

from typing import Final

from clusterdns.dns.query import Query
from clusterdns.plugins.base import World

REMEMBERED: Final = 16
"""Tables that are remembered; so many changes may come between an answer and the one before it."""


class Past:
    """The changes of the cluster's names. There is one for all server blocks: `world.shared(Past)`."""

    def __init__(self, world: World) -> None:
        self._tables = world.tables
        self._clock = world.clock
        self._times: dict[int, float] = {}
        self._tables.remembered = REMEMBERED
        self._tables.on_change(self._note)

    def last_change(self, query: Query) -> tuple[int, float] | None:
        """The revision that last changed the answer to a query, and how many seconds ago that was."""
        revision = self._tables.last_change(query.name, query.qtype)
        if revision not in self._times:
            return None
        return revision, self._clock() - self._times[revision]

    def _note(self) -> None:
        self._times[self._tables.revision] = self._clock()
        if len(self._times) > REMEMBERED:
            del self._times[next(iter(self._times))]
