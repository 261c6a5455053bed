"""What goes wrong in a test, each with a sentence that says what and where. Knows nothing else."""

from collections.abc import Iterable
from operator import methodcaller
from typing import Final


class ClusterDNSError(Exception):
    """Whatever `clusterdns.testing` raises."""


class InvalidObject(ClusterDNSError, ValueError):
    """Objects that can't be taken; `problems` has a line for each thing that is wrong, with name and place."""

    def __init__(self, problems: Iterable[object]) -> None:
        self.problems = list(map(str, problems))
        super().__init__("\n".join(self.problems))


class InvalidCorefile(ClusterDNSError, ValueError):
    """A Corefile that can't be served; the message has a line for each thing that is wrong."""


class CannotStart(ClusterDNSError):
    """What only a start finds: a port that is taken, a file that is missing."""


class NoSuchObject(ClusterDNSError, LookupError):
    """There is no object of that name, or it is not one that this can be done to."""


class LookupFailed(ClusterDNSError):
    """An answer that says neither which records there are nor that there are none.

    `rcode` is its response code, such as SERVFAIL; None if no answer came.
    """

    def __init__(self, sentence: str, rcode: str | None) -> None:
        self.rcode = rcode
        super().__init__(sentence)


class NotAsked(ClusterDNSError, AssertionError, TimeoutError):
    """A query did not come in time."""


HIDDEN: Final = methodcaller("errisinstance", ClusterDNSError)
"""For `__tracebackhide__` of a module: pytest then shows the line of the test at which one of these errors came up."""
