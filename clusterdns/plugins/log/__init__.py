"""log: writes a line for each query.

Syntax:
    log [NAMES...] [FORMAT] {
        class success|denial|error|all...
    }

NAMES are those at or below which queries are logged, all by default; the first directive that names a query decides.
FORMAT is the line, with placeholders such as `{name}`, `{common}` (the default) or `{combined}`, and with labels of the
metadata plugin such as `{/kubernetes/client-pod-name}`; it needs a name before it. `class` logs only some replies:
answers, denials (no such name or type), errors.

Examples:
    . {
        log example.org "{remote} asked {type} {name}: {rcode} {>rflags} after {duration}"
        log . {
            class denial error
        }
        whoami
    }
"""

from dataclasses import dataclass
from functools import partial
from typing import Final

from clusterdns.corefile import Args, Token
from clusterdns.dns.encode import cut_to_size
from clusterdns.dns.names import ROOT, BadName, Name, is_subdomain, parse_name
from clusterdns.dns.outcome import outcome_of
from clusterdns.dns.query import Address, Query
from clusterdns.dns.reply import NEVER, Dropped, Reply, Unanswered
from clusterdns.plugins.base import Next, Plugin, Setting, World
from clusterdns.plugins.log.format import COMBINED, COMMON, Again, Entry, Format, compile_format
from clusterdns.traffic import length_of, measured

_GROUPS: Final = ("all", "success", "denial", "error")


@dataclass(frozen=True)
class Rule:
    """Which queries are logged, and how. `groups` holds `all` or some of `success`, `denial` and `error`."""

    scope: Name
    format: Format
    groups: frozenset[str]


class QueryLog(Plugin):
    """Logs queries with their replies."""

    name = "log"

    def __init__(self, world: World, rules: list[Rule]) -> None:
        self.world = world
        self.rules = rules

    async def serve(self, query: Query, next: Next) -> Reply:
        for rule in self.rules:
            if is_subdomain(query.name, rule.scope):
                return await self._logged(query, next, rule)
        return await next(query)

    async def _logged(self, query: Query, next: Next, rule: Rule) -> Reply:
        name = query.name
        try:
            reply = await next(query)
        except Unanswered as outcome:
            bare = Reply.to(query, outcome.rcode)
            self._log(rule, name, query, query.length, bare, length_of(query, bare))
            raise
        except Dropped:
            self._log(rule, name, query, query.length, None, 0)
            raise
        asked, whole = _length_then(query, reply), reply
        if reply.transfer is not None:
            return measured(query, reply, lambda length: self._log(rule, name, query, asked, whole, length))
        again = self._log(rule, name, query, asked, reply, length_of(query, reply))
        if again is not None:
            query.also_tell(partial(self._log_again, again))
        elif reply.good_until != NEVER:
            reply = reply.copy()
            reply.good_until = NEVER  # the next query must come here too
        return reply

    def _log(self, rule: Rule, name: Name, query: Query, asked: int, reply: Reply | None, length: int) -> Again | None:
        """Logs a query of `asked` octets for a name if it is to be, with a reply of `length`.

        Returns what logs the same again.
        """
        sent = None if reply is None else cut_to_size(query, reply)
        outcome = outcome_of(query, sent, self.world.wall())
        if query.metadata is not None:
            query.metadata["log/type"] = outcome.value
            query.metadata["log/class"] = outcome.group
        if "all" not in rule.groups and outcome.group not in rule.groups:
            return None
        entry = Entry(name, query, asked, sent, length, self.world.clock() - query.received)
        self.world.log.info(rule.format.line(entry))
        return rule.format.again(entry)

    def _log_again(self, again: Again, wire: bytes, client: Address, seconds: float) -> None:
        self.world.log.query(again(int.from_bytes(wire[:2], "big"), *client, seconds))


def _length_then(query: Query, reply: Reply) -> int:
    """Octets of a query when its reply has been written: from then on CoreDNS knows only the options that it echoes."""
    opt = query.opt
    if opt is None or not opt.options or reply.opt is not None:
        return query.length
    return query.length - sum(4 + len(data) for code, data in opt.options if code not in query.server.echoed)


def setup(args: Args, setting: Setting) -> Plugin:
    """Reads `log`. Raises `CorefileError` for what is no name and for unknown classes."""
    rules: list[Rule] = []
    for _ in args.each("log [NAMES...] [FORMAT]"):
        scopes, form = _scopes_and_format(args, args.words())
        groups: set[str] = set()
        for _ in args.options({"class": "class success|denial|error|all..."}):
            groups.update(args.choice(word, "class", _GROUPS) for word in args.words(least=1))
        rules += [Rule(scope, form, frozenset(groups or {"all"})) for scope in scopes]
    return QueryLog(setting.world, rules)


def _scopes_and_format(args: Args, words: list[Token]) -> tuple[list[Name], Format]:
    text = COMMON
    if len(words) > 1 and "{" in words[-1]:
        text = words.pop().replace("{common}", COMMON).replace("{combined}", COMBINED)
    return [_scope(args, word) for word in words] or [ROOT], compile_format(text)


def _scope(args: Args, word: Token) -> Name:
    try:
        return parse_name(word)
    except BadName as error:
        raise args.error(str(error), word) from None
