"""secondary: answers for zones that are transferred from their primaries.

A zone is transferred at the start, again and again until that succeeds, and later when its serial has grown: the SOA's
refresh, retry and expire say when to look, and a NOTIFY of a primary has it done at once. What has changed is asked for
(IXFR, RFC 1995), or all of it (AXFR, RFC 5936). Nothing is written to disk. The zones can be transferred on, see the
transfer plugin.

Syntax:
    secondary [ZONES...] {
        transfer from ADDRESS...
        key NAME [ALGORITHM]
        catalog [ZONES...]
        fallthrough [ZONES...]
    }

ZONES default to those of the server block. Each ADDRESS is tried until one gives the zone; in the first second, queries
wait for that. `key`, which CoreDNS does not have, names a secret of the block's `tsig`, by which transfers are signed,
and an HMAC (default hmac-sha256). With `catalog` the zone is a catalog (RFC 9432) of zones that its primaries have too;
those at or below the ZONES behind it are served. `fallthrough` passes names that do not exist on to the next plugin.

Examples:
    example.org {
        secondary {
            transfer from 10.0.1.1 10.1.2.1
        }
        transfer {
            to *
        }
    }

    catalog.example {
        tsig {
            secret transfer.key. NoTCJU+DMqFWywaPyxSijrDEA/eC3nK0xi3AMEZuPVk=
        }
        secondary {
            transfer from 10.1.2.1
            key transfer.key.
            catalog example.org internal.example
        }
    }
"""

from collections.abc import Iterator
from typing import Final

from clusterdns.corefile import Args, Token, host_port, normalize_zones, split_host_port
from clusterdns.dns import codes
from clusterdns.dns.names import Name, longest_match, name_text, parse_name
from clusterdns.dns.query import OPCODE, Query
from clusterdns.dns.record import Record
from clusterdns.dns.reply import Dropped, Reply, Unanswered
from clusterdns.plugins.base import Next, Plugin, Setting
from clusterdns.plugins.secondary.copies import Copies
from clusterdns.plugins.secondary.primaries import ALGORITHMS, Primaries
from clusterdns.records.zones.replies import find, reply_of

_SYNTAX: Final = "secondary [ZONES...]"
_OPTIONS: Final = {
    "transfer": "transfer from ADDRESS...",
    "key": "key NAME [ALGORITHM]",
    "catalog": "catalog [ZONES...]",
    "fallthrough": "fallthrough [ZONES...]",
}
_ALGORITHM: Final = "hmac-sha256"


class Secondary(Plugin):
    """Answers from copies of zones; names that do not exist in those of `fallthrough` are passed on."""

    name = "secondary"

    def __init__(self, setting: Setting) -> None:
        self.copies = Copies(setting)
        self.fallthrough: tuple[Name, ...] = ()
        self._plugins = setting.plugins
        self._log = setting.world.log

    async def serve(self, query: Query, next: Next) -> Reply:
        copy = self.copies.find(query.name)
        if copy is None:
            if list(self._plugins)[-1] == self.name:
                raise Unanswered(codes.REFUSED)  # as file does at the end of a chain
            return await next(query)
        if query.qtype in codes.TRANSFERS:
            raise Unanswered(codes.REFUSED)
        if query.flags & OPCODE:
            return self._notified(query)
        if copy.zone is None:
            await copy.tried()
        if copy.expired:
            self._log.error(f"Zone {name_text(copy.origin)} is expired", self.name)
            raise Unanswered(codes.SERVFAIL)
        finding, good_until = await find(copy.zone, query)
        if finding.is_missing and longest_match(query.name, self.fallthrough) is not None:
            return await next(query)
        return reply_of(query, finding, good_until)

    def _notified(self, query: Query) -> Reply:
        """A primary says that its zone has changed (RFC 1996); anybody else is not heard."""
        copy = self.copies.find(query.name)
        assert copy is not None
        client, zone = query.client[0], name_text(copy.origin)
        if not copy.primaries.include(client):
            self._log.info(f"Dropping notify from {client} for {zone}", self.name)
            raise Dropped
        self._log.info(f"Notify from {client} for {zone}: checking transfer", self.name)
        copy.look()
        return Reply.to(query, flags=codes.AA)

    def transfer(self, zone: Name, serial: int | None) -> Iterator[list[Record]] | None:
        """See `Transferable`. Raises `Unanswered` for a zone that is not here yet."""
        copy = self.copies.find(zone)
        if copy is None or copy.origin != zone:
            return None
        if copy.zone is None:
            raise Unanswered(codes.SERVFAIL, "no SOA", self.name)
        return copy.zone.transfer(serial)


def setup(args: Args, setting: Setting) -> Plugin:
    """Reads all `secondary` blocks. Raises `CorefileError`."""
    plugin = Secondary(setting)
    for name in args.each(_SYNTAX):
        zones = [parse_name(zone) for zone in args.zones(args.words())]
        primaries = Primaries(setting.world.log)
        members: tuple[Name, ...] | None = None
        for option in args.options(_OPTIONS):
            match option:
                case "transfer":
                    primaries.addresses += _read_from(args)
                case "key":
                    _read_key(args, setting, primaries)
                case "catalog":
                    members = _read_members(args, members)
                case _:
                    plugin.fallthrough = tuple(map(parse_name, args.fallthrough()))
        if not primaries.addresses:
            raise args.error("a primary is missing", name, _OPTIONS["transfer"])
        for zone in zones:
            plugin.copies.add(zone, primaries, members)
    setting.on_start(plugin.copies.start)
    setting.on_stop(plugin.copies.stop)
    return plugin


def _read_from(args: Args) -> list[tuple[str, int]]:
    words = args.words(least=1)
    if words[0] != "from":
        raise args.unknown("property", words[0], ("from",))
    if len(words) == 1:
        raise args.error("an address is missing", words[0])
    return [_read_address(args, word) for word in words[1:]]


def _read_address(args: Args, word: Token) -> tuple[str, int]:
    try:
        host, port = split_host_port(host_port(word))
        return host, int(port)
    except ValueError as error:
        raise args.error(str(error), word) from None


def _read_key(args: Args, setting: Setting, primaries: Primaries) -> None:
    words = args.words(least=1, most=2)
    name = parse_name(words[0] if words[0].endswith(".") else f"{words[0]}.")
    if name not in setting.secrets:
        raise args.error(f"no key {name_text(name)} is known", words[0], "tsig { secret NAME KEY }")
    algorithm = args.choice(words[1], "algorithm", ALGORITHMS) if len(words) > 1 else _ALGORITHM
    primaries.sign(name, setting.secrets[name], algorithm)


def _read_members(args: Args, before: tuple[Name, ...] | None) -> tuple[Name, ...]:
    """Which zones of a catalog may be served; none named is all of them, whatever other lines say."""
    found: list[Name] = []
    for word in args.words():
        zones = normalize_zones(word)
        if not zones:
            raise args.error(f"'{word}' is not a zone", word)
        found += map(parse_name, zones)
    return () if not found or before == () else (*(before or ()), *found)
