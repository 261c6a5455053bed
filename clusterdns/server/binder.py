"""The sockets of a server by their addresses: bound when first asked for, held until nobody listens there any more.

A server that is alone binds for itself. One of several workers asks their supervisor, who binds once for all of them,
so that they share a port which no other program can share. Knows no DNS.
"""

import socket
from collections.abc import Collection, Sequence
from typing import Final, Protocol

from clusterdns.plugins.base import StartError
from clusterdns.server.sockets import EVERYWHERE, Bound, Endpoint, bind

_DNS: Final = "dns"  # over UDP and TCP
_TRIES: Final = 20  # for a port that is free on several addresses


class Binder(Protocol):
    """Whom a server asks for sockets."""

    def bind(self, endpoint: Endpoint) -> Bound:
        """The sockets of an endpoint: the same ones again as long as they are held.

        Raises `StartError` with a sentence for the user.
        """

    def keep(self, endpoints: Collection[Endpoint]) -> None:
        """Closes all sockets but those of `endpoints`, as their `Bound` names them."""


class Sockets:
    """Binds, for so many workers. Port 0 is any free one, but always the same of a transport."""

    def __init__(self, workers: int = 1) -> None:
        self._workers = workers
        self._held: dict[Endpoint, Bound] = {}
        self._any_port: dict[str, int] = {}

    def reserve(self, hosts: Sequence[str]) -> int:
        """Binds a port that is free on all of `hosts`, and returns it. Raises `StartError`."""
        for attempt in range(_TRIES):
            try:
                for host in hosts:
                    self.bind(Endpoint(_DNS, host, 0))
            except StartError:
                self.keep(())
                self._any_port.clear()
                if attempt == _TRIES - 1:
                    raise
            else:
                break
        return self._any_port[_DNS]

    def bind(self, endpoint: Endpoint) -> Bound:
        """See `Binder`. One address and every address, of the same port, are no conflict."""
        endpoint = self._named(endpoint)
        if endpoint in self._held:
            return self._held[endpoint]
        bound = bind(endpoint, self._workers, self._overlapping(endpoint))
        self._held[bound.endpoint] = bound
        if not endpoint.port:
            self._any_port[endpoint.transport] = bound.endpoint.port
        return bound

    def holds(self, endpoint: Endpoint) -> bool:
        """Are its sockets bound already?"""
        return self._named(endpoint) in self._held

    def _named(self, endpoint: Endpoint) -> Endpoint:
        return endpoint._replace(port=endpoint.port or self._any_port.get(endpoint.transport, 0))

    def _overlapping(self, endpoint: Endpoint) -> list[socket.socket]:
        """The sockets of the same port on a narrower or wider address."""
        same_port = ((held, bound.tcp) for held, bound in self._held.items() if held.port == endpoint.port)
        return [tcp for held, tcp in same_port if tcp is not None and EVERYWHERE & {endpoint.host, held.host}]

    def keep(self, endpoints: Collection[Endpoint]) -> None:
        """See `Binder`."""
        for endpoint in self._held.keys() - set(endpoints):
            self.release(endpoint)

    def release(self, endpoint: Endpoint) -> None:
        """Closes the sockets of an endpoint, as its `Bound` names it."""
        self._held.pop(endpoint).close()
