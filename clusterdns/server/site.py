"""Server blocks made ready: each block's plugins set up, in CoreDNS's order, and joined into a chain.

What is wrong is collected, so that a user sees every problem at once. Knows the Corefile and plugins, no sockets.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from clusterdns.corefile import Claim, Corefile, CorefileError, Place, ServerBlock, find_overlaps
from clusterdns.dns.names import Name, parse_name
from clusterdns.plugins import LEFT_OUT, ORDER, load
from clusterdns.plugins.base import Next, Plugin, Setting, World
from clusterdns.server.chain import link
from clusterdns.server.sockets import BY_DATAGRAM, BY_STREAM

_WITHOUT: Final = "leave the line out, or pass over it with --lenient"

Join = Callable[[ServerBlock, Sequence[Plugin]], Next]
"""Makes one callable of a block's plugins."""


@dataclass(frozen=True)
class Defaults:
    """What blocks have that say nothing of it: `port` for keys without one, `hosts` for blocks without `bind`.

    `plugins` are set up in every block that answers, whether or not it names them. If `lenient`, a plugin of CoreDNS
    that is left out on purpose is a warning.
    """

    port: int = 53
    hosts: tuple[str, ...] = ("",)
    plugins: frozenset[str] = frozenset()
    lenient: bool = False


@dataclass(frozen=True)
class Site:
    """A server block that can answer. `chain` is None where no plugin answers, and queries are refused.

    `checks` are those of its plugins, with where each plugin is set up.
    """

    setting: Setting
    chain: Next | None
    checks: Sequence[tuple[Place, Callable[[], Iterable[str | CorefileError]]]] = ()

    def passes_to(self, plugin: str, zone: Name) -> bool:
        """Does every name in the zone come to the plugin, without one above it that has to be asked?"""
        for name, above in self.setting.plugins.items():
            if name == plugin:
                return True
            if not above.passes(zone):
                return False
        return False


def make_sites(
    corefile: Corefile, world: World, defaults: Defaults, join: Join = lambda _, plugins: link(plugins)
) -> tuple[list[Site], list[CorefileError]]:
    """All server blocks of a Corefile made ready, and everything that is wrong with it.

    `join` makes a block's chain; whoever wants to watch it gives another one.
    """
    sites: list[Site] = []
    problems = list(corefile.problems)
    for block in corefile.blocks:
        site, wrong = _make_site(block, world, defaults, join)
        sites.append(site)
        problems += wrong
    claims = [
        Claim(key, host, filtered=site.setting.view is not None)
        for block, site in zip(corefile.blocks, sites, strict=True)
        for key in block.zones
        for host in (site.setting.hosts or ("",))
    ]
    return sites, problems + find_overlaps(claims, defaults.port)


def _make_site(block: ServerBlock, world: World, defaults: Defaults, join: Join) -> tuple[Site, list[CorefileError]]:
    zones = tuple(dict.fromkeys(parse_name(key.zone) for key in block.zones))
    transports = tuple(key.transport for key in block.zones)
    setting = Setting(world, zones, transports, corefile=block.place.file)
    chain: list[Plugin] = []
    problems: list[CorefileError] = []
    checks: list[tuple[Place, Callable[[], Iterable[str | CorefileError]]]] = []
    unasked = defaults.plugins - block.plugins
    for name in sorted(block.plugins | unasked, key=ORDER.index):
        args = block.args(name)
        place, known = block.place if name in unasked else args.place, len(setting.checks)
        try:
            if name in LEFT_OUT:
                raise CorefileError(place, f"plugin '{name}' is left out: {LEFT_OUT[name]}", hint=_WITHOUT)
            plugin = load(name).setup(args, setting)
        except CorefileError as error:
            if name in LEFT_OUT and defaults.lenient:
                world.log.warning(f"{place}: plugin '{name}' is passed over: {LEFT_OUT[name]}")
            else:
                problems.append(error)
            continue
        checks += [(place, check) for check in setting.checks[known:]]
        if plugin is not None:
            chain.append(plugin)
            setting.plugins[name] = plugin
    for finish in setting.finishes:
        try:
            finish()
        except CorefileError as error:
            problems.append(error)
    problems += _odd_transports(block, setting)
    setting.listen = _listen(block, setting, defaults)
    answers = not setting.plugins.keys() <= unasked
    return Site(setting, join(block, chain) if answers else None, checks), problems


def _odd_transports(block: ServerBlock, setting: Setting) -> Iterator[CorefileError]:
    """What can't be had of the transports that a block names."""
    credentials = setting.credentials
    for key in block.zones:
        if key.transport not in BY_STREAM | BY_DATAGRAM:
            yield CorefileError(key.place, f"{key.transport}:// is not part of clusterdns", hint="use dns:// or tls://")
        elif key.transport in BY_STREAM:
            continue
        elif credentials is None:
            if "tls" not in block.plugins:  # otherwise that has been said of it
                yield CorefileError(key.place, f"{key.transport}:// needs a certificate", hint="tls CERT KEY")
        elif credentials.wants_clients_known:
            problem = f"{key.transport}:// can't ask clients for certificates"
            yield CorefileError(key.place, problem, hint="give it a server block without client_auth")


def _listen(block: ServerBlock, setting: Setting, defaults: Defaults) -> tuple[tuple[str, str, int, Name], ...]:
    hosts: Sequence[str] = setting.hosts or defaults.hosts
    return tuple(
        (key.transport, host, key.listen_port(defaults.port), parse_name(key.zone))
        for key in block.zones
        for host in hosts
    )
