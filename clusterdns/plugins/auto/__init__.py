r"""auto: answers from the zone files of a folder, whichever there are.

A file is a zone if its name matches; the name says which. Files that come and go are noticed, changed ones read again
when the serial of their SOA has changed. The zones can be transferred, see the transfer plugin.

Syntax:
    auto [ZONES...] {
        directory DIR [REGEXP ORIGIN_TEMPLATE]
        reload DURATION
    }

ZONES, by default those of the server block, are what the plugin answers for: a zone elsewhere is read and never asked
for. DIR is below `root` if its path is relative; folders in it are looked into. REGEXP is `db\.(.*)` by default and
looked for anywhere in the name of a file; in ORIGIN_TEMPLATE, by default `{1}`, `{1}` is what its first group matched.
`reload` is how often to look (default 1m, 0 for never).

Examples:
    org {
        auto {
            directory zones (.*)\.zone$ {1}.org
            reload 45s
        }
    }
"""

from collections.abc import Iterator
from typing import Final

from clusterdns.corefile import Args
from clusterdns.dns import codes
from clusterdns.dns.names import Name, longest_match, parse_name
from clusterdns.dns.query import Query
from clusterdns.dns.record import Record
from clusterdns.dns.reply import Reply, Unanswered
from clusterdns.plugins.auto.folder import Folder, Naming
from clusterdns.plugins.base import Next, Plugin, Setting
from clusterdns.records.zones.lookup import Result
from clusterdns.records.zones.replies import find, reply_of

_OPTIONS: Final = {
    "directory": "directory DIR [REGEXP ORIGIN_TEMPLATE]",
    "reload": "reload DURATION",
    "upstream": "upstream",
}
_RELOAD: Final = 60.0  # seconds


class Auto(Plugin):
    """Answers from the zones of `folder` that are in `origins`."""

    name = "auto"

    def __init__(self, setting: Setting) -> None:
        self.origins: tuple[Name, ...] = ()
        self.folder = Folder(setting)
        self._plugins = setting.plugins

    async def serve(self, query: Query, next: Next) -> Reply:
        if longest_match(query.name, self.origins) is None:
            return await next(query)
        origin = longest_match(query.name, self.folder.origins)
        if origin is None:
            if list(self._plugins)[-1] == self.name:
                raise Unanswered(codes.REFUSED)  # the last of a chain says no, as with the file plugin
            return await next(query)
        if query.qtype in codes.TRANSFERS:
            raise Unanswered(codes.REFUSED)
        finding, good_until = await find(self.folder[origin], query)
        reply = reply_of(query, finding, good_until)
        if finding.result is Result.DELEGATION:
            reply.flags &= ~codes.AA  # also behind an alias, where the file plugin has it
        return reply

    def transfer(self, zone: Name, serial: int | None) -> Iterator[list[Record]] | None:
        """See `Transferable`."""
        if zone not in self.folder.origins:
            return None
        held = self.folder[zone]
        return None if held is None else held.transfer(serial)


def setup(args: Args, setting: Setting) -> Plugin:
    """Reads `auto`. Raises `CorefileError`. As in CoreDNS all directives of a block are about one folder, the last."""
    plugin = Auto(setting)
    interval = _RELOAD
    for _ in args.each("auto [ZONES...]"):
        plugin.origins = tuple(map(parse_name, args.zones(args.words())))
        for option in args.options(_OPTIONS):
            match option:
                case "directory":
                    _read_directory(args, setting, plugin.folder)
                case "reload":
                    interval = args.duration(args.words(1)[0], "reload", least=0)
                case "upstream":
                    args.words()  # from when one had to be named; CoreDNS still takes it
    setting.on_start(plugin.folder.start)
    setting.on_check(plugin.folder.check)
    if interval:
        setting.every(interval, plugin.folder.look)
    return plugin


def _read_directory(args: Args, setting: Setting, folder: Folder) -> None:
    word = args.word("DIR")
    folder.path = path = setting.path(word)
    try:
        path.stat()
    except FileNotFoundError:
        pass  # it may come, and until then that is told
    except (OSError, ValueError) as error:
        raise args.error(f"{path}: {getattr(error, 'strerror', None) or error}", word) from None
    if (pattern := args.word_or_none()) is None:
        return
    regexp = args.pattern(pattern, "REGEXP")
    if not regexp.groups:
        raise args.error(f"REGEXP '{pattern}' has no group", pattern, "directory DIR db\\.(.*) {1}")
    folder.naming = Naming(regexp, args.word("ORIGIN_TEMPLATE"))
    args.end()
