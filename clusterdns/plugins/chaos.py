"""chaos: answers `CH TXT` questions for `version.bind`, `version.server`, `authors.bind`, `hostname.bind`, `id.server`.

Syntax:
    chaos [VERSION] [AUTHORS...]

VERSION is `CoreDNS-` and the version that is followed by default; AUTHORS are those of CoreDNS.

Examples:
    . {
        chaos CoreDNS-001 info@coredns.io
    }
"""

import socket
from collections.abc import Sequence
from typing import Final

from clusterdns.corefile import Args
from clusterdns.dns import codes
from clusterdns.dns.names import Name, parse_name
from clusterdns.dns.query import Query
from clusterdns.dns.record import Record
from clusterdns.dns.reply import Reply
from clusterdns.plugins import COREDNS
from clusterdns.plugins.base import Next, Plugin, Setting, World

_VERSION: Final = (parse_name("version.bind"), parse_name("version.server"))
_AUTHORS: Final = parse_name("authors.bind")
_HOST: Final = (parse_name("hostname.bind"), parse_name("id.server"))
_MAINTAINERS: Final = (
    "Tantalor93", "bradbeam", "chrisohaver", "darshanime", "dilyevsky", "ekleiner", "greenpau", "houyuwushang", "ihac",
    "inigohu", "isolus", "jameshartig", "johnbelamaric", "miekg", "mqasimsarfraz", "nchrisdk", "nitisht", "pmoroney",
    "rajansandeep", "rdrozhdzh", "rtreffer", "snebel29", "stp-ip", "superq", "thevilledev", "varyoo", "ykhr53",
    "yongtang", "zouyee",
)  # fmt: skip
_LONGEST: Final = 255  # octets of a character string (RFC 1035 3.3)


class Chaos(Plugin):
    """Says which program runs where."""

    name = "chaos"

    def __init__(self, world: World, version: str, authors: Sequence[str]) -> None:
        self.world = world
        self.version = version
        self.authors = authors

    async def serve(self, query: Query, next: Next) -> Reply:
        texts = self._texts(query.name) if query.qclass == codes.CH and query.qtype == codes.TXT else None
        if texts is None:
            return await next(query)
        reply = Reply.to(query)
        reply.answer = [Record(query.spelled, codes.TXT, 0, _string(text), codes.CH) for text in texts]
        return reply

    def _texts(self, name: Name) -> list[str] | None:
        if name in _VERSION:
            return [self.version]
        if name in _HOST:
            return [socket.gethostname()]
        if name == _AUTHORS:
            return self.world.random.sample(self.authors, len(self.authors))
        return None


def _string(text: str) -> bytes:
    octets = text.encode("utf-8", "surrogateescape")[:_LONGEST]
    return bytes([len(octets)]) + octets


def setup(args: Args, setting: Setting) -> Plugin:
    """Reads `chaos` and lets in questions of classes other than IN. Raises `CorefileError` for options."""
    args.first("chaos [VERSION] [AUTHORS...]")
    words = args.words()
    version = words[0] if words else f"CoreDNS-{COREDNS}"
    args.no_options()
    setting.any_class = True
    return Chaos(setting.world, version, sorted(set(words[1:])) or _MAINTAINERS)
