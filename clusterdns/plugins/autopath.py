"""autopath: walks the search path of a resolver on the server, so that one query is enough.

A resolver that adds search domains to a name asks for the first of them first. Where that comes to nothing, the others
are tried here, the name itself last, and what is found is the answer, behind a CNAME record.

Syntax:
    autopath [ZONES...] FILE|@PLUGIN

The search path is that of FILE, in the form of resolv.conf, or PLUGIN says for each query which one the client has:
`@kubernetes` does for clients that are Pods, with `pods verified`, and this machine's own search domains follow;
`@erratic` says `a.example.org` and `b.example.org` to everybody, for tests. FILE is not below `root`.
ZONES are those in which queries are looked at, those of the server block unless given.

Metrics: `coredns_autopath_success_total`.

Examples:
    . {
        autopath @kubernetes
        kubernetes cluster.local {
            pods verified
        }
        whoami
    }
"""

from collections.abc import Awaitable
from functools import partial
from pathlib import Path
from typing import Final

from clusterdns.corefile import Args, CorefileError
from clusterdns.dns import codes
from clusterdns.dns.names import MAX_LENGTH, ROOT, BadName, Name, is_subdomain, longest_match, name_text, parse_name
from clusterdns.dns.query import Query
from clusterdns.dns.record import Record
from clusterdns.dns.reply import NEVER, Dropped, Reply, Unanswered
from clusterdns.plugins.base import KnowsSearchPaths, Next, Plugin, Setting

_SYNTAX: Final = "autopath [ZONES...] FILE|@PLUGIN"
_MACHINE: Final = Path("/etc/resolv.conf")


class Autopath(Plugin):
    """Tries one search domain after the other."""

    name = "autopath"

    def __init__(self, setting: Setting) -> None:
        self.zones: tuple[Name, ...] = ()
        self.path: tuple[Name, ...] = ()  # of everybody, or what follows the one that the other plugin says
        self.of_clients: KnowsSearchPaths | None = None
        self._successes = setting.world.metrics.counter(
            "coredns_autopath_success_total", "Queries whose search path was walked with success.", ("server",)
        )

    def passes(self, zone: Name) -> bool:
        return not any(is_subdomain(zone, own) or is_subdomain(own, zone) for own in self.zones)

    def serve(self, query: Query, next: Next) -> Awaitable[Reply]:
        if longest_match(query.name, self.zones) is None:
            return next(query)
        if self.of_clients is not None:
            path = self.of_clients.search_path(query)
            return next(query) if path is None else self._of_client(query, next, path)
        if not self.path or not is_subdomain(query.name, self.path[0]):
            return next(query)
        return self._walk(query, next, self.path)

    async def _of_client(self, query: Query, next: Next, path: tuple[Name, ...]) -> Reply:
        if path and is_subdomain(query.name, path[0]):
            return await self._walk(query, next, (*path, *self.path))
        reply = (await next(query)).copy()
        reply.good_until = NEVER  # another client may have another search path
        return reply

    async def _walk(self, query: Query, next: Next, path: tuple[Name, ...]) -> Reply:
        """The first reply to any of the names that is not NXDOMAIN, else the first."""
        if query.name == path[0] != ROOT:
            overshot = f"trimzone: overshot qname: {name_text(query.spelled)}for zone {name_text(path[0])}"
            raise Unanswered(codes.SERVFAIL, overshot)
        base, first = query.spelled[: len(query.spelled) - len(path[0])], None
        for domain in path:
            name = base + domain
            if len(name) > MAX_LENGTH:
                continue
            found = await _ask(query, next, name)
            if isinstance(found, Reply) and found.rcode != codes.NXDOMAIN:
                labels = (query.server.address,)
                self._successes.add(labels)
                return _of_alias(query, found)
            first = first or found
        if not isinstance(first, Reply):
            raise first or Unanswered(codes.SERVFAIL)
        last = first.copy()
        last.good_until = NEVER
        return last


async def _ask(query: Query, next: Next, name: bytes) -> Reply | Unanswered:
    """What the next plugin has to say of another name. Raises `Unanswered` if there is a reason for that."""
    inner = query.copy()
    inner.rename(name)
    try:
        return await next(inner)
    except Unanswered as unanswered:
        if unanswered.reason:
            raise
        return unanswered
    except Dropped:
        raise Unanswered(codes.SERVFAIL) from None  # CoreDNS has nothing to look at then, and fails


def _of_alias(query: Query, found: Reply) -> Reply:
    """What was found for another name, as the answer for an alias of it."""
    reply = found.copy()
    reply.good_until = NEVER
    target = next((record for record in found.answer if record.owner.lower() != query.name), None)
    if target is not None:
        reply.answer.insert(0, Record(query.spelled, codes.CNAME, target.ttl, target.owner))
    return reply


def search_domains(text: str) -> tuple[Name, ...]:
    """The search domains of a resolv.conf: those of the last line that has any. Raises `BadName`."""
    domains: list[str] = []
    for line in text.splitlines():
        words = line.split()
        match words[:1]:
            case ["domain"]:
                domains = words[1:2]
            case ["search"]:
                domains = words[1:]
    return tuple(map(parse_name, domains))


def setup(args: Args, setting: Setting) -> Plugin:
    """Reads `autopath`, and the file. Raises `CorefileError`."""
    plugin = Autopath(setting)
    for _ in args.each(_SYNTAX):
        *zones, source = args.words(1)
        plugin.zones = tuple(map(parse_name, args.zones(zones)))
        if source.startswith("@"):
            told = f"the plugin '{source[1:]}' knows no search paths"
            strange = args.error(told, source, hint="@kubernetes and @erratic do")
            setting.when_complete(partial(_join, plugin, setting, source[1:], strange))
            continue
        try:
            plugin.path = (*search_domains(Path(source).read_text(errors="surrogateescape")), ROOT)
        except (OSError, BadName) as error:
            problem = error.strerror if isinstance(error, OSError) else str(error)
            raise args.error(f"{source}: {problem}", source) from None
    return plugin


def _machine() -> tuple[Name, ...]:
    """The search domains of the machine itself, as far as they can be read."""
    try:
        return search_domains(_MACHINE.read_text(errors="surrogateescape"))
    except (OSError, BadName):
        return ()


def _join(plugin: Autopath, setting: Setting, name: str, strange: CorefileError) -> None:
    """Has another plugin say the search paths; one that is not in the server block says none, as in CoreDNS."""
    other = setting.plugins.get(name)
    if isinstance(other, KnowsSearchPaths):
        plugin.of_clients = other
        plugin.path = (*_machine(), ROOT) if other.machine_follows else (ROOT,)
    elif other is not None:
        raise strange
