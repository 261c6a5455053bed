"""errors: logs why queries failed, when a plugin had no reply and said the reason.

Syntax:
    errors [stdout] {
        stacktrace
        consolidate DURATION REGEXP [LEVEL] [show_first]
    }

`stacktrace` adds to the failure of a plugin where in the program it happened. `consolidate` counts the errors that
match REGEXP and logs one line for all of DURATION; with `show_first` the first of them at once, and the line only if
more came. LEVEL is warning, error (the default), info or debug.

Examples:
    . {
        errors {
            consolidate 5m ".* i/o timeout$" warning
            consolidate 30s "^Failed to .+"
        }
        whoami
    }
"""

from collections.abc import Iterable
from typing import Any, Final

from clusterdns.corefile import Args, Token, duration_text
from clusterdns.dns.codes import type_text
from clusterdns.dns.names import Name, name_text
from clusterdns.dns.query import Query
from clusterdns.dns.reply import Failure, Reply, Unanswered
from clusterdns.plugins.base import Next, Plugin, Setting, World

_LEVELS: Final = ("warning", "error", "info", "debug")
_OPTIONS: Final = {"stacktrace": "stacktrace", "consolidate": "consolidate DURATION REGEXP [LEVEL] [show_first]"}
_LOOK: Final = 1.0  # seconds between looks at which consolidated errors are due


class Consolidation:
    """Errors that are counted, not logged one by one."""

    def __init__(self, seconds: float, pattern: Any, level: str, *, show_first: bool) -> None:
        self.seconds = seconds
        self.pattern = pattern
        self.level = level.upper()
        self.show_first = show_first
        self.count = 0
        self.due = 0.0

    def take(self, now: float) -> bool:
        """Counts one more; True if it is not to be logged itself."""
        self.count += 1
        if self.count == 1:
            self.due = now + self.seconds
            return not self.show_first
        return True

    def summary(self) -> str | None:
        """One line for all that was counted, which starts anew."""
        count, self.count = self.count, 0
        if not count or (count == 1 and self.show_first):
            return None
        return f"{count} errors like '{self.pattern.pattern}' occurred in last {duration_text(self.seconds)}"


class Errors(Plugin):
    """Logs the reasons of replies that are only a response code."""

    name = "errors"

    def __init__(self, world: World, consolidations: Iterable[Consolidation]) -> None:
        self.world = world
        self.consolidations = tuple(consolidations)

    def passes(self, zone: Name) -> bool:
        return True

    async def serve(self, query: Query, next: Next) -> Reply:
        try:
            reply = await next(query)
        except Unanswered as outcome:
            self._report(query, outcome)
            raise
        if isinstance(reply, Failure):
            self._report(query, reply.cause)
        return reply

    def _report(self, query: Query, outcome: Unanswered) -> None:
        if not outcome.reason:
            return
        reason, level = str(outcome), "ERROR"
        for each in self.consolidations:
            if each.pattern.search(reason):
                if each.take(self.world.clock()):
                    return
                level = each.level
                break
        self._log(level, f"{outcome.rcode} {name_text(query.name)} {type_text(query.qtype)}: {reason}")

    def look(self) -> None:
        """Logs what is due."""
        now = self.world.clock()
        self._summarize(each for each in self.consolidations if each.due <= now)

    async def stop(self) -> None:
        """Logs all that was counted, be it due or not."""
        self._summarize(self.consolidations)

    def _summarize(self, consolidations: Iterable[Consolidation]) -> None:
        for each in consolidations:
            if text := each.summary():
                self._log(each.level, text)

    def _log(self, level: str, text: str) -> None:
        if level != "DEBUG" or self.world.log.verbose:
            self.world.log.write(level, text, self.name)


def setup(args: Args, setting: Setting) -> Plugin:
    """Reads `errors`. Raises `CorefileError` for other places than stdout and for unknown options."""
    consolidations: list[Consolidation] = []
    for _ in args.once("errors [stdout]"):
        for place in args.words(most=1):
            args.choice(place, "place for errors", ("stdout",))
        for option in args.options(_OPTIONS):
            if option == "stacktrace":
                setting.stacktrace = True
            else:
                consolidations.append(_consolidation(args))
    plugin = Errors(setting.world, consolidations)
    if consolidations:
        setting.every(_LOOK, plugin.look)
        setting.on_stop(plugin.stop)
    return plugin


def _consolidation(args: Args) -> Consolidation:
    duration, pattern, *more = args.words(2, 4)
    level, show_first = _level(args, more)
    return Consolidation(
        args.duration(duration, "DURATION"), args.pattern(pattern, "REGEXP"), level, show_first=show_first
    )


def _level(args: Args, words: list[Token]) -> tuple[str, bool]:
    level, show_first = "", False
    for word in words:
        if args.choice(word, "option of consolidate", (*_LEVELS, "show_first")) == "show_first":
            show_first = True
            continue
        if show_first:
            raise args.error(f"the level '{word}' must stand before show_first", word)
        if level:
            raise args.error(f"'{word}' is a second level", word)
        level = str(word)
    return level or "error", show_first
