"""A fault that a test has injected, and can take back. Knows no server."""

from collections.abc import Callable
from types import TracebackType

from clusterdns.plugins.fault import Fault


class InjectedFault:
    """A fault of a running server, until `remove`, or the end of the `with` block that it is used in."""

    def __init__(self, fault: Fault, remove: Callable[[], None]) -> None:
        self._fault = fault
        self._remove = remove

    @property
    def applied(self) -> int:
        """How many queries it has struck so far."""
        return self._fault.applied

    def remove(self) -> None:
        """Ends it; to do so again is fine."""
        self._remove()

    def __enter__(self) -> "InjectedFault":
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self.remove()
