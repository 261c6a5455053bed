"""The Corefile lines of `forward`, read into values; what CoreDNS's setup accepts is accepted.

Takes an `Args` and gives a `Options`. Must not know how queries are sent.
"""

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from clusterdns.corefile import Args, Token, is_domain_name, normalize_name, normalize_zones, parse_ip, split_host_port
from clusterdns.credentials import client_context
from clusterdns.dns import codes
from clusterdns.dns.names import ROOT, Name, parse_name
from clusterdns.plugins.forward.policy import POLICIES
from clusterdns.plugins.forward.targets import TLS, MissingFile, Target, parse_targets

SYNTAX: Final = "forward FROM TO..."
OPTIONS: Final = {
    "except": "except ZONES...",
    "force_tcp": "force_tcp",
    "prefer_udp": "prefer_udp",
    "expire": "expire DURATION",
    "max_age": "max_age DURATION",
    "max_idle_conns": "max_idle_conns N",
    "read_timeout": "read_timeout DURATION",
    "max_fails": "max_fails N",
    "max_connect_attempts": "max_connect_attempts N",
    "doh_method": "doh_method GET|POST",
    "tls": "tls [CERT KEY] [CA]",
    "tls_servername": "tls_servername NAME",
    "policy": "policy random|round_robin|sequential",
    "health_check": "health_check DURATION [no_rec] [domain NAME]",
    "max_concurrent": "max_concurrent N",
    "next": "next RCODE...",
    "next_on_nodata": "next_on_nodata",
    "failfast_all_unhealthy_upstreams": "failfast_all_unhealthy_upstreams",
    "failover": "failover RCODE...",
    "resolver": "resolver IP[:PORT]...",
    "source_address": "source_address IP",
}
_MOST_TARGETS: Final = 15
_MOST_UINT32: Final = 2**32 - 1


@dataclass
class Options:
    """One `forward` line. Durations are in seconds; 0 of `max_age`, `max_idle`, `max_concurrent` is no limit."""

    zone: Name = ROOT
    targets: list[Target] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)  # files among the targets, as sentences
    excepted: tuple[Name, ...] = ()
    force_tcp: bool = False
    prefer_udp: bool = False
    expire: float = 10.0
    max_age: float = 0.0
    max_idle: int = 0
    read_timeout: float = 2.0
    max_fails: int = 2
    max_attempts: int | None = None  # None: two for each upstream; 0: as many as there is time for
    doh_method: str = "POST"
    tls_files: tuple[Path, ...] = ()
    tls_server_name: str = ""
    policy: str = "random"
    probe_interval: float = 0.5
    probe_recursion: bool = True
    probe_name: Name = ROOT
    max_concurrent: int = 0
    next_rcodes: frozenset[int] = frozenset()
    next_on_nodata: bool = False
    failfast: bool = False
    failover_rcodes: frozenset[int] = frozenset()
    resolvers: tuple[tuple[str, int], ...] = ()
    source: str | None = None

    def make_context(self) -> ssl.SSLContext:
        """What a server's certificate is checked by, and our own. Raises `OSError` for files that can't be used."""
        return client_context(self.tls_files)


def parse_line(args: Args, path: Callable[[str], Path], warn: Callable[[str], None]) -> Options:
    """Reads one `forward` line and its block. `path` places relative paths. Raises `CorefileError`."""
    options = Options()
    zone = args.word("FROM")
    zones = normalize_zones(zone)
    if not zones:
        raise args.error(f"'{zone}' is not a zone", zone)
    options.zone = parse_name(zones[0])
    if len(zones) > 1:
        warn(f"Unsupported CIDR notation: '{zone}' expands to multiple zones. Using only '{zones[0]}'.")
    words = args.words(least=1)
    for option in args.options(OPTIONS):
        _parse_option(args, option, options, path)
    if options.max_age and options.max_age < options.expire:
        raise args.error(f"max_age ({options.max_age:g}s) is less than expire ({options.expire:g}s)", zone)
    _take_targets(args, words, options)
    return options


def _take_targets(args: Args, words: list[Token], options: Options) -> None:
    named = 0
    for word in words:
        try:
            targets = parse_targets(word, _read)
        except MissingFile as missing:
            options.missing.append(str(missing))
            continue
        except ValueError as error:
            raise args.error(str(error), word) from None
        named += bool(targets)
        options.targets += targets
        if options.tls_server_name and any(target.server_name for target in targets if target.transport == TLS):
            raise args.error(f"'{word}' names a server while tls_servername is set", word)
    if not options.targets and not options.missing:
        raise args.error("no upstream is named", words[0])
    if named > _MOST_TARGETS:
        raise args.error(f"{named} upstreams are named ({_MOST_TARGETS} is the most)", words[_MOST_TARGETS])


def _read(file: str) -> str:
    return Path(file).read_text(encoding="utf-8", errors="replace")


def _parse_option(args: Args, option: Token, options: Options, path: Callable[[str], Path]) -> None:
    match option:
        case "except":
            zones = [zone for word in args.words(least=1) for zone in normalize_zones(word)]
            options.excepted += tuple(map(parse_name, zones))
        case "force_tcp":
            args.end()
            options.force_tcp = True
        case "prefer_udp":
            args.end()
            options.prefer_udp = True
        case "next_on_nodata":
            args.end()
            options.next_on_nodata = True
        case "failfast_all_unhealthy_upstreams":
            args.words(most=0)
            options.failfast = True
        case "tls":
            options.tls_files = tuple(path(word) for word in args.words(most=3))
            _check_tls(args, options)
        case "next":
            options.next_rcodes |= _parse_rcodes(args)
        case "failover":
            options.failover_rcodes |= _parse_rcodes(args)
            if codes.NOERROR in options.failover_rcodes:
                raise args.error("NOERROR is no reason to try the next upstream", option)
        case "resolver":
            options.resolvers = tuple(_parse_resolver(args, word) for word in args.words(least=1))
        case "health_check":
            _parse_health_check(args, options)
        case _:
            _parse_value(args, option, options)


def _parse_value(args: Args, option: Token, options: Options) -> None:
    """Options of one word. What else stands on their line is taken for an option, as CoreDNS does."""
    word = args.word("a value")
    match option:
        case "expire":
            options.expire = args.duration(word, "expire", least=0)
        case "max_age":
            options.max_age = args.duration(word, "max_age", least=0)
        case "max_idle_conns":
            options.max_idle = args.integer(word, "max_idle_conns", least=0)
        case "read_timeout":
            options.read_timeout = args.duration(word, "read_timeout", least=0)
            if not options.read_timeout:
                raise args.error("read_timeout 0 leaves no time for a reply", word)
        case "max_fails":
            options.max_fails = args.integer(word, "max_fails", least=0, most=_MOST_UINT32)
        case "max_connect_attempts":
            options.max_attempts = args.integer(word, "max_connect_attempts", least=0, most=_MOST_UINT32)
        case "doh_method":
            options.doh_method = args.choice(word, "doh_method", ("GET", "POST"))
        case "tls_servername":
            options.tls_server_name = str(word)
        case "policy":
            options.policy = args.choice(word, "policy", tuple(POLICIES))
        case "max_concurrent":
            options.max_concurrent = args.integer(word, "max_concurrent", least=0)
        case "source_address":
            address = args.ip(word, "source_address")
            options.source = str(getattr(address, "ipv4_mapped", None) or address)


def _parse_health_check(args: Args, options: Options) -> None:
    options.probe_interval = args.duration(args.word("a duration"), "health_check", least=0)
    options.probe_name = ROOT
    while (word := args.word_or_none()) is not None:
        if word == "no_rec":
            options.probe_recursion = False
        elif word == "domain":
            name = args.word("a domain name")
            if not is_domain_name(name):
                raise args.error(f"'{name}' is not a domain name", name)
            options.probe_name = parse_name(normalize_name(name))
        else:
            raise args.unknown("option", word, ("no_rec", "domain"))


def _parse_rcodes(args: Args) -> frozenset[int]:
    words = args.words(least=1)
    for word in words:
        if word.upper() not in codes.RCODES:
            raise args.unknown("response code", word, tuple(codes.RCODES))
    return frozenset(codes.RCODES[word.upper()] for word in words)


def _parse_resolver(args: Args, word: Token) -> tuple[str, int]:
    try:
        host, port = split_host_port(word)
    except ValueError:
        host, port = word, "53"
    try:
        return str(parse_ip(host)), int(port)
    except ValueError:
        raise args.error(f"resolver '{word}' is not an IP address or IP:PORT", word) from None


def _check_tls(args: Args, options: Options) -> None:
    """A broken certificate is told now, one that is missing at the start."""
    if not options.tls_files:
        return
    try:
        options.make_context()
    except FileNotFoundError:
        pass
    except OSError as error:
        raise args.error(f"tls: {error.strerror or error}") from None
