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
from clusterdns.dns.reply import Dropped, Reply, Unanswered
from clusterdns.plugins.base import Next, Plugin, Setting
from clusterdns.plugins.file.zones import ZoneFiles
from clusterdns.records.zones.file import ZoneFile
from clusterdns.records.zones.reader import ZoneFileError
from clusterdns.records.zones.replies import find, reply_of

_SYNTAX: Final = "file DBFILE [ZONES...]"
_OPTIONS: Final = {
    "reload": "reload DURATION",
    "reload_by_mtime": "reload_by_mtime",
    "fallthrough": "fallthrough [ZONES...]",
    "upstream": "upstream",
}
_RELOAD: Final = 60.0  # seconds


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
        finding, good_until = await find(self.zones[origin].zone, query)
        if finding.is_missing and longest_match(query.name, self.fallthrough) is not None:
            return await next(query)
        return reply_of(query, finding, good_until)

    def transfer(self, zone: Name, serial: int | None) -> Iterator[list[Record]] | None:
        """See `Transferable`. Raises `Unanswered` for a zone that could not be read yet."""
        if zone not in self.zones.origins:
            return None
        held = self.zones[zone].zone
        if held is None:
            raise Unanswered(codes.SERVFAIL, "no SOA", self.name)
        return held.transfer(serial)


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
