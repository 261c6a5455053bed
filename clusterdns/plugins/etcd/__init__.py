"""etcd: answers from records that are kept in etcd v3, as SkyDNS had them.

Below a path, keys are names from right to left: /skydns/local/skydns/x1 is x1.skydns.local. Values are JSON: host,
port, priority, weight, text, mail, ttl, targetstrip, group. A name has also what is kept below it, and `*` or `any` as
a label stands for any one. Every query asks etcd, by its JSON gateway; the cache plugin spares it most of them.

Syntax:
    etcd [ZONES...] {
        fallthrough [ZONES...]
        path PATH
        endpoint ENDPOINT...
        credentials USERNAME PASSWORD
        tls [CERT KEY] [CA]
        min-lease-ttl DURATION
        max-lease-ttl DURATION
    }

ZONES default to those of the server block, PATH to /skydns, ENDPOINT to http://localhost:2379; of several the first
that answers is asked. `tls` is for ENDPOINTs with https. A record with a lease lives no longer than that; the other two
options bound its TTL then, 30s and 24h by default. `fallthrough` passes names that do not exist on to the next plugin.

Examples:
    skydns.local {
        etcd {
            path /skydns
            endpoint http://127.0.0.1:2379
        }
        cache
    }
"""

from typing import Final

from clusterdns.corefile import Args, parse_duration
from clusterdns.credentials import client_context
from clusterdns.dns import codes
from clusterdns.dns.names import BadName, Name, longest_match, parse_name
from clusterdns.dns.query import Query
from clusterdns.dns.reply import Failure, Reply, Unanswered
from clusterdns.plugins.base import Next, Plugin, Setting
from clusterdns.plugins.etcd.answers import Answers, TooManyAliases, soa_of
from clusterdns.plugins.etcd.client import Client, EtcdError
from clusterdns.plugins.etcd.services import LONGEST_TTL, NotFound, Settings, Store

_SYNTAX: Final = "etcd [ZONES...]"
_OPTIONS: Final = {
    "fallthrough": "fallthrough [ZONES...]",
    "path": "path PATH",
    "endpoint": "endpoint ENDPOINT...",
    "credentials": "credentials USERNAME PASSWORD",
    "tls": "tls [CERT KEY] [CA]",
    "min-lease-ttl": "min-lease-ttl DURATION",
    "max-lease-ttl": "max-lease-ttl DURATION",
    "stubzones": "stubzones",  # from here on: CoreDNS still takes them, and does nothing
    "debug": "debug",
    "upstream": "upstream",
}
_ENDPOINT: Final = "http://localhost:2379"


class Etcd(Plugin):
    """Answers from a store; names that do not exist in the zones of `fallthrough` are passed on."""

    name = "etcd"

    def __init__(self, setting: Setting, zones: tuple[Name, ...]) -> None:
        self.zones = zones
        self.fallthrough: tuple[Name, ...] = ()
        self.store: Store
        self._wall = setting.world.wall

    async def serve(self, query: Query, next: Next) -> Reply:
        zone = longest_match(query.name, self.zones)
        if zone is None:
            return await next(query)
        serial = int(self._wall())
        try:
            answers = Answers(self.store, query, zone, serial)
            reply = await answers.reply()
        except NotFound:
            if longest_match(query.name, self.fallthrough) is not None:
                return await next(query)
            return _without(Reply.to(query, codes.NXDOMAIN, codes.AA), zone, serial)
        except (EtcdError, BadName, TooManyAliases) as error:
            failed = Failure(codes.SERVFAIL, Reply.to(query, flags=codes.AA).flags)
            failed.cause = Unanswered(codes.SERVFAIL, str(error), self.name)
            return _without(failed, zone, serial)
        return reply if reply.answer else _without(Reply.to(query, flags=codes.AA), zone, serial)


def _without(reply: Reply, zone: Name, serial: int) -> Reply:
    """A reply that has nothing to say but the zone's SOA."""
    reply.authority = [soa_of(zone, serial)]
    return reply


def setup(args: Args, setting: Setting) -> Plugin:
    """Reads `etcd`. Raises `CorefileError`, also for files that can't be used."""
    args.first(_SYNTAX)
    plugin = Etcd(setting, tuple(map(parse_name, args.zones(args.words()))))
    endpoints, credentials, context = [_ENDPOINT], None, None
    path, least, most = "skydns", 30, 86400
    for option in args.options(_OPTIONS):
        match option:
            case "fallthrough":
                plugin.fallthrough = tuple(map(parse_name, args.fallthrough()))
            case "path":
                path = str(args.word("PATH"))
            case "endpoint":
                endpoints = [str(word) for word in args.words(least=1)]
            case "credentials":
                user, password = args.words(least=2, most=2)
                credentials = str(user), str(password)
            case "tls":
                words = args.words(most=3)
                try:
                    context = client_context([setting.path(word) for word in words])
                except OSError as error:
                    raise args.error(f"tls: {error.strerror or error}", option) from None
            case "min-lease-ttl":
                least = _seconds(args)
            case "max-lease-ttl":
                most = _seconds(args)
            case "upstream":
                args.words()
    client = Client(endpoints, credentials, context)
    plugin.store = Store(client, Settings(path, least or 30, most or 86400))
    setting.on_stop(client.close)
    return plugin


def _seconds(args: Args) -> int:
    word = args.word("DURATION")
    try:
        seconds = parse_duration(f"{word}s" if word.isdecimal() else word)
    except ValueError as error:
        raise args.error(str(error), word) from None
    if not 0 <= seconds <= LONGEST_TTL:
        raise args.error(f"{word} is not between 0 and {LONGEST_TTL} seconds", word)
    return int(seconds)
