"""Which Corefile is served: the user's, or the built-in one with kubeadm's plugins.

The built-in one forwards to `--upstream`, else to what /etc/resolv.conf names without ourselves; where none is left the
cluster is served all the same. Knows text, starts nothing.
"""

import hashlib
import os
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from clusterdns.cli.listening import own_addresses
from clusterdns.cli.options import Options
from clusterdns.corefile import Corefile, parse
from clusterdns.plugins import ORDER
from clusterdns.plugins.base import StartError

_RESOLV_CONF = Path("/etc/resolv.conf")
_DNS_PORT = 53
_FORWARD = """forward . {} {{
       max_concurrent 1000
    }}
    loop"""


class Source(NamedTuple):
    """A Corefile that was read, and what the user should know about it."""

    corefile: Corefile
    notes: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-512 of all words, those of imports too: differs for Corefiles that say different things."""
        said = [list(map(str, self.corefile.problems))]
        for block in self.corefile.blocks:
            said.append(list(map(str, block.keys)))
            said += [list(map(str, directive.tokens)) for directive in block.directives]
        return hashlib.sha512(repr(said).encode()).hexdigest()


def read_corefile(options: Options) -> Source:
    """The Corefile that the options ask for. Raises `StartError` when the user's can't be read."""
    if options.conf is not None:
        try:
            text = options.conf.read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise StartError(f"{options.conf}: {error.strerror or error}") from None
        unused = "--upstream is not used: the Corefile says where to forward to"
        return Source(_parse(text, str(options.conf)), (unused,) if options.upstreams else ())
    text = files("clusterdns").joinpath("example/Corefile").read_text(encoding="utf-8")
    upstreams, notes = _upstreams(options)
    forward = _FORWARD.format(" ".join(upstreams)) if upstreams else ""
    for placeholder, value in (("domain", options.settings.cluster_domain), ("forward", forward)):
        text = text.replace(f"{{{placeholder}}}", value)
    return Source(_parse(text, "built-in Corefile"), notes)


def _parse(text: str, name: str) -> Corefile:
    return parse(text, name, env=os.environ, known=ORDER)


def _upstreams(options: Options) -> tuple[list[str], tuple[str, ...]]:
    """Where the built-in Corefile forwards to, and what to tell when that is nowhere."""
    if options.upstreams:
        return list(options.upstreams), ()
    try:
        text = _RESOLV_CONF.read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    lines = [line.split() for line in text.splitlines()]
    named = [words[1] for words in lines if len(words) > 1 and words[0] == "nameserver"]
    # Who listens on another port is not who resolv.conf names.
    own = own_addresses(options) if options.port == _DNS_PORT else set()
    left = [address for address in named if address not in own]
    if left:
        return left, ()
    reason = f"{_RESOLV_CONF} names " + ("only this server" if named else "no nameserver")
    return [], (f"{reason}: names outside the cluster are not answered (--upstream ADDR forwards them)",)
