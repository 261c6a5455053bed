"""The files by which a program finds out how to resolve names, put in front of those of this machine."""

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from clusterdns.sandbox.kernel import MS_BIND, Forbidden, mount

RESOLV_CONF: Final = Path("/etc/resolv.conf")
HOSTS: Final = Path("/etc/hosts")
NSSWITCH: Final = Path("/etc/nsswitch.conf")
_HOSTS: Final = re.compile(r"^\s*hosts:.*$", re.MULTILINE)
_PLAIN: Final = "hosts: files dns"  # as in images of containers: no mDNS, no systemd-resolved
_CACHE: Final = Path("/run/nscd")  # of a daemon that would answer instead


def plain_nsswitch(text: str) -> str:
    """The text of nsswitch.conf with hosts looked for in files and DNS alone."""
    return _HOSTS.sub(_PLAIN, text) if _HOSTS.search(text) else f"{text}{_PLAIN}\n"


def put_in_front(files: Mapping[str, str]) -> None:
    """Lets this process and its children see texts instead of the files of that name. Raises `Forbidden`.

    The texts have no name of their own, so nothing of them is left when the last of those processes ends.
    """
    for path, text in files.items():
        with tempfile.NamedTemporaryFile("w", prefix="clusterdns-", encoding="utf-8") as ours:
            ours.write(text)
            ours.flush()
            Path(ours.name).chmod(0o644)
            try:
                mount(ours.name, path, flags=MS_BIND)
            except FileNotFoundError:
                raise Forbidden(f"there is no {path} to put another in front of; an empty file would do") from None
            except OSError as error:
                raise Forbidden(f"another {path} can't be put in front of this one: {error.strerror}") from None
    if _CACHE.is_dir():
        mount("none", str(_CACHE), "tmpfs")
