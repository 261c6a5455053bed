"""minimal: leaves out the authority and additional sections of answers that need neither.

Negative replies, referrals and errors stay whole.

Syntax:
    minimal

Examples:
    example.org {
        whoami
        minimal
    }
"""

from clusterdns.corefile import Args
from clusterdns.dns import codes
from clusterdns.dns.outcome import Outcome, outcome_of
from clusterdns.dns.query import Query
from clusterdns.dns.reply import Dropped, Reply, Unanswered
from clusterdns.plugins.base import Next, Plugin, Setting, World


class Minimal(Plugin):
    """Shortens positive replies."""

    name = "minimal"

    def __init__(self, world: World) -> None:
        self.world = world

    async def serve(self, query: Query, next: Next) -> Reply:
        try:
            reply = await next(query)
        except (Unanswered, Dropped) as error:
            if isinstance(error, Unanswered) and error.reason:
                raise
            raise Unanswered(codes.SERVFAIL) from None  # CoreDNS has nothing to look at then, and fails
        outcome = outcome_of(query, reply, self.world.wall())
        if outcome is not Outcome.POSITIVE or not (reply.authority or reply.additional or reply.opt):
            return reply
        shortened = reply.copy()
        shortened.still = reply.still
        shortened.authority = []
        shortened.additional = []
        shortened.opt = None
        return shortened


def setup(args: Args, setting: Setting) -> Plugin:
    """Reads `minimal`. Raises `CorefileError` for arguments."""
    args.first("minimal")
    args.end()
    return Minimal(setting.world)
