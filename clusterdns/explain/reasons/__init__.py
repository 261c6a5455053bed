"""All reasons behind one answer, the most useful first.

A reason is a function from a case to what it has to say, nothing as a rule. Each module has those of one part of DNS.
"""

from collections.abc import Callable, Iterator
from typing import Final

from clusterdns.explain.case import Case
from clusterdns.explain.reason import RANK, Reason
from clusterdns.explain.reasons import (
    aliases,
    answers,
    differences,
    endpoints,
    names,
    outside,
    pods,
    ports,
    serving,
    slips,
)

REASONS: Final[tuple[Callable[[Case], Iterator[Reason]], ...]] = (
    *differences.REASONS,
    *aliases.REASONS,
    *endpoints.REASONS,
    *pods.REASONS,
    *ports.REASONS,
    *slips.REASONS,
    *names.REASONS,
    *serving.REASONS,
    *outside.REASONS,
    *answers.REASONS,
)


def reasons_of(case: Case) -> list[Reason]:
    """Why the question was answered as it was; each thing is said once. There is one at least."""
    found = dict.fromkeys(reason for find in REASONS for reason in find(case))
    return sorted(found or [serving.last_word(case)], key=lambda reason: RANK[reason.code])
