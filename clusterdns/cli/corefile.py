"""Which Corefile is served: the user's, or the built-in one with kubeadm's plugins.

The built-in one forwards to `--upstream`, else to what /etc/resolv.conf names without ourselves; where none is left the
cluster is served all the same. Knows text, starts nothing.
"""

import os
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from clusterdns.cli.options import Options
from clusterdns.corefile import Corefile, parse
from clusterdns.interfaces import addresses
from clusterdns.plugins import ORDER

DEFAULT_HOSTS = ("127.0.0.1", "::1")
_EVERYWHERE = ("0.0.0.0", "::")
_RESOLV_CONF = Path("/etc/resolv.conf")
_DNS_PORT = 53
_FORWARD = """forward . {} {{
       max_concurrent 1000
    }}
    loop"""


class Source(NamedTuple):
    """A Corefile's text, the name it has in messages, and what the user should know about it."""

    text: str
    name: str
    builtin: bool
    notes: tuple[str, ...] = ()

    def parse(self) -> Corefile:
        """The server blocks, and all that is wrong with them."""
        return parse(self.text, self.name, env=os.environ, known=ORDER)


def read_corefile(options: Options) -> Source:
    """The Corefile that the options ask for. Raises `OSError` when the user's can't be read."""
    if options.conf is not None:
        return Source(options.conf.read_text(encoding="utf-8", errors="replace"), str(options.conf), builtin=False)
    template = files("clusterdns").joinpath("example/Corefile").read_text(encoding="utf-8")
    upstreams, notes = _upstreams(options)
    hosts = options.binds or DEFAULT_HOSTS
    host = f"[{hosts[0]}]" if ":" in hosts[0] else hosts[0]
    forward = _FORWARD.format(" ".join(upstreams)) if upstreams else ""
    text = template
    for placeholder, value in (("host", host), ("domain", options.settings.cluster_domain), ("forward", forward)):
        text = text.replace(f"{{{placeholder}}}", value)
    return Source(text, "built-in Corefile", builtin=True, notes=notes)


def _upstreams(options: Options) -> tuple[list[str], tuple[str, ...]]:
    if options.upstreams:
        return list(options.upstreams), ()
    try:
        text = _RESOLV_CONF.read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    named = [line.split()[1] for line in text.splitlines() if line.startswith("nameserver") and len(line.split()) > 1]
    own = _own_addresses(options)
    left = [address for address in named if address not in own]
    if left:
        return left, ()
    reason = f"{_RESOLV_CONF} names " + ("only this server" if named else "no nameserver")
    return [], (f"{reason}: names outside the cluster are not answered (--upstream ADDR forwards them)",)


def _own_addresses(options: Options) -> set[str]:
    """Addresses at which a query to port 53 would come back to us."""
    if options.port != _DNS_PORT:
        return set()
    hosts: Iterable[str] = options.binds or DEFAULT_HOSTS
    return {own for host in hosts for own in (addresses() if host in _EVERYWHERE else [host])}
