"""fault: answers wrong on purpose, late, or not at all, so that it can be tested what clients make of it.

It is not one of CoreDNS's plugins.

Syntax:
    fault [NAMES...] {
        type TYPE...
        client ADDRESS|NETWORK...
        namespace NAMESPACE...
        selector SELECTOR
        rcode RCODE
        empty
        drop
        truncate
        address ADDRESS...
        stale [DURATION]
        delay DURATION [JITTER]
        times N
        share SHARE
        seed N
    }

Each `fault` is one; the first that strikes a query has it, and all others get what they would get without.

NAMES may have `*` for any characters, dots included, and `?` for one; without NAMES it is any name of the server block.
`type`, `client`, `namespace` and `selector`, by labels of the Service whose name it is, narrow it down.

`rcode` answers with a response code alone, `empty` with no records (NODATA), `drop` not at all. `truncate` answers UDP
with TC set and no records, and leaves TCP alone. `address` gives these addresses; a question for a type of which there
is none is left alone. `stale` gives the answer of the cluster as it was before that answer's latest change, for
DURATION after the change, or without end. `delay` waits, by chance up to JITTER longer, before the one of these that
there is, or before the right answer.

`times` strikes N queries and no more. `share`, such as 30%, strikes so many by chance, and `seed` chooses which: the
n-th query for a name and type always meets the same fate.

Examples:
    cluster.local {
        fault web.default.svc.cluster.local {
            rcode SERVFAIL
            times 2
        }
        fault *.data.svc.cluster.local {
            type A AAAA
            share 20%
            drop
        }
        kubernetes
    }

    cluster.local {
        fault {
            namespace shop
            selector tier=db
            delay 20ms 10ms
            stale 2s
        }
        kubernetes
    }
"""

from collections.abc import Sequence

from clusterdns.corefile import Args
from clusterdns.dns.names import Name
from clusterdns.dns.query import Query
from clusterdns.dns.reply import NEVER, Reply
from clusterdns.plugins.base import Next, Plugin, Setting, World
from clusterdns.plugins.fault.faults import Fault, Faults, Spared
from clusterdns.plugins.fault.lines import read_faults
from clusterdns.plugins.fault.options import make_fault
from clusterdns.plugins.fault.past import Past

__all__ = ["Fault", "FaultPlugin", "Faults", "make_fault", "setup"]


class FaultPlugin(Plugin):
    """Has the faults of all server blocks strike, then those of its own block."""

    name = "fault"

    def __init__(self, world: World, own: Sequence[Fault]) -> None:
        self.world = world
        self.shared = world.shared(Faults)
        self.own = own

    def passes(self, zone: Name) -> bool:
        return True  # names that may be struck are in no family that comes from here

    async def serve(self, query: Query, next: Next) -> Reply:
        faults = (*self.shared, *self.own)
        concerning = [fault for fault in faults if fault.concerns(query, self.world)]
        if concerning:
            return await self._strike(query, next, concerning)
        reply = await next(query)
        return Spared(query, faults, self.world).reply(reply) if faults else reply

    async def _strike(self, query: Query, next: Next, faults: Sequence[Fault]) -> Reply:
        """A reply that is not kept, since the next query, or another client's, may meet another fate."""
        for fault in faults:
            seconds = fault.strike(query, self.world)
            if seconds is not None:
                reply = await fault.serve(query, next, self.world, seconds)
                break
        else:
            reply = await next(query)
        if reply.good_until != NEVER:
            reply = reply.copy()
            reply.good_until = NEVER
        return reply


def setup(args: Args, setting: Setting) -> Plugin:
    """Reads `fault`. Raises `CorefileError`. Without a directive, only faults that are added later can strike."""
    faults, doubts = read_faults(args)
    world = setting.world
    for fault in faults:
        fault.effect.prepare(world)
    if not faults:
        world.shared(Past)

    async def warn() -> None:
        for doubt in doubts:
            world.log.warning(str(doubt))

    setting.on_start(warn)
    setting.on_check(lambda: doubts)
    return FaultPlugin(world, faults)
