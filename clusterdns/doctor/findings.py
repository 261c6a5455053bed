"""What the doctor is asked, what was seen, and what it finds. Values only."""

from enum import Enum
from typing import NamedTuple

from clusterdns.corefile import join_host_port


class Level(Enum):
    OK = "ok"
    WARNING = "warning"  # may be in the way
    PROBLEM = "problem"  # is in the way


class Finding(NamedTuple):
    """One thing that was looked at: a code for machines, what is the case, and what would do."""

    code: str
    level: Level
    what: str
    do: str = ""


class Target(NamedTuple):
    """The server that shall be asked, and the zone for which."""

    host: str
    port: int
    domain: str

    @property
    def name(self) -> str:
        """A name that every cluster has, with its final dot."""
        return f"kubernetes.default.svc.{self.domain}."

    @property
    def address(self) -> str:
        return join_host_port(self.host, self.port)

    @property
    def is_local(self) -> bool:
        """Is the zone below `local`, which is that of mDNS (RFC 6762)?"""
        return f".{self.domain}".endswith(".local")


class Seen(NamedTuple):
    """The IPv4 addresses of the target's name: as the server has it, and as programs on this machine find it.

    `error` is why the server did not reply, "" if it did.
    """

    from_server: tuple[str, ...] = ()
    by_programs: tuple[str, ...] = ()
    error: str = ""

    @property
    def agree(self) -> bool:
        return bool(self.from_server) and set(self.from_server) == set(self.by_programs)
