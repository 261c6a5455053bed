"""shed: counts the queries over UDP that are given up when there are too many.

In CoreDNS it keeps replies from piling up in front of a socket. Here none do: one process writes to a socket, and does
not wait for it. What can pile up are queries that wait for an upstream. The server gives up those that are too many in
any case; with `shed` they are counted.

Syntax:
    shed

Metrics: `coredns_shed_dropped_total`, `reason` is `query`.

Examples:
    . {
        shed
        whoami
    }
"""

from typing import Final

from clusterdns.corefile import Args, join_host_port
from clusterdns.dns.names import Name
from clusterdns.dns.query import UDP, Query
from clusterdns.dns.reply import Reply
from clusterdns.metrics import Metrics
from clusterdns.plugins.base import Next, Plugin, Setting

_PLAIN: Final = "dns"
_REASONS: Final = ("query", "response")


class Shed(Plugin):
    """Sees who is given up."""

    name = "shed"

    def __init__(self, metrics: Metrics) -> None:
        self.dropped = metrics.counter(
            "coredns_shed_dropped_total", "Queries and replies that were given up.", ("server", "reason")
        )

    def passes(self, zone: Name) -> bool:
        return True

    async def serve(self, query: Query, next: Next) -> Reply:
        try:
            return await next(query)
        except GeneratorExit:  # whoever runs the chain has no room for one more that waits
            if query.transport == UDP:
                self.dropped.add((query.server.address, "query"))
            raise


def setup(args: Args, setting: Setting) -> Plugin:
    """Reads `shed`. Raises `CorefileError` for arguments, and where there are no datagrams to be given up."""
    for _ in args.once("shed"):
        args.words(most=0)
        args.no_options()
    for transport in setting.transports:
        if transport != _PLAIN:
            raise args.error(f"only server blocks of plain DNS are supported, not {transport}://")
    plugin = Shed(setting.world.metrics)

    async def start() -> None:
        for transport, host, port, _ in setting.listen:
            for reason in _REASONS:
                plugin.dropped.add((f"{transport}://{join_host_port(host, port)}", reason), 0)

    setting.on_start(start)
    return plugin
