"""Looks names up as a program in a Pod does that uses glibc: search list, ndots, and what it makes of each answer.

Asks a server, and knows nothing else of the machine: no /etc/hosts, no function that a program calls.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from clusterdns.dns import codes
from clusterdns.dns.names import name_text, reverse_name
from clusterdns.dns.reply import Reply
from clusterdns.stub import ResolvConf, heard_of, walk
from clusterdns.testing.client import Server, ask, data_of

_RESOLVER: Final = "glibc"
_FAILURES: Final = frozenset({codes.SERVFAIL, codes.NOTIMP, codes.REFUSED})


class NotFound(Exception):
    """A lookup without a result; `error` is what glibc calls it, such as EAI_NONAME."""

    def __init__(self, error: str) -> None:
        self.error = error
        super().__init__(error)


class Found(NamedTuple):
    """The addresses of a name, those of IPv4 first, its canonical name, and the names that led to that."""

    canonical: str
    aliases: list[str]
    addresses: list[str]


class PodResolver:
    """How a Pod resolves: by its resolv.conf, which names a server that here is another one."""

    def __init__(self, server: Server, conf: ResolvConf) -> None:
        self.server = server
        self.conf = conf

    def addresses(self, name: str, types: tuple[int, ...] = (codes.A, codes.AAAA)) -> Found:
        """The addresses of a name as `getaddrinfo` finds them. Raises `NotFound`."""
        steps = walk(_RESOLVER, self.conf, name, types)
        replies: dict[int, Reply | None] = {}
        try:
            asked = next(steps)
            while True:
                replies = self._ask(asked.name, asked.types)
                asked = steps.send({qtype: heard_of(reply, qtype) for qtype, reply in replies.items()})
        except StopIteration as stop:
            if stop.value.error:
                raise NotFound(stop.value.error) from None
        return _found({qtype: reply for qtype, reply in replies.items() if reply is not None})

    def name_of(self, address: str) -> str:
        """The name behind an address. Raises `NotFound`."""
        name = name_text(reverse_name(address.partition("%")[0]))
        reply = self._ask(name, (codes.PTR,))[codes.PTR]
        if reply is None or reply.rcode not in (codes.NOERROR, codes.NXDOMAIN):
            raise NotFound("EAI_AGAIN")
        names = data_of(reply, codes.PTR)
        if not names:
            raise NotFound("EAI_NONAME")
        return names[0].removesuffix(".")

    def _ask(self, name: str, types: tuple[int, ...]) -> dict[int, Reply | None]:
        """Asks for all types, as often as it takes to hear something and resolv.conf allows (glibc's `res_nsend`)."""
        replies: dict[int, Reply | None] = dict.fromkeys(types)
        for _ in range(self.conf.attempts):
            new = ask(self.server, name, types, self.conf.timeout)
            replies.update({qtype: reply for qtype, reply in new.items() if reply is not None})
            if None not in new.values() and not _failures(new):
                break
        return replies


def _failures(replies: Mapping[int, Reply | None]) -> bool:
    """Do all replies say that the server can't help, so that another one would be asked, or the same again?"""
    return all(reply is not None and reply.rcode in _FAILURES for reply in replies.values())


def _found(replies: dict[int, Reply]) -> Found:
    """What replies say of which some have addresses. The last owner is the canonical name, those before are aliases."""
    addresses = [address for qtype, reply in replies.items() for address in data_of(reply, qtype)]
    reply = next(reply for qtype, reply in replies.items() if data_of(reply, qtype))
    owners = dict.fromkeys(name_text(record.owner).removesuffix(".") for record in reply.answer)
    *aliases, canonical = owners
    return Found(canonical, aliases, addresses)
