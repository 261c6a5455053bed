"""cache: keeps replies for as long as their TTL says, and answers from them.

Syntax:
    cache [TTL] [ZONES...] {
        success CAPACITY [TTL] [MINTTL]
        denial CAPACITY [TTL] [MINTTL]
        prefetch AMOUNT [DURATION [PERCENTAGE%]]
        serve_stale [DURATION [immediate [TTL [RECHECK]] | verify [TIMEOUT [TTL [RECHECK]]]]]
        serve_stale_policy prefer_positive
        servfail DURATION
        disable success|denial [ZONES...]
        keepttl
    }

TTL is the most seconds that a reply is kept, 3600 for answers and 1800 for denials by default; all its records show the
shortest TTL among them, at least MINTTL (5). CAPACITY is 9984 replies each. `prefetch` asks anew for what is popular
shortly before it expires; `serve_stale` answers with expired replies while upstreams don't.

Metrics: `coredns_cache_entries`, `coredns_cache_requests_total`, `coredns_cache_hits_total`,
`coredns_cache_misses_total`, `coredns_cache_prefetch_total`, `coredns_cache_served_stale_total`,
`coredns_cache_evictions_total`.

Examples:
    . {
        cache 30 {
            success 5000
            denial 2500 10
            serve_stale 1h verify
        }
        forward . 9.9.9.9
    }
"""

from clusterdns.corefile import Args
from clusterdns.dns import codes
from clusterdns.dns.names import ROOT, Name, is_subdomain
from clusterdns.dns.query import Query
from clusterdns.dns.reply import NEVER, Reply
from clusterdns.plugins.base import Next, Plugin, Setting
from clusterdns.plugins.cache.counts import Book
from clusterdns.plugins.cache.item import Item, key_of
from clusterdns.plugins.cache.options import Options, parse_options
from clusterdns.plugins.cache.refresh import Errand, Refresher
from clusterdns.plugins.cache.rooms import Rooms


class Cache(Plugin):
    """Answers from what was asked before."""

    name = "cache"

    def __init__(self, options: Options, setting: Setting) -> None:
        self.options = options
        self.book = Book(setting.world.metrics, options.zones)
        self.rooms = Rooms(options, setting.world)
        self.refresher = Refresher(options, setting.world.clock, self.rooms)
        self._clock = setting.world.clock
        self._zones = None if ROOT in options.zones else options.zones

    def passes(self, zone: Name) -> bool:
        if self._zones is not None and not any(
            is_subdomain(zone, own) or is_subdomain(own, zone) for own in self._zones
        ):
            return True
        rooms = (self.options.success, self.options.denial)
        return all(any(is_subdomain(zone, closed) for closed in room.disabled) for room in rooms)

    async def serve(self, query: Query, next: Next) -> Reply:
        outside = self._zones is not None and not any(is_subdomain(query.name, zone) for zone in self._zones)
        flags = query.flags  # which plugins below may change for themselves only
        if outside or query.as_of:
            try:
                return await next(query)
            finally:
                query.flags = flags
        key, counts, now = key_of(query), self.book.page(query), self._clock()
        item = self.rooms.find(key, now)
        if item is not None:
            return await self._serve_cached(Errand(query, next, key, counts), item, now)
        counts.miss()
        query.flags = flags | codes.AD  # as by `Errand.ask`
        try:
            reply = await next(query)
        finally:
            query.flags = flags
        reply, store = self.rooms.take(query, key, reply, counts, refreshing=False)
        if store is None and reply.good_until > NEVER:
            query.also_count(counts.miss)
        return _for_client(query, reply) if reply.flags & codes.AD else reply

    def forget(self) -> None:
        """See `Forgetful`."""
        self.rooms.clear()

    async def _serve_cached(self, errand: Errand, item: Item, now: float) -> Reply:
        hit = errand.counts.denial if item.denial else errand.counts.success
        hit()
        if item.left(now) <= 0:
            return await self._serve_stale(errand, item, now)
        reply = self._serve_fresh(errand, item, now)
        if reply.good_until > NEVER:
            errand.query.also_count(hit)
        return reply

    def _serve_fresh(self, errand: Errand, item: Item, now: float) -> Reply:
        """A reply that is good for a while yet, and fetched anew in time if it is popular."""
        options, left = self.options, item.left(now)
        if options.prefetch and self._popular(item, now, left) and self.refresher.later(errand, item, now, stale=False):
            errand.counts.prefetch()
        reply = item.reply_to(errand.query, item.ttl if options.keepttl else left, wants_ad=_wants_ad(errand.query))
        if not options.prefetch:  # which has to see every hit
            reply.good_until = item.stored + (item.ttl if options.keepttl else item.ttl - left + 1)
        return reply

    async def _serve_stale(self, errand: Errand, item: Item, now: float) -> Reply:
        """An expired reply, unless a fresh one is to be had in time (RFC 8767)."""
        query, options = errand.query, self.options
        if options.verify:
            fresh = await self.refresher.verify(errand, item, now)
            if fresh is not None:
                return _for_client(query, fresh)
        elif self.refresher.later(errand, item, now, stale=True):
            errand.counts.prefetch()
        errand.counts.stale()
        ttl = options.stale_ttl or (item.ttl if options.keepttl else 0)
        return item.reply_to(query, ttl, wants_ad=_wants_ad(query))

    def _popular(self, item: Item, now: float, left: int) -> bool:
        """Is a reply worth fetching anew, as it is about to expire?"""
        hits = item.used().hit(now, self.options.prefetch_within)
        return hits >= self.options.prefetch and left <= -(-item.ttl * self.options.prefetch_percent // 100)


def _wants_ad(query: Query) -> bool:
    """Does the client understand AD (RFC 6840 5.7)?"""
    return query.do or bool(query.flags & codes.AD)


def _for_client(query: Query, reply: Reply) -> Reply:
    if reply.flags & codes.AD and not _wants_ad(query):
        reply = reply.copy()
        reply.flags &= ~codes.AD
    return reply


def setup(args: Args, setting: Setting) -> Plugin:
    """Reads `cache`. Raises `CorefileError`."""
    cache = Cache(parse_options(args), setting)
    setting.on_stop(cache.refresher.stop)
    return cache
