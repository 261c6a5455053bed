"""What clients have asked a server, and how it was answered. Knows no client and no server."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from clusterdns.dns import codes
from clusterdns.dns.names import name_text
from clusterdns.dns.query import Address, Query
from clusterdns.plugins.base import World
from clusterdns.testing.errors import HIDDEN, NotAsked

__tracebackhide__ = HIDDEN

_MOST_SHOWN: Final = 20
_MOST_LINES: Final = 50


@dataclass(slots=True)
class AskedQuery:
    """A query that came from a client.

    `name` is in lower case, without a final dot; `type` and `rcode` are text such as `A` and `NXDOMAIN`, `client` is an
    address, `time` is in seconds since 1970. `rcode` is None until there is an answer, and if there is none.
    """

    name: str
    type: str
    client: str
    transport: str
    time: float
    rcode: str | None = None

    def __str__(self) -> str:
        return f"{self.name} {self.type}"


class AskedQueries:
    """All queries that came, in order. Told of each in the server's thread, read in any."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._asked: list[AskedQuery] = []
        self._came = threading.Condition()
        world.watch = self._watch

    def all(self) -> list[AskedQuery]:
        """The queries so far."""
        with self._came:
            return list(self._asked)

    def wait_for(self, name: str, type: str | None, times: int, timeout: float) -> AskedQuery:
        """The query of this number for a name, and type if that is not None; also one that came before.

        Raises `NotAsked` after so many seconds.
        """
        wanted = plain_name(name)
        found: list[AskedQuery] = []
        seen = 0

        def is_there() -> bool:
            nonlocal seen
            new, seen = self._asked[seen:], len(self._asked)
            found.extend(query for query in new if query.name == wanted and type in (None, query.type))
            return len(found) >= times

        with self._came:
            if self._came.wait_for(is_there, timeout):
                return found[times - 1]
            raise NotAsked(_sentence(f"{wanted} {type or ''}".rstrip(), len(found), times, timeout, self._asked))

    def _watch(self, query: Query) -> Callable[[int | None], None]:
        client, _ = query.client
        name = plain_name(name_text(query.name))
        asked = AskedQuery(name, codes.type_text(query.qtype), client, query.transport, self._world.wall())
        query.also_tell(partial(self._again, asked))
        self._add(asked)
        return partial(_answered, asked)

    def _again(self, first: AskedQuery, _: bytes, client: Address, seconds: float) -> None:
        self._add(replace(first, client=client[0], time=self._world.wall() - seconds))

    def _add(self, asked: AskedQuery) -> None:
        with self._came:
            self._asked.append(asked)
            self._came.notify_all()


def describe_queries(queries: list[AskedQuery]) -> str:
    """A line for each of the last queries: what was asked, and the answer's response code."""
    left_out = len(queries) - _MOST_LINES
    lines = [f"{query} {query.rcode or 'not answered'}" for query in queries[-_MOST_LINES:]]
    return "\n".join([f"… {left_out} before"] * (left_out > 0) + lines) or "none"


def plain_name(text: str) -> str:
    """A name as `AskedQuery` has it."""
    return text.lower().removesuffix(".") or "."


def _answered(asked: AskedQuery, rcode: int | None) -> None:
    asked.rcode = None if rcode is None else codes.rcode_text(rcode)


def _sentence(what: str, found: int, times: int, timeout: float, asked: list[AskedQuery]) -> str:
    wanted = "" if times == 1 else f" {times} times, only {found},"
    instead = Counter(map(str, asked))
    shown = [text if count == 1 else f"{text} ({count} times)" for text, count in instead.items()]
    if len(shown) > _MOST_SHOWN:
        shown = [f"… and {len(shown) - _MOST_SHOWN} others before", *shown[-_MOST_SHOWN:]]
    there = ", ".join(shown) if shown else "nothing"
    return f"{what} was not asked{wanted} within {timeout:g} s; what was asked: {there}"
