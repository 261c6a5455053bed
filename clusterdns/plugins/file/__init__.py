"""file: answers from zone files.

A file is read again when the serial of its SOA has changed. What its zone says is answered with authority; an alias
that leaves the zone is followed through the server itself. The zones can be transferred, see the transfer plugin.

Syntax:
    file DBFILE [ZONES...] {
        reload DURATION
        reload_by_mtime
        fallthrough [ZONES...]
    }

DBFILE is the zone file, below `root` if its path is relative. ZONES default to those of the server block. `reload` is
how often to look at the file (default 1m, 0 for never), `reload_by_mtime` reads it when it was written, whatever its
serial. `fallthrough` passes names that do not exist on to the next plugin.

Examples:
    example.org {
        file db.example.org {
            reload 10s
        }
    }

    . {
        file db.example.org example.org
        file db.reverse 192.168.0.0/24
        forward . 9.9.9.9
    }
"""

from collections.abc import Iterator
from functools import partial
from typing import Final

from clusterdns.corefile import Args, CorefileError, Place
from clusterdns.dns import codes
from clusterdns.dns.names import Name, longest_match, name_text, parse_name
from clusterdns.dns.query import OPCODE, Query
from clusterdns.dns.record import Record
from clusterdns.dns.reply import FOREVER, NEVER, Dropped, Reply, Unanswered
from clusterdns.plugins.base import Next, Plugin, Setting
from clusterdns.plugins.file.zones import ZoneFile, ZoneFiles
from clusterdns.records.zones.lookup import Finding, Result, complete, look_up
from clusterdns.records.zones.reader import ZoneFileError
from clusterdns.records.zones.zone import Zone

_SYNTAX: Final = "file DBFILE [ZONES...]"
_OPTIONS: Final = {
    "reload": "reload DURATION",
    "reload_by_mtime": "reload_by_mtime",
    "fallthrough": "fallthrough [ZONES...]",
    "upstream": "upstream",
}
_RELOAD: Final = 60.0  # seconds
_MOST_ALIASES: Final = 8  # followed through the server itself before it is called a loop
_RCODES: Final = {Result.NXDOMAIN: codes.NXDOMAIN, Result.FAILURE: codes.SERVFAIL}


class File(Plugin):
    """Answers from `zones`; names that do not exist in those of `fallthrough` are passed on."""

    name = "file"

    def __init__(self, setting: Setting) -> None:
        self.zones = ZoneFiles(setting)
        self.fallthrough: tuple[Name, ...] = ()
        self._plugins = setting.plugins
        self._log = setting.world.log

    async def serve(self, query: Query, next: Next) -> Reply:
        origin = longest_match(query.name, self.zones.origins)
        if origin is None:
            if list(self._plugins)[-1] == self.name:
                raise Unanswered(codes.REFUSED)  # the last of a chain says no; CoreDNS has SERVFAIL for other plugins
            return await next(query)
        if query.qtype in codes.TRANSFERS:
            raise Unanswered(codes.REFUSED)
        if query.flags & OPCODE:
            self._log.info(f"Dropping notify from {query.client[0]} for {name_text(origin)}", self.name)
            raise Dropped
        zone = self.zones[origin].zone
        if zone is None or query.depth > _MOST_ALIASES:
            raise Unanswered(codes.SERVFAIL)
        finding, good_until = look_up(zone, query.name, query.qtype, do=query.do), FOREVER
        if finding.wildcard is not None and query.metadata is not None:
            query.metadata["zone/wildcard"] = name_text(finding.wildcard)
        if finding.target is not None:
            finding, good_until = await _follow(zone, finding, finding.target, query)
        if finding.is_missing and longest_match(query.name, self.fallthrough) is not None:
            return await next(query)
        reply = _reply_to(query, finding)
        reply.good_until = good_until
        return reply

    def transfer(self, zone: Name, serial: int | None) -> Iterator[list[Record]] | None:
        """See `Transferable`. Raises `Unanswered` for a zone that could not be read yet."""
        if zone not in self.zones.origins:
            return None
        held = self.zones[zone].zone
        if held is None:
            raise Unanswered(codes.SERVFAIL, "no SOA", self.name)
        return held.transfer(serial)


async def _follow(zone: Zone, finding: Finding, target: bytes, query: Query) -> tuple[Finding, float]:
    """Asks the server itself for the target of an alias; the finding, and until when it is good."""
    reply = await query.server.ask(query, target, query.qtype)
    if reply is None:
        return complete(zone, finding, Result.POSITIVE, [], do=query.do), NEVER
    result = Result.POSITIVE
    if reply.rcode == codes.NXDOMAIN:
        result = Result.NXDOMAIN
    elif reply.rcode == codes.SERVFAIL:
        result = Result.FAILURE
    elif reply.rcode == codes.NOERROR and not reply.answer:
        result = Result.NODATA
    return complete(zone, finding, result, reply.answer, do=query.do), reply.good_until


def _reply_to(query: Query, finding: Finding) -> Reply:
    """The reply that says it. A referral has no authority; one behind an alias has that of the alias."""
    if finding.result is Result.FAILURE and not finding.answer:
        raise Unanswered(codes.SERVFAIL)
    authoritative = finding.result is not Result.DELEGATION or finding.answer
    reply = Reply.to(query, _RCODES.get(finding.result, codes.NOERROR), codes.AA if authoritative else 0)
    # The lists may be the zone's own.
    reply.answer, reply.authority = list(finding.answer), list(finding.authority)
    reply.additional = list(finding.additional)
    return reply


def setup(args: Args, setting: Setting) -> Plugin:
    """Reads `file`, and the zone files. Raises `CorefileError`, at the place in the zone file if that is wrong.

    As in CoreDNS an option holds for the `file` lines that follow too, and a file that is missing is no error as long
    as it is looked for again.
    """
    plugin = File(setting)
    interval, by_mtime = _RELOAD, False
    for _ in args.each(_SYNTAX):
        path = setting.path(args.word("DBFILE"))
        files = [ZoneFile(parse_name(zone), path) for zone in args.zones(args.words())]
        problem = _load(args, files)
        for option in args.options(_OPTIONS):
            match option:
                case "reload":
                    interval = args.duration(args.words(1)[0], "reload", least=0)
                case "reload_by_mtime":
                    by_mtime = True
                case "fallthrough":
                    plugin.fallthrough = tuple(map(parse_name, args.fallthrough()))
                case "upstream":
                    args.words()  # from when one had to be named; CoreDNS still takes it
        if problem is not None and not interval:
            raise problem
        for file in files:
            file.by_mtime = by_mtime
            plugin.zones.add(file)
            if interval:
                setting.every(interval, partial(plugin.zones.reload, file))
    setting.on_start(plugin.zones.start)
    setting.on_check(plugin.zones.check)
    return plugin


def _load(args: Args, files: list[ZoneFile]) -> CorefileError | None:
    """Reads the zones for the first time; returns what is wrong if a file can't be opened, raises what else is."""
    for file in files:
        try:
            if not file.load(unless_serial=0):
                raise args.error(
                    f"{file.path}: the SOA's serial is 0, which CoreDNS does not serve", hint="begin with 1"
                )
        except ZoneFileError as error:
            hint = f"zone {name_text(file.origin)} of {args.place}"
            raise CorefileError(Place(error.file, error.line), error.problem, plugin="file", hint=hint) from None
        except IsADirectoryError as error:
            raise args.error(f"{file.path}: {error.strerror}") from None
        except OSError as error:
            return args.error(f"{file.path}: {error.strerror}")
    return None
