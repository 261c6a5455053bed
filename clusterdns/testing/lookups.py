"""Python's own functions that look names up, made to do so as a Pod does, and put back afterwards.

What a Pod does not ask its DNS for stays as it was: addresses, names in /etc/hosts, this machine's own name, ports and
services, flags. Knows the socket module; how a Pod resolves is known elsewhere.
"""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from operator import methodcaller
from pathlib import Path
from typing import Any, Final

from clusterdns.dns import codes
from clusterdns.testing.pod import Found, NotFound, PodResolver
from clusterdns.testing.replacing import replaced

__tracebackhide__ = methodcaller("errisinstance", (socket.gaierror, socket.herror))
"""pytest shows the line of the program that a name was not found for, as it would be without us."""

_HOSTS: Final = Path("/etc/hosts")
_LOCALHOST: Final = "localhost"
_UNKNOWN_HOST: Final = (1, "Unknown host")  # of gethostbyaddr: HOST_NOT_FOUND
_TRY_AGAIN: Final = (2, "Host name lookup failure")
_SENTENCES: Final = {
    "EAI_NONAME": "Name or service not known",
    "EAI_NODATA": "No address associated with hostname",
    "EAI_AGAIN": "Temporary failure in name resolution",
    "EAI_FAIL": "Non-recoverable failure in name resolution",
}


@contextmanager
def looking_up(pod: PodResolver) -> Iterator[None]:
    """Has all of the process look names up as the Pod does, meanwhile."""
    lookups = _Lookups(pod)
    with (
        replaced(
            socket,
            getaddrinfo=lookups.getaddrinfo,
            gethostbyname=lookups.gethostbyname,
            gethostbyname_ex=lookups.gethostbyname_ex,
            gethostbyaddr=lookups.gethostbyaddr,
            getnameinfo=lookups.getnameinfo,
        ),
        replaced(
            socket.socket,
            connect=_with_address(lookups, socket.socket.connect),
            connect_ex=_with_address(lookups, socket.socket.connect_ex),
            sendto=_with_address(lookups, socket.socket.sendto),
        ),
    ):
        yield


class _Lookups:
    """The functions of the socket module. What the Pod's DNS is not asked for, those of before are."""

    def __init__(self, pod: PodResolver) -> None:
        self._pod = pod
        self._getaddrinfo = socket.getaddrinfo
        self._gethostbyname = socket.gethostbyname
        self._gethostbyname_ex = socket.gethostbyname_ex
        self._gethostbyaddr = socket.gethostbyaddr
        self._getnameinfo = socket.getnameinfo
        self._hosts = _read_hosts() | {_LOCALHOST, socket.gethostname().lower()}

    def getaddrinfo(
        self, host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
    ) -> list[Any]:
        name = None if flags & socket.AI_NUMERICHOST else self.asked_for(host)
        types = _types_of(family, flags)
        if name is None or not types:
            return self._getaddrinfo(host, port, family, type, proto, flags)
        found = self._found(name, types)
        addresses = [each for each in found.addresses if ":" in each]
        if family != socket.AF_INET6 or flags & socket.AI_ALL or not addresses:
            addresses = found.addresses
        infos = [
            info
            for address in addresses
            for info in self._getaddrinfo(address, port, family, type, proto, flags | socket.AI_NUMERICHOST)
        ]
        if flags & socket.AI_CANONNAME:
            infos = [(*info[:3], "" if number else found.canonical, info[4]) for number, info in enumerate(infos)]
        return infos

    def gethostbyname(self, name: Any) -> str:
        asked = self.asked_for(name)
        if asked is None:
            return self._gethostbyname(name)
        return self._found(asked, (codes.A,)).addresses[0]

    def gethostbyname_ex(self, name: Any) -> tuple[str, list[str], list[str]]:
        asked = self.asked_for(name)
        if asked is None:
            return self._gethostbyname_ex(name)
        self.gethostbyname(name)  # Python itself looks it up twice, which who counts queries may see
        found = self._found(asked, (codes.A,))
        return found.canonical, found.aliases, found.addresses

    def gethostbyaddr(self, name: Any) -> tuple[str, list[str], list[str]]:
        asked = self.asked_for(name)
        address = str(name) if asked is None else self.gethostbyname(name)
        if not self._has_name_in_dns(address):
            return self._gethostbyaddr(name)
        try:
            return self._pod.name_of(address), [], [address]
        except NotFound as error:
            raise socket.herror(*(_TRY_AGAIN if error.error == "EAI_AGAIN" else _UNKNOWN_HOST)) from None

    def getnameinfo(self, sockaddr: Any, flags: int) -> tuple[str, str]:
        if flags & socket.NI_NUMERICHOST or not self._has_name_in_dns(str(sockaddr[0])):
            return self._getnameinfo(sockaddr, flags)
        host, service = self._getnameinfo(sockaddr, flags & ~socket.NI_NAMEREQD | socket.NI_NUMERICHOST)
        try:
            return self._pod.name_of(host), service
        except NotFound as error:
            if flags & socket.NI_NAMEREQD:
                raise _gaierror(error) from None
            return host, service

    def asked_for(self, host: Any) -> str | None:
        """The name that the Pod's DNS is asked for; None if it is not.

        Raises `UnicodeError` for what can't be a name, as the functions always do.
        """
        if not isinstance(host, str | bytes) or not host:
            return None
        name = host.decode() if isinstance(host, bytes) else host.encode("idna").decode()
        plain = name.lower().removesuffix(".")
        if plain in self._hosts or plain.endswith(f".{_LOCALHOST}") or self._is_address(name):
            return None
        return name

    def _found(self, name: str, types: tuple[int, ...]) -> Found:
        try:
            return self._pod.addresses(name, types)
        except NotFound as error:
            raise _gaierror(error) from None

    def _has_name_in_dns(self, address: str) -> bool:
        return self._is_address(address) and address not in self._hosts

    def _is_address(self, text: str) -> bool:
        """Is it an address in any of the ways in which the system reads one?"""
        try:
            self._getaddrinfo(text, None, flags=socket.AI_NUMERICHOST)
        except OSError:
            return False
        return True


def _with_address(lookups: _Lookups, real: Callable[..., Any]) -> Callable[..., Any]:
    """A method of sockets whose last argument is an address, which may have a name for its host."""

    def method(self: socket.socket, *arguments: Any) -> Any:
        address = arguments[-1] if arguments else None
        if (
            self.family in (socket.AF_INET, socket.AF_INET6)
            and isinstance(address, tuple)
            and len(address) >= 2
            and lookups.asked_for(address[0]) is not None
        ):
            host, port, *flow_and_scope = address
            resolved = lookups.getaddrinfo(host, port, self.family, self.type)[0][4]
            arguments = (*arguments[:-1], (*resolved[:2], *flow_and_scope))
        return real(self, *arguments)

    return method


def _types_of(family: int, flags: int) -> tuple[int, ...]:
    """The types to ask for; none if the family has no names."""
    match family:
        case socket.AF_UNSPEC:
            return (codes.A, codes.AAAA)
        case socket.AF_INET:
            return (codes.A,)
        case socket.AF_INET6:
            return (codes.AAAA, codes.A) if flags & socket.AI_V4MAPPED else (codes.AAAA,)
    return ()


def _gaierror(error: NotFound) -> socket.gaierror:
    number = getattr(socket, error.error, socket.EAI_NONAME)  # not every system has EAI_NODATA
    return socket.gaierror(number, _SENTENCES[error.error])


def _read_hosts() -> set[str]:
    """All names and addresses in /etc/hosts."""
    words: set[str] = set()
    with suppress(OSError):
        for line in _HOSTS.read_text(encoding="utf-8", errors="replace").splitlines():
            words.update(line.partition("#")[0].lower().split())
    return words
