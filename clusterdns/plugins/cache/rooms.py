"""The two rooms of the cache, for answers and for denials: what is found in them, and what is put in.

Knows replies, time and metrics. Must not know whom a reply goes to, nor where it came from.
"""

from clusterdns.dns import codes
from clusterdns.dns.addresses import Addresses
from clusterdns.dns.names import longest_match
from clusterdns.dns.query import Query
from clusterdns.dns.reply import NEVER, Reply
from clusterdns.plugins.base import World
from clusterdns.plugins.cache.counts import DENIAL, SUCCESS, Counts
from clusterdns.plugins.cache.item import WILDCARD, Item, Key, with_ttl
from clusterdns.plugins.cache.kinds import Kind, kind_of
from clusterdns.plugins.cache.options import Options
from clusterdns.plugins.cache.store import Frozen, Store, freeze


class Rooms:
    """What is cached."""

    def __init__(self, options: Options, world: World) -> None:
        self.answers = Store(options.success.capacity)
        self.denials = Store(options.denial.capacity, denial=True)
        self._options = options
        self._clock = world.clock
        self._wall = world.wall

    def find(self, key: Key, now: float) -> Item | None:
        """The reply that serves, expired ones among them if they may be served."""
        if key not in self.answers.items and key not in self.denials.items:
            return None
        answer, denial = self.answers.get(key), self.denials.get(key)
        if self._options.prefer_positive and self._options.stale and answer is not None:
            good = answer.good
            if good is not None and self._serves(good, now):
                return good
        positive = answer if answer is not None and self._serves(answer, now) else None
        if denial is None or not self._serves(denial, now):
            return positive
        # A failure passes: what was answered before is better than that.
        return positive if positive is not None and denial.rcode == codes.SERVFAIL else denial

    def kind(self, query: Query, reply: Reply) -> Kind:
        """What the cache makes of a reply."""
        return kind_of(query, reply, self._wall, self._options)

    def take(
        self, query: Query, key: Key, reply: Reply, counts: Counts, *, refreshing: bool
    ) -> tuple[Reply, Store | None]:
        """Caches a reply that has come, if it can be; returns it with its TTL from now on, and where it is.

        A reply that came by `refreshing` what there was puts an end to a denial that there was too.
        """
        options = self._options
        kind = kind_of(query, reply, self._wall, options)
        seconds = int(kind.seconds)
        if not kind.as_is or reply.opt is not None or reply.transfer is not None:
            reply = _capped(reply, seconds)
        if not kind.storable or kind.seconds <= 0:
            return reply, None
        closed = (options.denial if kind.denial else options.success).disabled
        if closed and longest_match(query.name, closed) is not None:
            return reply, None
        if reply.good_until != NEVER or reply.turns is not None:
            reply = reply.copy()
            reply.good_until = NEVER  # the next one to ask gets it with AA and an age
        frozen = freeze(query, reply, seconds, self._clock(), answering=kind.answering)
        if kind.denial:
            store = self.denials
            if store.add(key, frozen):
                counts.eviction(DENIAL)
        else:
            store = self.answers
            if options.prefer_positive:
                evicted = self._add_answer(key, frozen, answering=kind.answering)
            else:
                evicted = store.add(key, frozen)
                if refreshing:
                    self.denials.remove(key)
            if evicted:
                counts.eviction(SUCCESS)
        if query.metadata is not None and WILDCARD in query.metadata and (item := store.get(key)) is not None:
            item.used().wildcard = query.metadata[WILDCARD]
        sizes = len(self.answers.items), len(self.denials.items)
        if sizes != counts.sizes:
            counts.entries(*sizes)
        return reply, store

    def clear(self) -> None:
        """Forgets everything."""
        self.answers.clear()
        self.denials.clear()

    def _add_answer(self, key: Key, frozen: Frozen, *, answering: bool) -> bool:
        """As wants who prefers positive replies."""
        before = None if answering else self.answers.get(key)
        evicted = self.answers.add(key, frozen)
        if before is not None and (item := self.answers.get(key)) is not None:
            item.last_good = before.good
        if answering:
            self.denials.remove(key)
        return evicted

    def _serves(self, item: Item, now: float) -> bool:
        left = item.left(now)
        return left > 0 or (self._options.stale > 0 and -left < int(self._options.stale))


def _capped(reply: Reply, ttl: int) -> Reply:
    """The reply, all records with one TTL, and without the OPT record, which was meant for us (RFC 6891 6.2.6)."""
    if isinstance(reply, Addresses) and reply.is_all(reply.question):
        reply.set_ttl(ttl)
        reply.opt = None
        return reply
    capped = reply.with_records(
        with_ttl(reply.answer, ttl), with_ttl(reply.authority, ttl), with_ttl(reply.additional, ttl)
    )
    capped.opt = None
    if reply.transfer is not None:
        capped.transfer = (with_ttl(records, ttl) for records in reply.transfer)
    return capped
