"""hosts: answers A, AAAA and PTR from a hosts file and from lines in the Corefile.

A hosts file has no SOA, so a name that is not in it is SERVFAIL, unless `fallthrough` passes it on, and a type that a
name lacks is NOERROR with nothing. PTR questions for other addresses always go on to the next plugin.

Syntax:
    hosts [FILE [ZONES...]] {
        ADDRESS NAME...
        ttl SECONDS
        no_reverse
        reload DURATION
        fallthrough [ZONES...]
        fallthrough_unsupported
    }

FILE is the hosts file (default /etc/hosts), below `root` if its path is relative; it is read again when it has changed,
which is looked for every `reload` (default 5s, 0 for never). ZONES default to those of the server block. Lines with an
address and names are further entries, of which `*.NAME` stands for one label; they come before `fallthrough`. `ttl` is
3600 unless given. `no_reverse` answers no PTR. `fallthrough_unsupported` lets `fallthrough` also pass on types other
than A, AAAA and PTR of names that are here.

Metrics:
    coredns_hosts_entries{hostsfile}: entries of file and Corefile
    coredns_hosts_reload_timestamp_seconds: when the file that was read last had been written

Examples:
    . {
        hosts {
            192.168.0.30 master.intranet.example
            192.168.0.31 node1.intranet.example
            fallthrough
        }
        forward . 9.9.9.9
    }

    example.org {
        hosts example.hosts {
            ttl 60
            no_reverse
        }
    }
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from clusterdns.corefile import Args, Token
from clusterdns.dns import codes
from clusterdns.dns.names import Name, address_of, longest_match, parse_name
from clusterdns.dns.query import Query
from clusterdns.dns.record import Record
from clusterdns.dns.reply import FOREVER, Reply, Unanswered
from clusterdns.plugins.base import Next, Plugin, Setting
from clusterdns.plugins.hosts.table import HostsTable, parse_address, parse_hosts, plain

_SYNTAX: Final = "hosts [FILE [ZONES...]]"
_OPTIONS: Final = {
    "ttl": "ttl SECONDS",
    "no_reverse": "no_reverse",
    "reload": "reload DURATION",
    "fallthrough": "fallthrough [ZONES...]",
    "fallthrough_unsupported": "fallthrough_unsupported",
}
_ADDRESS_TYPES: Final = (codes.A, codes.AAAA)


class Hosts(Plugin):
    """Answers from the hosts file at `path` and from the lines of the Corefile."""

    name = "hosts"

    def __init__(self, setting: Setting, path: Path) -> None:
        self.path = path
        self.zones: tuple[Name, ...] = ()
        self.fallthrough: tuple[Name, ...] = ()
        self.fallthrough_unsupported = False
        self.ttl = 3600  # seconds
        self.reverse = True
        self.interval = 5.0  # seconds between two looks at the file
        self.oddities: list[str] = []
        self.inline = HostsTable()
        self.file = HostsTable()
        self._read: tuple[int, int] | None = None  # time in nanoseconds and size of the file as it was read
        self._world = setting.world
        metrics = setting.world.metrics
        self._entries = metrics.gauge(
            "coredns_hosts_entries",
            "The combined number of entries in hosts and Corefile.",
            ("hostsfile",),
            common=True,
        )
        self._reloaded = metrics.gauge(
            "coredns_hosts_reload_timestamp_seconds", "The timestamp of the last reload of hosts file.", common=True
        )

    async def serve(self, query: Query, next: Next) -> Reply:
        name, qtype = query.name, query.qtype
        if qtype != codes.PTR and longest_match(name, self.zones) is None:
            return await next(query)
        answer: list[Record] = []
        if qtype == codes.PTR:
            answer = self._pointers(name)
            if not answer:
                return await next(query)
        elif qtype in _ADDRESS_TYPES:
            answer = self._addresses(qtype, name)
        elif self.fallthrough_unsupported and self._falls_through(name):
            return await next(query)
        if not answer and not any(self._addresses(rtype, name) for rtype in _ADDRESS_TYPES):
            if self._falls_through(name):
                return await next(query)
            raise Unanswered(codes.SERVFAIL)
        reply = Reply.to(query, flags=codes.AA)
        reply.answer = answer
        reply.good_until = FOREVER
        return reply

    def _falls_through(self, name: Name) -> bool:
        return longest_match(name, self.fallthrough) is not None

    def _addresses(self, rtype: int, name: Name) -> list[Record]:
        return self.file.of_name(rtype, name) + self.inline.of_name(rtype, name)

    def _pointers(self, name: Name) -> list[Record]:
        address = address_of(name)
        if address is None:
            return []
        names = [*self.file.names.get(plain(address), ()), *self.inline.names.get(plain(address), ())]
        return [Record(name, codes.PTR, self.ttl, target) for target in names]

    def parse(self, text: str) -> HostsTable:
        """The entries of a text in the zones that are served."""
        return parse_hosts(text, self.zones, self.ttl, reverse=self.reverse)

    async def start(self) -> None:
        """Says what is odd and reads the file."""
        for problem in self.check():
            self._world.log.warning(problem, self.name)
        self.reload()

    def check(self) -> Iterator[str]:
        """Yields what is odd but no error: a missing file, lines that are no entries."""
        yield from self.oddities
        if not self.path.exists():
            yield f"File does not exist: {self.path}"
        elif self.path.is_dir():
            yield f"Hosts file {self.path} is a directory"

    def reload(self) -> None:
        """Reads the file if it has changed; while it can't be read, what it said stays."""
        try:
            status = self.path.stat()
            if self._read == (status.st_mtime_ns, status.st_size):
                return
            text = self.path.read_bytes().decode("utf-8", "surrogateescape")
        except OSError:
            return
        self._read = status.st_mtime_ns, status.st_size
        self.file = self.parse(text)
        self._world.revise()
        self._world.log.debug(f"Parsed hosts file into {len(self.file)} entries", self.name)
        self._entries.set((str(self.path),), len(self.file) + len(self.inline))
        self._reloaded.set((), status.st_mtime_ns / 1e9)


def setup(args: Args, setting: Setting) -> Plugin:
    """Reads `hosts`. Raises `CorefileError`."""
    plugin = Hosts(setting, Path("/etc/hosts"))
    for _ in args.once(_SYNTAX):
        words = args.words()
        if words:
            plugin.path = setting.path(words[0])
            _look_at(plugin.path, args)
        plugin.zones = tuple(map(parse_name, args.zones(words[1:])))
        lines = _read_options(args, plugin)
        plugin.inline = plugin.parse("\n".join(map(" ".join, lines)))
        plugin.oddities = [
            str(args.error(f"'{' '.join(line)}' is no entry and is left out", line[0], hint="ADDRESS NAME..."))
            for line in lines
            if parse_address(line[0]) is None or len(line) == 1
        ]
    setting.on_start(plugin.start)
    setting.on_check(plugin.check)
    if plugin.interval:
        setting.every(plugin.interval, plugin.reload)
    return plugin


def _read_options(args: Args, plugin: Hosts) -> list[list[Token]]:
    """Reads the block; returns the lines that are no options, word by word."""
    lines: list[list[Token]] = []
    unsupported: Token | None = None
    for option in args.options():
        args.hint = _OPTIONS.get(option, "")
        match option:
            case "fallthrough":
                plugin.fallthrough = tuple(map(parse_name, args.fallthrough()))
            case "fallthrough_unsupported":
                args.words(most=0)
                unsupported = option
            case "no_reverse":
                plugin.reverse = False
            case "ttl":
                plugin.ttl = args.integer(args.words(1)[0], "TTL", least=1, most=65535)
            case "reload":
                plugin.interval = args.duration(args.words(1, 1)[0], "reload", least=0)
            case _ if plugin.fallthrough and parse_address(option) is not None:
                raise args.error("entries have to stand before 'fallthrough'", option)
            case _ if plugin.fallthrough:
                raise args.unknown("property", option, list(_OPTIONS))
            case _:
                lines.append([option, *args.words()])
    if unsupported is not None and not plugin.fallthrough:
        raise args.error("fallthrough_unsupported needs fallthrough", unsupported, _OPTIONS["fallthrough"])
    plugin.fallthrough_unsupported = unsupported is not None
    return lines


def _look_at(path: Path, args: Args) -> None:
    """Raises `CorefileError` for a file that can't be, such as one below another file; a missing one is none."""
    try:
        path.stat()
    except FileNotFoundError:
        return
    except OSError as error:
        raise args.error(f"hosts file {path}: {error.strerror}") from None
