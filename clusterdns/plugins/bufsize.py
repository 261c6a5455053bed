"""bufsize: lowers how large a reply over UDP clients say they take, so that it is not fragmented on its way.

Syntax:
    bufsize [SIZE]

SIZE is in octets, from 512 to 4096, and 1232 by default (DNS flag day 2020). Upstreams are told the same.

Examples:
    . {
        bufsize 1232
        whoami
    }
"""

from typing import Final

from clusterdns.corefile import Args
from clusterdns.dns.edns import Opt
from clusterdns.dns.names import Name
from clusterdns.dns.query import Query
from clusterdns.dns.reply import Reply
from clusterdns.plugins.base import Next, Plugin, Setting

_DEFAULT: Final = 1232


class Bufsize(Plugin):
    """Has all others see queries of clients that take no more than so many octets."""

    name = "bufsize"

    def __init__(self, size: int) -> None:
        self.size = size

    def passes(self, zone: Name) -> bool:
        return True

    async def serve(self, query: Query, next: Next) -> Reply:
        opt = query.opt
        if opt is not None and opt.size > self.size:
            query.opt = Opt(self.size, opt.flags, opt.options, opt.version, opt.rcode_high)
        return await next(query)


def setup(args: Args, setting: Setting) -> Plugin:  # noqa: ARG001 - every plugin's setup takes both
    """Reads `bufsize`. Raises `CorefileError` for sizes out of bounds."""
    args.first("bufsize [SIZE]")
    size = _DEFAULT
    for word in args.words(most=1):
        size = args.integer(word, "SIZE", least=512, most=4096)
    return Bufsize(size)
