"""The lines of `template` directives, read into rules.

Knows words of a Corefile and what they make of a rule; no query comes here.
"""

from typing import Final

from clusterdns.corefile import Args, Token
from clusterdns.corefile.expression import Function, is_variable_name, read_expression
from clusterdns.dns import codes
from clusterdns.dns.edns import extended_error
from clusterdns.dns.names import Name, parse_name
from clusterdns.plugins.template.data import FIELDS, FUNCTIONS
from clusterdns.plugins.template.gotemplate import BadTemplate, Template
from clusterdns.plugins.template.rule import SECTIONS, Rule

_OPTIONS: Final = {
    "match": "match REGEX...",
    "var": "var NAME EXPRESSION",
    "expr": "expr EXPRESSION",
    **{section: f"{section} RR..." for section in SECTIONS},
    "rcode": "rcode CODE",
    "ederror": "ederror CODE [REASON]",
    "fallthrough": "fallthrough [ZONES...]",
    "upstream": "upstream",
}


def read_rules(args: Args) -> list[Rule]:
    """One rule for each directive. Raises `CorefileError`."""
    rules = []
    for _ in args.each("template CLASS TYPE [ZONES...]"):
        qclass = _number(args, args.word("CLASS"), "class", codes.CLASSES)
        qtype = _number(args, args.word("TYPE"), "record type", codes.TYPES)
        rule = Rule(_names(args.zones(args.words())), qclass, qtype)
        reader = _Reader(args, rule)
        for option in args.options(_OPTIONS):
            reader.read(option)
        rules.append(rule)
    return rules


def _number(args: Args, word: Token, what: str, numbers: dict[str, int]) -> int:
    return numbers[args.choice(word, what, list(numbers))]


def _names(zones: tuple[str, ...]) -> tuple[Name, ...]:
    return tuple(parse_name(zone) for zone in zones)


class _Reader:
    """Reads the options of one directive into its rule."""

    def __init__(self, args: Args, rule: Rule) -> None:
        self.args = args
        self.rule = rule
        self.scope: dict[str, Function | str] = dict(FUNCTIONS)

    def read(self, option: Token) -> None:
        args, rule = self.args, self.rule
        match str(option):
            case "match":
                rule.patterns += [args.pattern(word, "REGEX") for word in args.words(least=1)]
            case "var":
                self.variable()
            case "expr":
                rule.conditions.append(read_expression(args, args.words(least=1), self.scope))
            case "rcode":
                rule.rcode = _number(args, args.word("CODE"), "response code", codes.RCODES)
            case "ederror":
                code, *reason = args.words(1, 2)
                number = args.integer(code, "CODE", least=0, most=0xFFFF)
                rule.opt = extended_error(number, reason[0] if reason else "")
            case "fallthrough":
                rule.fallthrough = _names(args.fallthrough())
            case "upstream":  # CoreDNS takes and forgets it
                args.words()
            case section:
                rule.templates[section] += [self.template(word) for word in args.words(least=1)]

    def variable(self) -> None:
        name, *words = self.args.words(least=2)
        if not is_variable_name(name) or name in self.scope:
            raise self.args.error(f"'{name}' can't be the name of a variable, or is taken", name)
        expression = read_expression(self.args, words, self.scope)
        self.scope[str(name)] = expression.kind
        self.rule.variables[str(name)] = expression

    def template(self, word: Token) -> Template:
        try:
            template = Template(word, FIELDS)
        except BadTemplate as error:
            raise self.args.error(f"template '{word}': {error}", word) from None
        self.rule.doubts += [self.args.error(f"template '{word}': {doubt}", word) for doubt in template.doubts]
        return template
