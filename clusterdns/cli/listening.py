"""Where to listen: what `--bind` and `--port` say for server blocks that say nothing themselves.

Knows addresses, no server.
"""

import socket

from clusterdns import interfaces
from clusterdns.cli.options import Options
from clusterdns.server.site import Defaults
from clusterdns.server.sockets import ANYWHERE, EVERYWHERE

_LOOPBACK = ("127.0.0.1", "::1")


def listening_hosts(options: Options) -> tuple[str, ...]:
    """The addresses for blocks without `bind`; ::1 only where the machine has it, "" for all of the machine."""
    if options.binds:
        return tuple(dict.fromkeys(ANYWHERE if host in {*EVERYWHERE, "*"} else host for host in options.binds))
    return _LOOPBACK if _has_ipv6_loopback() else _LOOPBACK[:1]


def defaults(options: Options) -> Defaults:
    """The same, with the port, for server blocks."""
    return Defaults(options.port, listening_hosts(options), lenient=options.lenient)


def own_addresses(options: Options) -> set[str]:
    """All addresses of this machine at which blocks without `bind` listen."""
    hosts = listening_hosts(options)
    return {*interfaces.addresses()} if ANYWHERE in hosts else {*hosts}


def _has_ipv6_loopback() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True
