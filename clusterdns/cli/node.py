"""The machine in the place of a Node: the files from which the kubelet would make those of a Pod.

Knows files and no Pods.
"""

from contextlib import suppress
from pathlib import Path
from typing import Final

from clusterdns.sandbox.files import RESOLV_CONF
from clusterdns.stub import ResolvConf, parse_resolv_conf

NODE_CONF: Final = RESOLV_CONF


def node_conf() -> ResolvConf:
    """The resolv.conf of this machine, empty if there is none."""
    return parse_resolv_conf(text_of(NODE_CONF))


def text_of(file: Path) -> str:
    """A file of this machine, "" if it can't be read."""
    with suppress(OSError):
        return file.read_text(encoding="utf-8", errors="replace")
    return ""
