"""The words of a `rewrite edns0` rule, read into what they mean. Knows words of a Corefile; no query comes here."""

from binascii import unhexlify
from collections.abc import Sequence
from typing import Final

from clusterdns.corefile import Args, Token, parse_unsigned, quoted
from clusterdns.dns.edns import NSID, SUBNET
from clusterdns.plugins.rewrite.edns import (
    ACTIONS,
    UNSET,
    VARIABLES,
    Option,
    OptionRule,
    SubnetRule,
    VariableRule,
)
from clusterdns.plugins.rewrite.rules import Rule

_BITS: Final = {"IPv4": 32, "IPv6": 128}


def read_edns_rule(args: Args, words: Sequence[Token], stop: bool) -> Rule:
    """What `edns0` begins, without that word. Raises `CorefileError`."""
    if len(words) < 2:
        raise args.error("local, nsid or subnet, and an action, are expected after 'edns0'")
    kind = args.choice(words[0], "option", ("local", "nsid", "subnet"), any_case=True)
    action = args.choice(words[1], "action", ACTIONS, any_case=True)
    values = words[2:]
    revert = action != UNSET and len(words) > 2 and words[-1] == "revert"
    if revert:
        values = values[:-1]
    match kind:
        case "nsid":
            _expect(args, words, values, 0)
            return OptionRule(Option(NSID, action, revert), b"", stop=stop)
        case "subnet":
            option = Option(SUBNET, action, revert, once=True)
            if action == UNSET:
                _expect(args, words, values, 0)
                return OptionRule(option, b"", stop=stop)
            _expect(args, words, values, 2)
            bits = [_bits(args, word, family) for word, family in zip(values, _BITS, strict=True)]
            return SubnetRule(option, *bits, stop=stop)
    _expect(args, words, values, 1 if action == UNSET else 2)
    return _local_rule(args, action, values, revert=revert, stop=stop)


def _local_rule(args: Args, action: str, values: Sequence[Token], *, revert: bool, stop: bool) -> Rule:
    code = _number(args, values[0], "code")
    if action == UNSET:
        return OptionRule(Option(code, action, local=True), b"", stop=stop)
    value = values[1]
    if value.startswith("{") and value.endswith("}"):
        variable = value[1:-1]
        plugin, slash, label = variable.partition("/")
        if variable not in VARIABLES and not (plugin and slash and label):
            known = ", ".join(f"{{{name}}}" for name in VARIABLES)
            raise args.error(f"unknown variable {quoted(value)}", value, f"known are {known} and {{PLUGIN/LABEL}}")
        return VariableRule(Option(code, action, revert, local=True, once=True), variable, stop=stop)
    return OptionRule(Option(code, action, revert, local=True), _data(args, value), stop=stop)


def _data(args: Args, word: Token) -> bytes:
    if not word.startswith("0x"):
        return word.encode("utf-8", "surrogateescape")
    try:
        return unhexlify(word[2:])
    except ValueError:
        raise args.error(f"{quoted(word)} is not hexadecimal", word) from None


def _bits(args: Args, word: Token, family: str) -> int:
    bits = _number(args, word, f"number of {family} bits")
    if bits > _BITS[family]:
        raise args.error(f"{quoted(word)} is more than the {_BITS[family]} bits of an {family} address", word)
    return bits


def _number(args: Args, word: Token, what: str) -> int:
    try:
        return parse_unsigned(word, 16)
    except ValueError as error:
        raise args.error(f"{what} {error}", word) from None


def _expect(args: Args, words: Sequence[Token], values: Sequence[Token], count: int) -> None:
    if len(values) > count:
        raise args.error(f"unexpected {quoted(values[count])}", values[count])
    if len(values) < count:
        raise args.error(f"more is expected after {quoted(words[-1])}", words[-1])
