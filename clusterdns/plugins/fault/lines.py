"""The lines of `fault` directives, read into faults.

Knows words and their places; what a value means is the part of the options.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from clusterdns.corefile import Args, CorefileError, Token
from clusterdns.dns.names import parse_name
from clusterdns.plugins.fault import options
from clusterdns.plugins.fault.faults import Fault
from clusterdns.plugins.fault.scope import NamePattern
from clusterdns.records.selectors import parse_selector

_SYNTAX: Final = "fault [NAMES...]"
_OPTIONS: Final = {
    "type": "type TYPE...",
    "client": "client ADDRESS|NETWORK...",
    "namespace": "namespace NAMESPACE...",
    "selector": "selector SELECTOR",
    "rcode": "rcode RCODE",
    "empty": "empty",
    "drop": "drop",
    "truncate": "truncate",
    "address": "address ADDRESS...",
    "stale": "stale [DURATION]",
    "delay": "delay DURATION [JITTER]",
    "times": "times N",
    "share": "share SHARE",
    "seed": "seed N",
}


def read_faults(args: Args) -> tuple[list[Fault], list[CorefileError]]:
    """One fault for each directive, and what is to be said of names that they can't strike. Raises `CorefileError`."""
    doubts: list[CorefileError] = []
    return [_read(args, name, doubts) for name in args.each(_SYNTAX)], doubts


def _read(args: Args, name: Token, doubts: list[CorefileError]) -> Fault:
    words = args.words()
    given: dict[str, Any] = {"pattern": _checked(args, NamePattern, words)}
    doubts += [doubt for word in words if (doubt := _doubt(args, word)) is not None]
    for option in args.options(_OPTIONS):
        if option in given:
            raise args.error(f"{option} is given twice", option)
        given |= _read_option(args, str(option))
    try:
        return options.make_fault(**given)
    except ValueError as error:
        raise args.error(str(error), name) from None


def _doubt(args: Args, word: Token) -> CorefileError | None:
    """What is odd about a name that no query of the server block has; others may share the lines (import)."""
    if any(NamePattern(word).reaches(parse_name(zone)) for zone in args.block_zones):
        return None
    hint = f"its names end in {' '.join(args.block_zones)}"
    return args.error(f"no query of this server block is for '{word}'", word, hint)


def _read_option(args: Args, option: str) -> dict[str, Any]:
    """What an option's line says, by keywords of `make_fault`."""
    match option:
        case "empty" | "drop" | "truncate":
            args.words(most=0)
            return {option: True}
        case "type":
            return {option: _checked(args, options.parse_type, args.words(1))}
        case "client":
            return {option: _checked(args, options.parse_client, args.words(1))}
        case "address":
            return {option: _checked(args, options.parse_address, args.words(1))}
        case "rcode":
            return {option: _checked(args, options.parse_rcode, args.words(1, 1))[0]}
        case "share":
            (word,) = args.words(1, 1)
            return {option: _value(args, options.parse_share, word)}
        case "namespace":
            return {option: list(map(str, args.words(1)))}
        case "selector":
            words = args.words(1)
            text = " ".join(words)
            _value(args, lambda _: parse_selector(text), words[0])
            return {option: text}
        case "stale":
            words = args.words(most=1)
            return {option: args.duration(words[0], "DURATION", least=0) if words else True}
        case "delay":
            delay, *jitter = args.words(1, 2)
            seconds = args.duration(delay, "DURATION", least=0)
            return {option: seconds, "jitter": args.duration(jitter[0], "JITTER", least=0) if jitter else 0.0}
        case _:  # times, seed
            return {option: args.integer(args.words(1, 1)[0], "N", least=1 if option == "times" else None)}


def _checked(args: Args, parse: Callable[[str], object], words: Sequence[Token]) -> list[str]:
    """The words as texts, after each was tried."""
    for word in words:
        _value(args, parse, word)
    return list(map(str, words))


def _value(args: Args, parse: Callable[[str], Any], word: Token) -> Any:
    try:
        return parse(word)
    except ValueError as error:
        raise args.error(str(error), word) from None
