"""loop: finds out at the start whether queries that are sent on come back, and then ends the server.

Syntax:
    loop

A query for a random name of type HINFO is sent to the server itself. If it arrives more than twice, an upstream sends
it back: typically /etc/resolv.conf names a local cache, which forwards to this server. Two seconds after the first
reply the plugin has done its work.

Examples:
    . {
        loop
        forward . 9.9.9.9
    }
"""

import asyncio
import socket
import struct
from collections.abc import Awaitable
from typing import Final

from clusterdns.corefile import Args, join_host_port
from clusterdns.dns import codes
from clusterdns.dns.names import Name, from_labels, is_subdomain, name_text
from clusterdns.dns.query import HEADER, Query
from clusterdns.dns.reply import Dropped, Reply
from clusterdns.plugins.base import Next, Plugin, Setting

_MOST_SEEN: Final = 2
_TRIES: Final = 30
_PAUSE: Final = 1.0  # seconds between tries
_REPLY_SECONDS: Final = 2.0
_WATCH_SECONDS: Final = 2.0  # after the first reply
_LARGEST: Final = 65_535


class Loop(Plugin):
    """Sends one query and counts how often it comes by."""

    name = "loop"

    def __init__(self, zone: Name, setting: Setting) -> None:
        self.zone = zone
        self.question: Name = from_labels([b"%d" % setting.world.random.getrandbits(62) for _ in range(2)], zone)
        self.seen = 0
        self.watching = True
        self._setting = setting
        self._watch: asyncio.Task[None] | None = None

    def serve(self, query: Query, next: Next) -> Awaitable[Reply]:
        if query.qtype == codes.HINFO and self.watching and is_subdomain(query.name, self.zone):
            self.seen += query.name == self.question
            if self.seen > _MOST_SEEN:
                self._end(query)
                raise Dropped
        return next(query)

    def _end(self, query: Query) -> None:
        self.watching = False
        self._setting.world.fail(
            f"plugin/loop: Loop ({join_host_port(*query.client)} -> {join_host_port(*self._address())}) detected for "
            f'zone "{name_text(self.zone)}", see https://coredns.io/plugins/loop#troubleshooting. '
            f'Query: "HINFO {name_text(self.question)}"'
        )

    async def start(self) -> None:
        """Begins to watch, when the server can be asked."""
        self._watch = asyncio.create_task(self._find_out())

    async def stop(self) -> None:
        """Ends watching."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.wait([self._watch])

    async def _find_out(self) -> None:
        for _ in range(_TRIES):
            if await self._ask_itself():
                await asyncio.sleep(_WATCH_SECONDS)
                break
            self.seen = 0
            await asyncio.sleep(_PAUSE)
        self.watching = False

    async def _ask_itself(self) -> bool:
        """Sends the query to where the server listens; says whether a reply came."""
        host, port = self._address()
        ident = self._setting.world.random.getrandbits(16)
        question = self.question + struct.pack("!HH", codes.HINFO, codes.IN)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        loop = asyncio.get_running_loop()
        with socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sock:
            try:
                sock.connect((host or "127.0.0.1", port))
                sock.send(HEADER.pack(ident, codes.RD, 1, 0, 0, 0) + question)
                async with asyncio.timeout(_REPLY_SECONDS):
                    await loop.sock_recv(sock, _LARGEST)
            except OSError:  # a time-out is one
                return False
        return True

    def _address(self) -> tuple[str, int]:
        """The first address that the server block listens on; host "" is every one."""
        return next(((host, port) for _, host, port, _ in self._setting.listen), ("", 53))


def setup(args: Args, setting: Setting) -> Plugin:
    """Reads `loop`. Raises `CorefileError` for arguments."""
    for _ in args.once("loop"):
        args.end()
    loop = Loop(setting.zones[0], setting)
    if setting.world.leads:
        setting.on_start(loop.start)
        setting.on_stop(loop.stop)
    return loop
