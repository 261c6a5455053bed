"""A fault: for which queries, when, and what; and the faults that all server blocks share.

Whether a fault strikes follows from what was asked before, from its seed and from nothing else, so that what happened
once happens again.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from dataclasses import dataclass, field
from functools import partial
from ipaddress import IPv4Network, IPv6Network, ip_address
from random import Random
from typing import Final

from clusterdns.dns.names import Name
from clusterdns.dns.query import Query
from clusterdns.dns.reply import Family, Reply
from clusterdns.plugins.base import Next, World
from clusterdns.plugins.fault.effects import Effect
from clusterdns.plugins.fault.scope import Scope

Network = IPv4Network | IPv6Network

_MOST_QUESTIONS: Final = 65_536  # whose queries are counted apart; strangers decide how many there are


@dataclass(eq=False)
class Fault:
    """One fault, with `applied`, how many queries it has struck so far.

    It strikes the first `times` queries of its scope and clients, or all; of those only a `share`, from 0 to 1, that
    `seed` chooses: the n-th query for a name and type always meets the same fate, whatever is asked in between.
    """

    scope: Scope
    effect: Effect
    clients: tuple[Network, ...] = ()  # none is all
    times: int | None = None
    share: float = 1.0
    seed: int = 0
    delay: float = 0.0  # seconds before the effect
    jitter: float = 0.0  # seconds that the delay may be longer
    applied: int = field(default=0, init=False)
    _asked: dict[tuple[Name, int], int] = field(default_factory=dict, init=False, repr=False)

    def concerns(self, query: Query, world: World) -> bool:
        """May it strike such a question over this transport, now or later, from whatever client?"""
        covers = self.scope.covers
        return not self.is_used_up and self.effect.concerns(query) and covers(query.name, query.qtype, world.tables)

    @property
    def is_used_up(self) -> bool:
        """Has it struck as often as it may?"""
        return self.times is not None and self.applied >= self.times

    def strike(self, query: Query, world: World) -> float | None:
        """The seconds to wait before the effect, if it strikes this query, which it then counts; else None."""
        if not self._is_for_client(query) or not self.effect.has_turn(query, world):
            return None
        chance = self._chance(query) if self.share < 1 or self.jitter else None
        if chance is not None and chance.random() >= self.share:
            return None
        self.applied += 1
        return self.delay if chance is None else self.delay + self.jitter * chance.random()

    async def serve(self, query: Query, next: Next, world: World, seconds: float) -> Reply:
        """As `Plugin.serve`, for a query that it strikes, after so many seconds."""
        if seconds:
            await asyncio.sleep(seconds)
        return await self.effect.serve(query, next, world)

    def _is_for_client(self, query: Query) -> bool:
        if not self.clients:
            return True
        address = ip_address(query.client[0].partition("%")[0])
        return any(address in network for network in self.clients)

    def _chance(self, query: Query) -> Random:
        question = query.name, query.qtype
        if len(self._asked) >= _MOST_QUESTIONS:
            self._asked.clear()
        count = self._asked[question] = self._asked.get(question, 0) + 1
        return Random(f"{self.seed} {query.name.hex()} {query.qtype} {count}")  # noqa: S311 - it shall repeat itself


class Spared:
    """Conditions under which a reply that no fault has struck may be given again, and the others of its family."""

    def __init__(self, query: Query, faults: Iterable[Fault], world: World) -> None:
        self._name = query.name
        self._qtype = query.qtype
        self._scopes = [fault.scope for fault in faults if not fault.is_used_up and fault.effect.concerns(query)]
        self._tables = world.tables

    def spares(self, name: Name) -> bool:
        """May no fault strike the name, as the cluster is now?"""
        return not any(scope.covers(name, self._qtype, self._tables) for scope in self._scopes)

    def reply(self, reply: Reply) -> Reply:
        """The same reply, under these conditions."""
        if reply.family is None and reply.still is None:
            return reply
        spared = copy(reply)
        if reply.family is not None:
            spared.family = _SparedFamily(reply.family, self)
        if reply.still is not None:
            spared.still = partial(self._still, reply.still)
        return spared

    def _still(self, is_right: Callable[[], bool]) -> bool:
        return self.spares(self._name) and is_right()


class _SparedFamily:
    """A family of replies (see `dns.reply.Family`) but for the names that faults may strike, which take the chain."""

    def __init__(self, family: Family, spared: Spared) -> None:
        self.plugin = family.plugin
        self.zone = family.zone
        self.children = family.children
        self.mentions = family.mentions
        self._answer = family.answer
        self._spares = spared.spares

    def answer(self, name: Name) -> bytes | None:
        """As that of the family."""
        return self._answer(name) if self._spares(name) else None


class Faults:
    """The faults of all server blocks, added and removed while they serve, by who is in the server's event loop.

    There is one: `world.shared(Faults)`. The first fault that strikes a query has it.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._faults: tuple[Fault, ...] = ()

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._faults)

    def add(self, fault: Fault) -> None:
        """Has a fault strike from now on."""
        fault.effect.prepare(self._world)
        self._faults = (*self._faults, fault)
        self._world.revise()

    def remove(self, fault: Fault) -> None:
        """Takes a fault back; one that is not there is fine."""
        self._faults = tuple(other for other in self._faults if other is not fault)
        self._world.revise()

    def clear(self) -> None:
        """Takes all faults back."""
        self._faults = ()
        self._world.revise()
