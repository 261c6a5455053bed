"""The Corefile of a test: one of its own, or the default, made to fit on free ports of 127.0.0.1.

Knows text and what it says; starts nothing.
"""

import os
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Final

from clusterdns.corefile import DEFAULT_PORTS, Corefile, ZoneKey, parse
from clusterdns.corefile.ports import first_port, leave_open
from clusterdns.plugins import ORDER
from clusterdns.testing.errors import InvalidCorefile

DEFAULT: Final = """\
{domain} in-addr.arpa ip6.arpa {{
    errors
    kubernetes {{
        pods insecure
    }}
}}

. {{
    fault {{
        rcode NXDOMAIN
    }}
}}
"""
"""The cluster as kubeadm's Corefile has it, and nothing else: any other name does not exist.

Nothing is forwarded, since a test that asks the world outside fails when that is away, and other names do not exist
rather than being REFUSED, since programs give up on the former and try again after the latter. Addresses have one
order, since a test should fail the same way twice. (`fault` is there in any case; `template` takes 30 ms to import.)
"""

_DNS: Final = "dns"
_ANY: Final = 0


def is_corefile_text(given: object) -> bool:
    """Is it a Corefile and not the path of one?"""
    return isinstance(given, str) and ("\n" in given or "{" in given)


def read_corefile(given: str | PathLike[str] | None, domain: str) -> Corefile:
    """A Corefile by its path or as text; None is the default one for this cluster domain. Raises `InvalidCorefile`."""
    if given is None:
        text, name = DEFAULT.format(domain=domain), "default Corefile"
    elif is_corefile_text(given):
        text, name = str(given), "Corefile"
    else:
        name = os.fspath(given)
        try:
            text = Path(name).read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise InvalidCorefile(f"{name}: {error.strerror or error}") from None
    return parse(text, name, env=os.environ, known=ORDER)


def on_free_ports(corefile: Corefile) -> Corefile:
    """The Corefile with the port of its first block left open, in all blocks that have it, and no `bind`.

    So that a Corefile for port 53 of a cluster's address can be served on whatever port is free, by many at once; the
    usual ports of other transports are any free ones, too.
    """
    opened = leave_open(corefile, first_port(corefile), without=("bind",))
    blocks = (replace(block, zones=tuple(map(_on_free_port, block.zones))) for block in opened.blocks)
    return replace(opened, blocks=tuple(blocks))


def _on_free_port(key: ZoneKey) -> ZoneKey:
    if key.transport == _DNS or key.listen_port() != DEFAULT_PORTS[key.transport]:
        return key
    return replace(key, port=_ANY)
