"""whoami: tells clients their own address, port and transport, in the additional section. It answers every question.

Syntax:
    whoami

Examples:
    example.org {
        whoami
    }
"""

import ipaddress
import struct

from clusterdns.corefile import Args
from clusterdns.dns import codes
from clusterdns.dns.names import MAX_LENGTH, ROOT, from_labels
from clusterdns.dns.query import Query
from clusterdns.dns.record import Record
from clusterdns.dns.reply import Dropped, Reply
from clusterdns.plugins.base import Next, Plugin, Setting


class Whoami(Plugin):
    """Mirrors the client."""

    name = "whoami"

    async def serve(self, query: Query, next: Next) -> Reply:
        host, port = query.client
        address = ipaddress.ip_address(host.partition("%")[0])
        rtype = codes.A if address.version == 4 else codes.AAAA
        transport = f"_{query.transport}".encode()
        owner = from_labels([transport], query.spelled)
        if len(owner) > MAX_LENGTH:
            raise Dropped  # CoreDNS can't encode its reply then, and stays silent
        reply = Reply.to(query, flags=codes.AA)
        reply.additional = [
            Record(query.spelled, rtype, 0, address.packed, query.qclass),
            Record(owner, codes.SRV, 0, struct.pack("!3H", 0, 0, port) + ROOT, query.qclass),
        ]
        return reply


def setup(args: Args, setting: Setting) -> Plugin:  # noqa: ARG001 - every plugin's setup takes both
    """Reads `whoami`. Raises `CorefileError` for arguments."""
    args.first("whoami")
    args.end()
    return Whoami()
