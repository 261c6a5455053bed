"""forward: sends queries on to other servers, and their replies back.

Syntax:
    forward FROM TO... {
        except ZONES...
        force_tcp
        prefer_udp
        expire DURATION
        max_age DURATION
        max_idle_conns N
        read_timeout DURATION
        max_fails N
        max_connect_attempts N
        doh_method GET|POST
        tls [CERT KEY] [CA]
        tls_servername NAME
        policy random|round_robin|sequential
        health_check DURATION [no_rec] [domain NAME]
        max_concurrent N
        next RCODE...
        next_on_nodata
        failfast_all_unhealthy_upstreams
        failover RCODE...
        resolver IP[:PORT]...
        source_address IP
    }

FROM is the zone whose names are sent on. Each TO is an IP address (`9.9.9.9`, `[2620:fe::fe]:53`, `tls://9.9.9.9`,
`https://9.9.9.9`), a host name that is resolved at the start, or a file like /etc/resolv.conf. An upstream that does
not answer is probed until it does, and is left out after more than `max_fails` probes. Of several lines, the first that
a name belongs to is asked; `next` goes on to the following one.

Metrics: `coredns_forward_healthcheck_broken_total`, `coredns_forward_max_concurrent_rejects_total`,
`coredns_proxy_request_duration_seconds`, `coredns_proxy_healthcheck_failures_total`,
`coredns_proxy_conn_cache_hits_total`, `coredns_proxy_conn_cache_misses_total`.

Examples:
    . {
        forward . 9.9.9.9 149.112.112.112 {
            except corp.example
            policy sequential
        }
    }

    . {
        forward corp.example 10.0.0.53
        forward . tls://9.9.9.9 tls://149.112.112.112 {
            tls_servername dns.quad9.net
            health_check 5s
        }
    }
"""

import ssl
from collections.abc import Awaitable, Iterator, Sequence
from functools import partial
from itertools import pairwise
from typing import Final

from clusterdns.corefile import Args
from clusterdns.dns import codes
from clusterdns.dns.exchange import NotAsked
from clusterdns.dns.names import ROOT, is_subdomain
from clusterdns.dns.query import TCP, UDP, Query
from clusterdns.dns.reply import Reply, Unanswered
from clusterdns.plugins.base import Next, Plugin, Setting, StartError, World
from clusterdns.plugins.forward.connection import Failure
from clusterdns.plugins.forward.lookup import look_up
from clusterdns.plugins.forward.options import SYNTAX, Options, parse_line
from clusterdns.plugins.forward.policy import POLICIES
from clusterdns.plugins.forward.targets import DNS, resolve
from clusterdns.plugins.forward.upstream import Request, Upstream

_DEADLINE: Final = 5.0  # seconds after which no further upstream is tried
_ATTEMPTS: Final = 2  # failures per upstream before the query is given up
_SWEEP_SECONDS: Final = 10.0


class Forward(Plugin):
    """One line of `forward`; `following` is the next one of the block."""

    name = "forward"

    def __init__(self, options: Options, world: World) -> None:
        self.options = options
        self.following: Forward | None = None
        self.upstreams: list[Upstream] = []
        self._world = world
        self._clock = world.clock
        self._takes_all = options.zone == ROOT and not options.excepted
        # None is the way that the client asked.
        self._network = TCP if options.force_tcp else UDP if options.prefer_udp else None
        self._order = POLICIES[options.policy](world.random)
        self._under_way = 0
        self._broken = world.metrics.counter(
            "coredns_forward_healthcheck_broken_total", "Queries that found every upstream down."
        )
        self._rejects = world.metrics.counter(
            "coredns_forward_max_concurrent_rejects_total", "Queries refused since max_concurrent were under way."
        )

    def serve(self, query: Query, next: Next) -> Awaitable[Reply]:
        if not self._takes_all and not self._takes(query.name):
            return self._pass_on(query, next)
        return self._ask_upstreams(query) if self.following is None else self._ask_or_pass_on(query, next)

    async def start(self) -> None:
        """Makes the upstreams ready. Raises `StartError` for missing files and host names without address."""
        options, world = self.options, self._world
        for problem in self.check():
            raise StartError(problem)
        try:
            targets = await resolve(options.targets, lambda host: look_up(host, options.resolvers, world.random))
        except LookupError as error:
            raise StartError(f"forward: {error}") from None
        context = self._make_context()
        self.upstreams = [Upstream(target, options, world, context) for target in targets]

    def check(self) -> Iterator[str]:
        """What a start would stumble over, as far as that can be seen without the network."""
        for sentence in self.options.missing:
            yield f"forward: {sentence}"
        try:
            self._make_context()
        except OSError as error:
            files = " ".join(map(str, self.options.tls_files))
            yield f"forward: tls {files}: {error.strerror or error}"

    def sweep(self) -> None:
        """Closes connections that were idle for long enough."""
        for upstream in self.upstreams:
            upstream.sweep()

    async def stop(self) -> None:
        """Closes everything."""
        for upstream in self.upstreams:
            await upstream.stop()

    def _takes(self, name: bytes) -> bool:
        zone = self.options.zone
        if not is_subdomain(name, zone):
            return False
        return name == zone or not any(is_subdomain(name, excepted) for excepted in self.options.excepted)

    def _pass_on(self, query: Query, next: Next) -> Awaitable[Reply]:
        if self.following is not None:
            return self.following.serve(query, next)
        return next(query)

    async def _ask_or_pass_on(self, query: Query, next: Next) -> Reply:
        reply = await self._ask_upstreams(query)
        if not self._wants_next(reply):
            return reply
        self._under_way += 1  # for max_concurrent it is still one of this line
        try:
            return await self._pass_on(query, next)
        finally:
            self._under_way -= 1

    def _wants_next(self, reply: Reply) -> bool:
        if reply.rcode in self.options.next_rcodes:
            return True
        return self.options.next_on_nodata and reply.rcode == codes.NOERROR and not reply.answer

    async def _ask_upstreams(self, query: Query) -> Reply:
        """Asks one upstream after the other until one replies.

        Raises `Unanswered` when time or attempts run out, or too many queries are under way.
        """
        options, clock, count = self.options, self._clock, len(self.upstreams)
        if options.max_concurrent and self._under_way >= options.max_concurrent:
            self._rejects.add()
            raise Unanswered(codes.REFUSED, f"concurrent queries exceeded maximum {options.max_concurrent}")
        request = Request(query)
        network = self._network or query.transport
        most = _ATTEMPTS * count if options.max_attempts is None else options.max_attempts
        deadline = clock() + _DEADLINE
        failures = failovers = 0
        failure: Failure | None = None
        self._under_way += 1
        try:
            for upstream, is_last_resort in self._candidates():
                if query.metadata is not None:
                    query.metadata["forward/upstream"] = upstream.text
                try:
                    reply = upstream.read(request, network, await upstream.send(request, network))
                    if reply.flags & codes.TC and options.prefer_udp and not options.force_tcp:
                        reply = upstream.read(request, TCP, await upstream.send(request, TCP))
                except NotAsked:
                    return Reply.to(query, codes.FORMERR)
                except Failure as error:
                    failure = error
                    failures += 1
                    if options.max_fails:
                        upstream.probe_soon()
                    if is_last_resort:
                        break
                else:
                    failure = None
                    failovers += 1
                    if reply.rcode not in options.failover_rcodes or failovers == count:
                        return reply
                if clock() >= deadline or (most and failures >= most):
                    break
        finally:
            self._under_way -= 1
        raise Unanswered(codes.SERVFAIL, str(failure or "no healthy proxies"))

    def _candidates(self) -> Iterator[tuple[Upstream, bool]]:
        """Upstreams in turn, round after round, without those that are down.

        If all are down it may be the probes that don't get through: then any one of them, as the last resort.
        """
        options = self.options
        order = self._order(self.upstreams)
        while True:
            downs = 0
            for upstream in order:
                if upstream.down(options.max_fails):
                    downs += 1
                else:
                    yield upstream, False
            if downs == len(order):
                self._broken.add()
                if options.failfast:
                    return
                yield self._world.random.choice(self.upstreams), True

    def _make_context(self) -> ssl.SSLContext | None:
        """For upstreams that are asked by TLS. Raises `OSError`."""
        options = self.options
        if not options.tls_files and all(target.transport == DNS for target in options.targets):
            return None
        return options.make_context()


def setup(args: Args, setting: Setting) -> Plugin:
    """Reads all `forward` lines of a server block, and lets in questions of classes other than IN.

    Raises `CorefileError`.
    """
    warn = partial(setting.world.log.warning, plugin="forward")
    lines = [Forward(parse_line(args, setting.path, warn), setting.world) for _ in args.each(SYNTAX)]
    _link(lines)
    setting.any_class = True  # an upstream may know of other classes, such as what `chaos` answers
    for line in lines:
        setting.on_start(line.start)
        setting.on_stop(line.stop)
        setting.on_check(line.check)
        setting.every(_SWEEP_SECONDS, line.sweep)
    return lines[0]


def _link(lines: Sequence[Forward]) -> None:
    for line, following in pairwise(lines):
        line.following = following
