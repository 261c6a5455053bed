"""In which order upstreams are tried: `random`, `round_robin`, `sequential`.

Knows nothing of what an upstream is.
"""

from collections.abc import Callable, Sequence
from random import Random
from typing import Final, TypeVar

T = TypeVar("T")


class RandomOrder:
    """Any order, each equally likely."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance

    def __call__(self, upstreams: Sequence[T]) -> Sequence[T]:
        if len(upstreams) == 1:
            return upstreams
        return self._chance.sample(upstreams, len(upstreams))


class RoundRobin:
    """Each is the first in turn, the others follow in the order of the Corefile."""

    def __init__(self, _: Random) -> None:
        self._turn = 0

    def __call__(self, upstreams: Sequence[T]) -> Sequence[T]:
        self._turn += 1
        first = self._turn % len(upstreams)
        return [upstreams[first], *upstreams[:first], *upstreams[first + 1 :]]


class Sequential:
    """Always the order of the Corefile."""

    def __init__(self, _: Random) -> None:
        pass

    def __call__(self, upstreams: Sequence[T]) -> Sequence[T]:
        return upstreams


Policy = RandomOrder | RoundRobin | Sequential

POLICIES: Final[dict[str, Callable[[Random], Policy]]] = {
    "random": RandomOrder,
    "round_robin": RoundRobin,
    "sequential": Sequential,
}
"""By the names that a Corefile has for them."""
