"""What is asked and answered, counted: the request metrics of CoreDNS (its plugin/metrics/vars).

Counting is one addition to a dict; labels, sizes and codes are multiplied out when somebody reads the metrics. Whoever
gives the same answer many times counts it once, with how often. Knows queries, no plugin and no server.
"""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from clusterdns.dns import codes
from clusterdns.dns.encode import reply_opt
from clusterdns.dns.query import HEADER_SIZE, Query
from clusterdns.dns.record import Record
from clusterdns.dns.reply import Reply
from clusterdns.metrics import DURATION_BUCKETS, Metrics, Series

DROPPED: Final = "dropped"
"""The zone of queries that no server block took. No closing dot, so that it can't be mistaken for a zone."""

_SIZE_BUCKETS: Final = (0, 100, 200, 300, 400, 511, 1023, 2047, 4095, 8291, 16e3, 32e3, 48e3, 64e3)
_NAMED_TYPES: Final = {
    codes.TYPES[text]: text
    for text in (
        "AAAA", "A", "CNAME", "DNSKEY", "DS", "MX", "NSEC3", "NSEC", "NS", "PTR", "RRSIG", "SOA", "SRV", "TXT",
        "HTTPS", "SVCB", "IXFR", "AXFR", "ANY",
    )
}  # fmt: skip
_MOST_KINDS: Final = 4096  # of exchanges that are kept apart before they are multiplied out; strangers decide on sizes


class Exchange(NamedTuple):
    """All of a query and its reply that is counted; equal ones are counted together."""

    server: str  # as CoreDNS calls it, such as `dns://:53`
    zone: str
    view: str
    transport: str
    family: str  # 1 for IPv4, 2 for IPv6
    qtype: int
    do: bool
    asked: int  # octets of the query
    answered: int  # octets of the reply
    rcode: int
    plugin: str  # that answered; empty if none did


class _Tally:
    """How often there was an exchange, and where the time is counted that it took."""

    __slots__ = ("durations", "times")

    def __init__(self, durations: Series) -> None:
        self.durations = durations
        self.times = 0


class Traffic:
    """Counts exchanges of queries and replies."""

    def __init__(self, metrics: Metrics) -> None:
        self._tallies: dict[Exchange, _Tally] = {}
        zone, transport = ("server", "zone", "view"), ("server", "zone", "view", "proto")
        name = "coredns_dns_{}".format
        self._requests = metrics.counter(
            name("requests_total"), "Queries per zone, transport and address family.", (*transport, "family", "type")
        )
        self._do_requests = metrics.counter(name("do_requests_total"), "Queries with the DO bit set.", zone)
        self._durations = metrics.histogram(
            name("request_duration_seconds"), "Time that each query took.", zone, DURATION_BUCKETS
        )
        self._asked = metrics.histogram(name("request_size_bytes"), "Size of queries.", transport, _SIZE_BUCKETS)
        self._answered = metrics.histogram(name("response_size_bytes"), "Size of replies.", transport, _SIZE_BUCKETS)
        self._responses = metrics.counter(
            name("responses_total"), "Replies per response code and plugin.", (*zone, "rcode", "plugin")
        )
        self._https = metrics.counter(
            name("https_responses_total"), "DNS over HTTPS: responses per status code.", ("server", "status")
        )
        self._https3 = metrics.counter(
            name("https3_responses_total"), "DNS over HTTP/3: responses per status code.", ("server", "status")
        )
        self._quic = metrics.counter(
            name("quic_responses_total"), "DNS over QUIC: responses and ends, per code.", ("server", "status")
        )
        self._panics = metrics.counter("coredns_panics_total", "Failures of plugins that the server survived.")
        metrics.before_collect(self._multiply_out)

    def count(self, exchange: Exchange, seconds: float, times: int = 1) -> None:
        """Counts an exchange that took `seconds`, or `times` equal ones that took so long each."""
        tally = self._tallies.get(exchange) or self._begin(exchange)
        tally.times += times
        tally.durations.observe(seconds, times)

    def count_again(self, exchange: Exchange, times: int, asked: int, answered: int) -> None:
        """Counts `times` exchanges like one before, whose queries and replies were longer by so many octets.

        They took no time that is worth measuring: the packet cache gave them.
        """
        if asked or answered:
            exchange = exchange._replace(asked=exchange.asked + asked, answered=exchange.answered + answered)
        self.count(exchange, 0.0, times)

    def count_dropped(self, server: str, query: Query, rcode: int) -> None:
        """Counts a query that no server block took and that got a bare response code.

        CoreDNS counts these when the reply is made: of the client's options both have those that are echoed.
        """
        reply, asked = Reply(rcode), query.length
        reply.opt = reply_opt(query, reply)
        if reply.opt is not None and query.opt is not None:
            asked += len(reply.opt.encode()) - len(query.opt.encode())
        self.count(exchange_of(query, server, DROPPED, asked, length_of(query, reply), rcode), 0.0)

    def count_panic(self) -> None:
        """Counts a plugin's failure."""
        self._panics.add()

    def count_https(self, server: str, status: int) -> None:
        """Counts a response over HTTPS."""
        self._https.add((server, str(status)))

    def count_https3(self, server: str, status: int) -> None:
        """Counts a response over HTTP/3."""
        self._https3.add((server, str(status)))

    def count_quic(self, server: str, code: int) -> None:
        """Counts a response over QUIC, code 0, or a connection that ended with another application error code."""
        self._quic.add((server, f"{code:#x}"))

    def _begin(self, exchange: Exchange) -> _Tally:
        if len(self._tallies) >= _MOST_KINDS:
            self._multiply_out()
        tally = self._tallies[exchange] = _Tally(self._durations.series(exchange[:3]))
        return tally

    def _multiply_out(self) -> None:
        tallies, self._tallies = self._tallies, {}
        for exchange, tally in tallies.items():
            zone, transport, times = exchange[:3], exchange[:4], tally.times
            qtype = _NAMED_TYPES.get(exchange.qtype, "other")
            self._requests.add((*transport, exchange.family, qtype), times)
            if exchange.do:
                self._do_requests.add(zone, times)
            self._asked.observe(transport, exchange.asked, times)
            self._answered.observe(transport, exchange.answered, times)
            self._responses.add((*zone, codes.rcode_text(exchange.rcode), exchange.plugin), times)


def exchange_of(
    query: Query, server: str, zone: str, asked: int, answered: int, rcode: int, plugin: str = ""
) -> Exchange:
    """The exchange that a query is part of; `asked` and `answered` count the octets of query and reply."""
    family = "2" if ":" in query.client[0] else "1"
    opt = query.opt
    do = opt is not None and opt.do
    fields = (server, zone, query.view, query.transport, family, query.qtype, do, asked, answered, rcode, plugin)
    return _make_exchange(Exchange, fields)


_make_exchange: Final = tuple.__new__  # at a third of what the class itself takes, for each query


def length_of(query: Query, reply: Reply) -> int:
    """Octets of a reply as CoreDNS counts and logs them: uncompressed, before it is cut to size."""
    length = HEADER_SIZE + len(query.question) + reply.size
    return length if reply.opt is None else length + len(reply.opt.encode())


def measured(query: Query, reply: Reply, done: Callable[[int], object]) -> Reply:
    """The reply of a zone transfer, which tells `done` the octets of all its messages once the last one was taken.

    If the client goes before that, it is told of those that were.
    """
    batches = reply.transfer or ()

    def counted() -> Iterator[list[Record]]:
        octets = 0
        try:
            for records in batches:
                octets += length_of(query, Reply().with_records(records, [], []))
                yield records
        finally:
            done(octets)

    reply = reply.copy()
    reply.transfer = counted()
    return reply
