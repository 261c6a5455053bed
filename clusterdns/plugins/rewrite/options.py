"""The words of a `rewrite` rule, read into what they mean.

Which rules are accepted is as in CoreDNS's plugin/rewrite. Knows words of a Corefile; no query comes here.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from clusterdns.corefile import Args, Token, normalize_name, quoted
from clusterdns.dns import codes
from clusterdns.plugins.rewrite.aliases import AliasRule
from clusterdns.plugins.rewrite.changes import (
    Change,
    OwnerChange,
    RcodeChange,
    TTLChange,
    ValueChange,
    rename_matches,
)
from clusterdns.plugins.rewrite.matching import KINDS, Exact, Match, Regex, Suffix
from clusterdns.plugins.rewrite.options_edns import read_edns_rule
from clusterdns.plugins.rewrite.rules import ClassRule, NameRule, ReplyRule, Rule, TypeRule

Words = Sequence[Token]

_MATCH: Final = "[exact|prefix|suffix|substring|regex]"
_ANSWER: Final = "[answer auto|name FROM TO|value FROM TO]..."
_SYNTAX: Final = {
    "name": f"name {_MATCH} FROM TO {_ANSWER}",
    "type": "type FROM TO",
    "class": "class FROM TO",
    "edns0": "edns0 local|nsid|subnet set|append|replace|unset ... [revert]",
    "ttl": f"ttl {_MATCH} NAME SECONDS|MIN-MAX|MIN-|-MAX",
    "cname": f"cname {_MATCH} FROM TO",
    "rcode": f"rcode {_MATCH} NAME FROM TO",
}
_MOST_TTL: Final = 2147483647
_MOST_UINT32: Final = 0xFFFFFFFF
_MOST_RCODE: Final = 23
_MOST_GROUPS: Final = 100  # that are looked for in a replacement


def read_rules(args: Args) -> Iterator[Rule]:
    """One rule for each directive. Raises `CorefileError`."""
    for _ in args.each("rewrite [continue|stop] FIELD ..."):
        words = args.words()
        if len(words) < 2:
            words += list(args.options())
        yield _read_rule(args, words)


def _read_rule(args: Args, words: Words) -> Rule:
    stop = True
    if words and words[0].lower() in ("continue", "stop"):
        stop = words[0].lower() == "stop"
        words = words[1:]
    if not words:
        raise args.error("a field to rewrite is missing")
    field = args.choice(words[0], "field", tuple(_READERS), any_case=True)
    args.hint = f"rewrite [continue|stop] {_SYNTAX[field]}"
    return _READERS[field](args, words[1:], stop)


def _name_rule(args: Args, words: Words, stop: bool) -> Rule:
    _expect(args, words, 2)
    kind = "exact" if len(words) == 2 else _kind(args, words[0])
    old, new, *rest = words if len(words) == 2 else words[1:]
    if kind == "exact":
        _regex(args, new, old)  # the wrong way round, which is CoreDNS's
    auto, changes = _answers(args, rest) if rest else (False, [])
    match = _match(args, kind, old)
    if isinstance(match, Regex):
        _regex(args, old, new)
    if kind == "suffix" and auto:
        rename = rename_matches(Suffix(normalize_name(new)), normalize_name(old))
        auto, changes = False, [OwnerChange(rename), ValueChange(rename), *changes]
    auto = auto or kind == "exact"
    return NameRule(match, normalize_name(new), auto=auto, changes=changes, stop=stop)


def _answers(args: Args, words: Words) -> tuple[bool, list[Change]]:
    """What an `answer` part says: whether names are put back, and what else is done to the reply.

    The word `answer` may be left out between two of them.
    """
    auto, owners, changes, at = False, False, list[Change](), 0
    if words[0] != "answer":
        raise args.error(f"unexpected {quoted(words[0])}", words[0])
    while at < len(words):
        at += words[at] == "answer"
        if at == len(words):
            raise args.error("auto, name or value is missing after 'answer'", words[-1])
        what = args.choice(words[at], "answer", ("auto", "name", "value"))
        if what == "auto":
            auto, at = True, at + 1
            continue
        if len(words) < at + 3:
            raise args.error(f"answer {what} takes a regular expression and a name", words[at])
        rename = rename_matches(_regex(args, words[at + 1], words[at + 2]), normalize_name(words[at + 2]))
        owners = owners or what == "name"
        changes.append(OwnerChange(rename) if what == "name" else ValueChange(rename))
        at += 3
    if auto and owners:
        raise args.error("answer auto does not go with answer name")
    return auto, changes


def _type_rule(args: Args, words: Words, stop: bool) -> Rule:
    old, new = _numbers(args, words, "record type", codes.TYPES)
    return TypeRule(old, new, stop=stop)


def _class_rule(args: Args, words: Words, stop: bool) -> Rule:
    old, new = _numbers(args, words, "class", codes.CLASSES)
    return ClassRule(old, new, stop=stop)


def _ttl_rule(args: Args, words: Words, stop: bool) -> Rule:
    match, (ttl,) = _match_and(args, words, 1)
    least, dash, most = ttl.partition("-")
    if dash and not (least or most):
        raise args.error(f"TTL {quoted(ttl)} has no bound", ttl)
    shortest = _seconds(args, ttl, least or "0")
    longest = _seconds(args, ttl, (most or str(_MOST_TTL)) if dash else least)
    if shortest > longest:
        raise args.error(f"TTL {quoted(ttl)}: {shortest} is more than {longest}", ttl)
    return ReplyRule(match, TTLChange(shortest, longest), stop=stop)


def _seconds(args: Args, whole: Token, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 32 and int(text) <= _MOST_UINT32):
        raise args.error(f"TTL {quoted(whole)} is not a number of seconds, or two of them with '-' between", whole)
    return int(text)


def _rcode_rule(args: Args, words: Words, stop: bool) -> Rule:
    match, (old, new) = _match_and(args, words, 2)
    return ReplyRule(match, RcodeChange(_rcode(args, old), _rcode(args, new)), stop=stop)


def _rcode(args: Args, word: Token) -> int:
    if word.isascii() and word.isdigit() and len(word) <= 32 and int(word) <= _MOST_RCODE:
        return int(word)
    if word.upper() not in codes.RCODES:
        raise args.unknown("response code", word, tuple(codes.RCODES))
    return codes.RCODES[word.upper()]


def _alias_rule(args: Args, words: Words, stop: bool) -> Rule:
    _expect(args, words, 2, 3)
    kind = "exact" if len(words) == 2 else _kind(args, words[0])
    old, new = (Token(word.lower(), word.place) for word in words[-2:])
    if kind == "exact":
        return AliasRule(Exact(normalize_name(old)), normalize_name(new), stop=stop)
    return AliasRule(_match(args, kind, old, whole=False), new, stop=stop)


_READERS: Final[dict[str, Callable[[Args, Words, bool], Rule]]] = {
    "name": _name_rule,
    "type": _type_rule,
    "class": _class_rule,
    "edns0": read_edns_rule,
    "ttl": _ttl_rule,
    "cname": _alias_rule,
    "rcode": _rcode_rule,
}


def _expect(args: Args, words: Words, least: int, most: int | None = None) -> None:
    if len(words) < least:
        raise args.error(f"at least {least} words are expected, not {len(words)}")
    if most is not None and len(words) > most:
        raise args.error(f"unexpected {quoted(words[most])}", words[most])


def _numbers(args: Args, words: Words, what: str, numbers: dict[str, int]) -> list[int]:
    _expect(args, words, 2, 2)
    return [numbers[args.choice(Token(word.upper(), word.place), what, tuple(numbers))] for word in words]


def _kind(args: Args, word: Token) -> str:
    return args.choice(word, "match", tuple(KINDS), any_case=True)


def _match_and(args: Args, words: Words, values: int) -> tuple[Match, Words]:
    """Which names a rule is for, exactly one unless the kind is said, and the words behind that."""
    _expect(args, words, values + 1, values + 2)
    if len(words) == values + 1:
        return Exact(normalize_name(words[0])), words[1:]
    return _match(args, _kind(args, words[0]), words[1]), words[2:]


def _match(args: Args, kind: str, text: Token, *, whole: bool = True) -> Match:
    """`whole`: what is no regular expression gets a final dot, be it a name or the beginning of one."""
    if kind == "regex":
        args.pattern(text, "regular expression")
        return Regex(text)
    return KINDS[kind](normalize_name(text) if whole else text)


def _regex(args: Args, pattern: Token, replacement: str) -> Regex:
    """A regular expression that has the groups which a replacement uses."""
    args.pattern(pattern, "regular expression")
    regex = Regex(pattern)
    used = sum(f"{{{number}}}" in replacement for number in range(_MOST_GROUPS + 1))
    if used > regex.pattern.groups:
        problem = f"{quoted(replacement)} uses {used} groups, {quoted(pattern)} has {regex.pattern.groups}"
        raise args.error(problem, pattern)
    return regex
