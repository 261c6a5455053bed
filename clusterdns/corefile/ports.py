"""A Corefile for a port that is not its own: what was written for port 53 is served wherever there is room.

Values in, values out: knows keys and directives, nothing of sockets.
"""

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from clusterdns.corefile.blocks import Corefile, ServerBlock

_DNS: Final = "dns"


def first_port(corefile: Corefile) -> int | None:
    """The port of the first key for DNS over UDP and TCP; None if there is no such key."""
    return next((key.listen_port() for block in corefile.blocks for key in block.zones if key.transport == _DNS), None)


def leave_open(corefile: Corefile, port: int | None, without: Collection[str]) -> Corefile:
    """The Corefile with that port of DNS over UDP and TCP left open in all keys that have it, without some directives.

    Other ports stay, since a Corefile may name them as upstreams.
    """
    return replace(corefile, blocks=tuple(_leave_open(block, port, without) for block in corefile.blocks))


def _leave_open(block: ServerBlock, port: int | None, without: Collection[str]) -> ServerBlock:
    zones = (
        replace(key, port=None) if key.transport == _DNS and key.listen_port() == port else key for key in block.zones
    )
    directives = (each for each in block.directives if each.name not in without)
    return replace(block, zones=tuple(zones), directives=tuple(directives))
