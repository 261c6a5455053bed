"""The sockets of a server by their addresses: bound when first asked for, held until nobody listens there any more.

A server that is alone binds for itself. One of several workers asks their supervisor, who binds once for all of them,
so that they share a port which no other program can share. Knows no DNS.
"""

from collections.abc import Collection, Sequence
from typing import Final, Protocol

from clusterdns.plugins.base import StartError
from clusterdns.server.sockets import EVERYWHERE, Bound, Endpoint, bind

_TRIES: Final = 20  # for a port that is free on several addresses


class Binder(Protocol):
    """Whom a server asks for sockets."""

    def bind(self, host: str, port: int) -> Bound:
        """The sockets of an address: the same ones again as long as they are held.

        Raises `StartError` with a sentence for the user.
        """

    def keep(self, endpoints: Collection[Endpoint]) -> None:
        """Closes all sockets but those of `endpoints`, as their `Bound` names them."""


class Sockets:
    """Binds, for so many workers. Port 0 is any free one, but always the same."""

    def __init__(self, workers: int = 1) -> None:
        self._workers = workers
        self._held: dict[Endpoint, Bound] = {}
        self._any_port = 0

    def reserve(self, hosts: Sequence[str]) -> int:
        """Binds a port that is free on all of `hosts`, and returns it. Raises `StartError`."""
        for attempt in range(_TRIES):
            try:
                for host in hosts:
                    self.bind(host, 0)
            except StartError:
                self.keep(())
                self._any_port = 0
                if attempt == _TRIES - 1:
                    raise
            else:
                break
        return self._any_port

    def bind(self, host: str, port: int) -> Bound:
        """See `Binder`. One address and every address, of the same port, are no conflict."""
        port = port or self._any_port
        if (host, port) in self._held:
            return self._held[host, port]
        same_port = (held for held in self._held.values() if held.port == port)
        overlapping = [held.tcp for held in same_port if EVERYWHERE & {host, held.host}]
        bound = bind(host, port, self._workers, overlapping)
        self._held[host, bound.port] = bound
        if not port:
            self._any_port = bound.port
        return bound

    def keep(self, endpoints: Collection[Endpoint]) -> None:
        """See `Binder`."""
        for endpoint in self._held.keys() - set(endpoints):
            self._held.pop(endpoint).close()
