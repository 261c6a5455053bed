"""What the cache counts, by CoreDNS's names and labels.

Knows metrics. Must not know replies.
"""

from typing import Final

from clusterdns.dns.names import Name, name_text
from clusterdns.dns.query import Query
from clusterdns.metrics import Metrics

SUCCESS: Final = "success"
DENIAL: Final = "denial"


class Counts:
    """The cache's metrics for one server address and view. Each method can count several at once."""

    def __init__(self, metrics: Metrics, server: str, zones: str, view: str) -> None:
        self._labels = (server, zones, view)
        self._typed = {kind: (server, kind, zones, view) for kind in (SUCCESS, DENIAL)}
        labels, typed = ("server", "zones", "view"), ("server", "type", "zones", "view")
        self._requests = metrics.counter("coredns_cache_requests_total", "Queries that came to the cache.", labels)
        self._hits = metrics.counter("coredns_cache_hits_total", "Queries answered from the cache.", typed)
        self._misses = metrics.counter("coredns_cache_misses_total", "Queries that the cache had no reply to.", labels)
        self._prefetches = metrics.counter(
            "coredns_cache_prefetch_total", "Replies fetched anew before anybody had to wait for them.", labels
        )
        self._stale = metrics.counter(
            "coredns_cache_served_stale_total", "Queries answered with an expired reply.", labels
        )
        self._evictions = metrics.counter(
            "coredns_cache_evictions_total", "Replies that had to make room for others.", typed
        )
        self.sizes = (0, 0)
        """How many answers and denials there were when that was last shown."""
        self._entries = metrics.gauge("coredns_cache_entries", "Replies in the cache.", typed)

    def success(self, times: int = 1) -> None:
        """A query answered by what there is."""
        self._requests.add(self._labels, times)
        self._hits.add(self._typed[SUCCESS], times)

    def denial(self, times: int = 1) -> None:
        """A query answered by what there is not."""
        self._requests.add(self._labels, times)
        self._hits.add(self._typed[DENIAL], times)

    def miss(self, times: int = 1) -> None:
        """A query that the cache has no reply to."""
        labels = self._labels
        self._requests.values[labels] += times
        self._misses.values[labels] += times

    def prefetch(self) -> None:
        """A reply fetched anew in the background."""
        self._prefetches.add(self._labels)

    def stale(self) -> None:
        """A query answered with an expired reply."""
        self._stale.add(self._labels)

    def eviction(self, kind: str) -> None:
        """A reply that had to make room."""
        self._evictions.add(self._typed[kind])

    def entries(self, success: int, denial: int) -> None:
        """How many replies there are now."""
        self.sizes = success, denial
        self._entries.set(self._typed[SUCCESS], success)
        self._entries.set(self._typed[DENIAL], denial)


class Book:
    """The counts of all server addresses and views."""

    def __init__(self, metrics: Metrics, zones: tuple[Name, ...]) -> None:
        self._metrics = metrics
        self._zones = ",".join(map(name_text, zones))
        self._pages: dict[tuple[str, str], Counts] = {}

    def page(self, query: Query) -> Counts:
        """The counts that a query belongs to."""
        server, view = query.server.address, query.view
        page = self._pages.get((server, view))
        if page is None:
            page = self._pages[server, view] = Counts(self._metrics, server, self._zones, view)
        return page
