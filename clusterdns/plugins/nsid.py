"""nsid: tells clients that ask for it which server has answered (RFC 5001).

Syntax:
    nsid [DATA...]

DATA is what is told, the name of the machine by default.

Examples:
    . {
        nsid server 7 in the cellar
        whoami
    }
"""

import socket

from clusterdns.corefile import Args
from clusterdns.dns import codes
from clusterdns.dns.edns import NSID, Opt
from clusterdns.dns.names import Name
from clusterdns.dns.query import Query
from clusterdns.dns.reply import Reply
from clusterdns.plugins.base import Next, Plugin, Setting


class Nsid(Plugin):
    """Adds the identifier to replies."""

    name = "nsid"

    def __init__(self, data: bytes) -> None:
        self.option = (NSID, data)

    def passes(self, zone: Name) -> bool:
        return True  # what it changes is no longer of a family

    async def serve(self, query: Query, next: Next) -> Reply:
        opt = query.opt
        if opt is None or not any(code == NSID for code, _ in opt.options):
            return await next(query)
        reply = await next(query)
        own = reply.opt or Opt(opt.size, codes.DO)
        options = tuple(self.option if code == NSID else (code, value) for code, value in own.options)
        if self.option not in options:
            options = (*options, self.option)
        told = reply.copy()
        told.still = reply.still
        told.opt = Opt(own.size, own.flags, options, own.version, own.rcode_high)
        return told


def setup(args: Args, setting: Setting) -> Plugin:  # noqa: ARG001 - every plugin's setup takes both
    """Reads `nsid`. Raises `CorefileError` for a second one and for options."""
    data = socket.gethostname()
    for _ in args.once("nsid [DATA...]"):
        data = " ".join(args.words()) or data
    return Nsid(data.encode("utf-8", "surrogateescape"))
