"""header: sets and clears flags of queries on their way to the plugins below, and of replies.

Syntax:
    header {
        query|response set|clear aa|ra|rd...
    }

Lines have their effect in their order. What is told of a query the plugins below see, and with it their upstreams.

Examples:
    . {
        header {
            query set rd
            response clear ra aa
        }
        whoami
    }
"""

from typing import Final, NamedTuple

from clusterdns.corefile import Args
from clusterdns.dns import codes
from clusterdns.dns.query import Query
from clusterdns.dns.reply import Reply
from clusterdns.plugins.base import Next, Plugin, Setting

_FLAGS: Final = {"aa": codes.AA, "ra": codes.RA, "rd": codes.RD}
_LINE: Final = "query|response set|clear aa|ra|rd..."


class Change(NamedTuple):
    """Which flags are set and which are cleared, by all lines together."""

    set: int = 0
    cleared: int = 0

    def then(self, *, set: bool, flag: int) -> "Change":
        """The change, and after it that of one flag."""
        return Change(self.set | flag, self.cleared & ~flag) if set else Change(self.set & ~flag, self.cleared | flag)

    def of(self, flags: int) -> int:
        return flags & ~self.cleared | self.set


class Header(Plugin):
    """Changes flags on the way down and on the way up."""

    name = "header"

    def __init__(self, queries: Change, replies: Change) -> None:
        self.queries = queries
        self.replies = replies

    async def serve(self, query: Query, next: Next) -> Reply:
        query.flags = self.queries.of(query.flags)  # in place: they are also in what is answered if no plugin does
        reply = await next(query)
        flags = self.replies.of(reply.flags)
        if flags == reply.flags:
            return reply
        changed = reply.copy()
        changed.still = reply.still
        changed.flags = flags
        return changed


def setup(args: Args, setting: Setting) -> Plugin:  # noqa: ARG001 - every plugin's setup takes both
    """Reads `header`. Raises `CorefileError` for unknown flags, and when there is nothing to change."""
    for _ in args.each("header { … }"):
        changes = {"query": Change(), "response": Change()}
        found = False
        for option in args.options():
            args.hint = _LINE
            kind = args.choice(option, "direction", tuple(changes), any_case=True)
            action = args.choice(args.word("set or clear"), "action", ("set", "clear"), any_case=True)
            for word in args.words(least=1):
                flag = _FLAGS[args.choice(word, "flag", tuple(_FLAGS), any_case=True)]
                changes[kind] = changes[kind].then(set=action == "set", flag=flag)
                found = True
        if found:
            return Header(changes["query"], changes["response"])
    raise args.error("no flag is set or cleared", hint=_LINE)
