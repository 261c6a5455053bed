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
from clusterdns.dns.names import ROOT
from clusterdns.dns.query import Query
from clusterdns.dns.record import Record
from clusterdns.dns.reply import Reply
from clusterdns.plugins.base import Next, Plugin, Setting


class Whoami(Plugin):
    """Mirrors the client."""

    name = "whoami"

    async def serve(self, query: Query, next: Next) -> Reply:  # noqa: ARG002 - the last of a chain
        host, port = query.client
        address = ipaddress.ip_address(host.partition("%")[0])
        rtype = codes.A if address.version == 4 else codes.AAAA
        transport = f"_{query.transport}".encode()
        reply = Reply.to(query, flags=codes.AA)
        reply.additional = [
            Record(query.spelled, rtype, 0, address.packed, query.qclass),
            Record(
                bytes([len(transport)]) + transport + query.spelled,
                codes.SRV,
                0,
                struct.pack("!3H", 0, 0, port) + ROOT,
                query.qclass,
            ),
        ]
        return reply


def setup(args: Args, setting: Setting) -> Plugin:  # noqa: ARG001 - every plugin's setup takes both
    """Reads `whoami`. Raises `CorefileError` for arguments."""
    args.first("whoami")
    args.end()
    return Whoami()
