"""The Corefile lines of `cache`, read into values; what CoreDNS's setup accepts is accepted.

Takes an `Args` and gives an `Options`. Must not know how anything is cached.
"""

from dataclasses import dataclass
from typing import Final

from clusterdns.corefile import Args, Token, normalize_name, parse_integer
from clusterdns.dns.names import ROOT, BadName, Name, parse_name

SYNTAX: Final = "cache [TTL] [ZONES...]"
OPTIONS: Final = {
    "success": "success CAPACITY [TTL] [MINTTL]",
    "denial": "denial CAPACITY [TTL] [MINTTL]",
    "prefetch": "prefetch AMOUNT [DURATION [PERCENTAGE%]]",
    "serve_stale": "serve_stale [DURATION [immediate [TTL [RECHECK]] | verify [TIMEOUT [TTL [RECHECK]]]]]",
    "serve_stale_policy": "serve_stale_policy prefer_positive",
    "servfail": "servfail DURATION",
    "disable": "disable success|denial [ZONES...]",
    "keepttl": "keepttl",
}
LONGEST_SERVFAIL: Final = 300.0  # seconds (RFC 2308 7.1)


@dataclass
class Room:
    """What is kept of one kind of reply: how many, for how many seconds at most and at least, and where it is not."""

    capacity: int
    ttl: int
    min_ttl: int
    disabled: tuple[Name, ...] = ()


@dataclass
class Options:
    """A `cache` line. Durations are in seconds."""

    zones: tuple[Name, ...]
    success: Room
    denial: Room
    servfail: float = 5.0
    prefetch: int = 0  # hits that make a reply worth fetching anew before it expires; 0 is never
    prefetch_within: float = 60.0  # that hits may be apart
    prefetch_percent: int = 10  # of its TTL that a reply has left then
    stale: float = 0.0  # for how long expired replies are served; 0 is not at all
    verify: bool = False
    verify_timeout: float = 0.0  # 0: as long as it takes
    stale_ttl: int = 0
    stale_recheck: float = 0.0
    prefer_positive: bool = False
    keepttl: bool = False


def parse_options(args: Args) -> Options:
    """Reads `cache`. Raises `CorefileError`."""
    options = Options((), Room(10_000, 3600, 5), Room(10_000, 1800, 5))
    seen: set[str] = set()
    for _ in args.once(SYNTAX):
        words = args.words()
        if words and _is_integer(words[0]):
            options.success.ttl = options.denial.ttl = args.integer(words.pop(0), "TTL", least=1)
        options.zones = tuple(map(parse_name, args.zones(words)))
        for option in args.options(OPTIONS):
            if option == "serve_stale_policy" and option in seen:
                raise args.error("serve_stale_policy is given twice", option)
            seen.add(option)
            _parse_option(args, option, options)
            last = option
        if "serve_stale_policy" in seen and "serve_stale" not in seen:
            raise args.error("serve_stale_policy means nothing without serve_stale", last)
    return options


def _parse_option(args: Args, option: Token, options: Options) -> None:
    match option:
        case "success":
            _parse_room(args, options.success)
        case "denial":
            _parse_room(args, options.denial)
        case "prefetch":
            _parse_prefetch(args, options)
        case "serve_stale":
            _parse_stale(args, options)
        case "serve_stale_policy":
            (word,) = args.words(1, 1)
            if word.lower() != "prefer_positive":
                raise args.unknown("policy", word, ("prefer_positive",))
            options.prefer_positive = True
        case "servfail":
            (word,) = args.words(1, 1)
            options.servfail = args.duration(word, "servfail", least=0, most=LONGEST_SERVFAIL)
        case "disable":
            _parse_disable(args, options)
        case "keepttl":
            args.words(most=0)
            options.keepttl = True


def _parse_room(args: Args, room: Room) -> None:
    capacity, *rest = args.words(least=1)
    room.capacity = args.integer(capacity, "capacity")
    if rest:
        room.ttl = args.integer(rest[0], "TTL", least=1)
    if rest[1:]:
        room.min_ttl = args.integer(rest[1], "minimum TTL", least=0)


def _parse_prefetch(args: Args, options: Options) -> None:
    amount, *rest = args.words(1, 3)
    options.prefetch = args.integer(amount, "amount", least=0)
    if rest:
        options.prefetch_within = args.duration(rest[0], "duration")
    if rest[1:]:
        word = rest[1]
        if not word.endswith("%"):
            raise args.error(f"percentage '{word}' does not end in %", word)
        options.prefetch_percent = args.integer(Token(word[:-1], word.place), "percentage", least=10, most=90)


def _parse_stale(args: Args, options: Options) -> None:
    words = args.words(most=5)
    options.stale, options.verify = 3600.0, False
    options.verify_timeout = options.stale_recheck = 0.0
    options.stale_ttl = 0
    if words:
        options.stale = args.duration(words.pop(0), "duration", least=0)
    if words:
        mode = words.pop(0)
        options.verify = args.choice(mode.lower(), "refresh mode", ("immediate", "verify")) == "verify"
    if words and options.verify:
        options.verify_timeout = args.duration(words.pop(0), "timeout", least=0)
    if words:
        word = words.pop(0)
        ttl = args.duration(word, "TTL", least=0, most=2**32 - 1)
        if ttl % 1:
            raise args.error(f"TTL '{word}' is not a whole number of seconds", word)
        options.stale_ttl = int(ttl)
    if words:
        options.stale_recheck = args.duration(words.pop(0), "recheck", least=0, most=300)
    if words:
        raise args.error(f"'{words[0]}' is one argument too many", words[0])


def _parse_disable(args: Args, options: Options) -> None:
    kind, *words = args.words(least=1)
    args.choice(kind, "kind of cache", ("success", "denial"))
    try:
        zones = tuple(parse_name(normalize_name(word)) for word in words) or (ROOT,)
    except BadName as error:
        raise args.error(str(error), kind) from None
    (options.success if kind == "success" else options.denial).disabled = zones


def _is_integer(word: str) -> bool:
    try:
        parse_integer(word)
    except ValueError:
        return False
    return True
