"""Reasons that only a whole walk shows: what the search list cost, what it never tried, where it stopped.

Knows the walk, and what the table has of the names that were not asked.
"""

from collections.abc import Iterator

from clusterdns.dns.names import BadName, parse_name
from clusterdns.explain.reason import Code, Reason
from clusterdns.explain.walk import Walked
from clusterdns.records.outcomes import Missing


def elsewhere(walked: Walked) -> Iterator[Reason]:
    """A Pod that asks another DNS."""
    if walked.client.elsewhere is not None:
        yield walked.client.elsewhere


def cost(walked: Walked) -> Iterator[Reason]:
    """Names that were asked before the one that is there."""
    before = len(walked.steps) - 1
    if not walked.resolves or before < 1:
        return
    dots, ndots, last = walked.typed.count("."), walked.client.conf.ndots, walked.steps[-1].ask.name
    queries = sum(len(step.answers) for step in walked.steps[:-1])
    asked = "1 query" if queries == 1 else f"{queries} queries"
    few = f"'{walked.typed}' has {_count(dots, 'dot')}, fewer than ndots:{ndots}, so the search list comes first"
    said = few if dots < ndots else f"'{walked.typed}' as it is comes first"
    yield Reason(
        Code.SEARCH_COST,
        f"{said}: {_count(before, 'name')} and {asked} before {last.removesuffix('.')}",
        f"'{last}', with its final dot, is asked at once",
    )


def skipped(walked: Walked) -> Iterator[Reason]:
    """Names that the search list would have made, and that are there, but were never asked."""
    if walked.resolves:
        return
    asked = {step.ask.name.lower() for step in walked.steps}
    there = (name for name in _searched(walked) if name.lower() not in asked and _exists(walked, name))
    missed = next(there, None)
    if missed is None:
        return
    dots, ndots, resolver = walked.typed.count("."), walked.client.conf.ndots, walked.client.resolver
    name = missed.removesuffix(".")
    if walked.typed.endswith("."):
        yield Reason(
            Code.FINAL_DOT,
            f"'{walked.typed}' ends in a dot, so it is asked as it is, and never {name}, which is there",
            f"ask for {walked.typed.removesuffix('.')}, or for {missed}",
        )
    elif dots >= ndots:
        yield Reason(
            Code.TOO_MANY_DOTS,
            f"'{walked.typed}' has {_count(dots, 'dot')}, ndots:{ndots} or more, so {resolver} asks it as it is, and "
            f"never {name}, which is there",
            f"ask for {name}",
        )
    else:
        yield Reason(
            Code.STOPPED_EARLY,
            f"{walked.ended.why}: {name}, which is there, is never asked",
            f"ask for {missed}, with its final dot",
        )


REASONS = (elsewhere, cost, skipped)


def _searched(walked: Walked) -> list[str]:
    return [f"{walked.typed.removesuffix('.')}.{domain.strip('.')}." for domain in walked.client.conf.search]


def _exists(walked: Walked, name: str) -> bool:
    """Does the table have the name with one of the types?"""
    try:
        wire = parse_name(name)
    except BadName:
        return False
    table = walked.sites.table_for(wire)
    outcomes = [table.lookup(wire, qtype) for qtype in walked.types] if table is not None else []
    return any(outcome is not None and not isinstance(outcome, Missing) for outcome in outcomes)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
