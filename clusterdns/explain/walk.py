"""A walk: what a resolver asks for one name, name after name, the answers, and the reasons behind each.

Knows a resolver's steps and whom they are asked. Whoever is asked, the server in process or one far away, is an
`Asker`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from clusterdns.advice.survey import Survey
from clusterdns.dns.names import encode_name
from clusterdns.explain.case import Case
from clusterdns.explain.client import Client
from clusterdns.explain.reason import Reason
from clusterdns.explain.reasons import reasons_of
from clusterdns.explain.serving import Asked, Sites
from clusterdns.stub import Ask, Ended, walk

Asker = Callable[[bytes, int], Awaitable[Asked]]
"""Asks for a name, in the case that it is spelled, and a type."""


@dataclass(frozen=True)
class Answered:
    """One question of a walk, with its answer and the reasons for it, the most useful one first."""

    case: Case
    reasons: list[Reason]

    @property
    def found(self) -> bool:
        return self.case.heard.found


@dataclass(frozen=True)
class Step:
    """A name that was asked, for one type or several. `ask.why` is what led to it."""

    ask: Ask
    answers: list[Answered]


@dataclass
class Walked:
    """A whole walk, and how it ended."""

    typed: str
    types: tuple[int, ...]
    client: Client
    sites: Sites
    steps: list[Step] = field(default_factory=list)
    ended: Ended = field(default_factory=lambda: Ended("", "", ""))

    @property
    def resolves(self) -> bool:
        return not self.ended.error

    @property
    def found(self) -> list[Answered]:
        """The questions that were answered with what was asked for."""
        return [each for step in self.steps for each in step.answers if each.found]

    @property
    def queries(self) -> int:
        return sum(len(step.answers) for step in self.steps)


async def follow(
    ask: Asker, typed: str, types: tuple[int, ...], client: Client, survey: Survey, sites: Sites
) -> Walked:
    """Has a client look a name up, by asking `ask`. Raises `BadName`."""
    walked = Walked(typed, types, client, sites)
    steps = walk(client.resolver, client.conf, typed, types)
    try:
        step = next(steps)
        while True:
            cases = [Case(survey, sites, asked, typed, reasons_of) for asked in await _ask_all(ask, step)]
            walked.steps.append(Step(step, [Answered(case, reasons_of(case)) for case in cases]))
            step = steps.send({case.qtype: case.heard for case in cases})
    except StopIteration as stop:
        walked.ended = stop.value
    return walked


async def _ask_all(ask: Asker, step: Ask) -> list[Asked]:
    name = encode_name(step.name)
    if step.together:
        return list(await asyncio.gather(*(ask(name, qtype) for qtype in step.types)))
    return [await ask(name, qtype) for qtype in step.types]
