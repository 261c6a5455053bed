"""Cached replies fetched anew: popular ones before they expire, expired ones while they are served (RFC 8767).

Asks the rest of the chain and says what came of it. Must not know rooms, nor what a client is shown.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any, Final, NamedTuple

from clusterdns.dns import codes
from clusterdns.dns.outcome import Outcome
from clusterdns.dns.query import TCP, Query
from clusterdns.dns.reply import Dropped, Reply, Unanswered
from clusterdns.plugins.base import Next
from clusterdns.plugins.cache.counts import Counts
from clusterdns.plugins.cache.item import Item, Key
from clusterdns.plugins.cache.options import Options
from clusterdns.plugins.cache.rooms import Rooms

_NO_REFRESH: Final = (Outcome.OTHER, Outcome.META, Outcome.FAILURE)

Fresh = tuple[Reply, Item | None]
"""A reply of the rest of the chain as its client gets it, and as it was cached."""


class Errand(NamedTuple):
    """A question for the rest of the chain, the key that its reply is cached by, and where it is counted."""

    query: Query
    next: Next
    key: Key
    counts: Counts

    async def ask(self) -> Reply:
        """Asks for AD, whatever the client does, since the reply is kept for others (RFC 6840 5.7)."""
        query = self.query
        flags = query.flags
        query.flags = flags | codes.AD
        try:
            return await self.next(query)
        finally:
            query.flags = flags


def _apart(errand: Errand) -> Errand:
    """The same errand for the background, where nothing that is counted belongs to the client's query."""
    query = errand.query.copy()
    query.counts = []
    return errand._replace(query=query)


class Refresher:
    """Asks the rest of the chain again; at most one query at a time for each cached reply."""

    def __init__(self, options: Options, clock: Callable[[], float], rooms: Rooms) -> None:
        self._options = options
        self._clock = clock
        self._rooms = rooms
        self._tasks: set[asyncio.Task[Any]] = set()

    def later(self, errand: Errand, item: Item, now: float, *, stale: bool) -> bool:
        """Fetches a reply anew while this one is served; says whether that was begun."""
        recheck = self._options.stale_recheck if stale else 0.0
        if not item.used().begin_refresh(now, recheck):
            return False
        errand = _apart(errand)
        errand.query.transport = TCP  # nobody waits, so let nothing be cut off
        fetch = partial(self._replace, errand, refreshing=True) if stale else partial(self._fetch, errand)
        self._spawn(self._refresh(item, recheck, fetch))
        return True

    async def verify(self, errand: Errand, item: Item, now: float) -> Reply | None:
        """The reply that takes an expired one's place; None if there is none, or none in time."""
        options, recheck = self._options, self._options.stale_recheck
        if recheck and not item.used().begin_refresh(now, recheck):
            return None
        if not options.verify_timeout:
            fresh = await self._refresh(item, recheck, partial(self._replace, errand, refreshing=False))
            return None if fresh is None else fresh[0]
        fetch = partial(self._replace, _apart(errand), refreshing=True)
        task = self._spawn(self._refresh(item, recheck, fetch))
        await asyncio.wait([task], timeout=options.verify_timeout)
        return self._in_time(errand.query, task.result()) if task.done() else None

    async def stop(self) -> None:
        """Gives up what is under way."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _in_time(self, query: Query, fresh: Fresh | None) -> Reply | None:
        """As a client that has waited gets it: from the cache, if it is there."""
        if fresh is None:
            return None
        reply, item = fresh
        if item is None:
            return reply
        return item.reply_to(query, item.ttl if self._options.keepttl else item.left(self._clock()), wants_ad=True)

    async def _refresh(self, item: Item, recheck: float, fetch: Callable[[], Awaitable[Fresh | None]]) -> Fresh | None:
        """Awaits what replaces an item, which stays as popular as it was."""
        fresh: Fresh | None = None
        try:
            fresh = await fetch()
            if fresh is not None and fresh[1] is not None:
                use, before = fresh[1].used(), item.used()
                use.last_hit, use.hits = before.last_hit, before.hits
            return fresh
        finally:
            item.used().end_refresh(self._clock(), recheck, refreshed=fresh is not None)

    async def _fetch(self, errand: Errand) -> Fresh | None:
        """Whatever comes, in place of what is about to expire."""
        try:
            reply = await errand.ask()
        except (Unanswered, Dropped):
            return None
        return self._take(errand, reply, refreshing=True)

    async def _replace(self, errand: Errand, *, refreshing: bool) -> Fresh | None:
        """What takes an expired reply's place: an answer or a denial that is whole (RFC 8767 4), else None.

        If positive replies are preferred only an answer does, and what else comes is merely cached.
        """
        try:
            reply = await errand.ask()
        except (Unanswered, Dropped):
            return None
        if reply.flags & codes.TC:
            return None
        kind = self._rooms.kind(errand.query, reply)
        if self._options.prefer_positive:
            fresh = self._take(errand, reply, refreshing=refreshing)
            return fresh if kind.outcome is Outcome.POSITIVE and kind.answering else None
        if kind.outcome in _NO_REFRESH:
            return None
        return self._take(errand, reply, refreshing=refreshing)

    def _take(self, errand: Errand, reply: Reply, *, refreshing: bool) -> Fresh:
        reply, store = self._rooms.take(errand.query, errand.key, reply, errand.counts, refreshing=refreshing)
        return reply, None if store is None else store.get(errand.key)

    def _spawn(self, work: Coroutine[Any, Any, Fresh | None]) -> "asyncio.Task[Fresh | None]":
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
