"""any: answers a question for ANY with one small HINFO record, so that nobody gains by a large answer (RFC 8482).

Syntax:
    any

Examples:
    example.org {
        any
        whoami
    }
"""

from clusterdns.corefile import Args
from clusterdns.dns import codes
from clusterdns.dns.query import Query
from clusterdns.dns.record import Record
from clusterdns.dns.reply import FOREVER, Reply
from clusterdns.plugins.base import Next, Plugin, Setting

TTL = 8482  # seconds
_HINFO = b"\x0dANY obsoleted\x0cSee RFC 8482"


class Any(Plugin):
    """Refuses to tell everything (RFC 8482 section 4.2)."""

    name = "any"

    async def serve(self, query: Query, next: Next) -> Reply:
        if query.qtype != codes.ANY:
            return await next(query)
        reply = Reply.to(query)
        reply.answer = [Record(query.spelled, codes.HINFO, TTL, _HINFO)]
        reply.good_until = FOREVER
        return reply


def setup(args: Args, setting: Setting) -> Plugin:  # noqa: ARG001 - every plugin's setup takes both
    """Reads `any`. Raises `CorefileError` for arguments and options."""
    args.first("any")
    args.end()
    args.no_options()
    return Any()
