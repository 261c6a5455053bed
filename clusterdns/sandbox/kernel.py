"""What Python lacks of Linux: unshare, mount, prctl. Raises `Forbidden`, which says what would allow it."""

import ctypes
import os
from functools import cache
from pathlib import Path
from typing import Final

CLONE_NEWNS: Final = 0x0002_0000
CLONE_NEWUTS: Final = 0x0400_0000
CLONE_NEWUSER: Final = 0x1000_0000
CLONE_NEWNET: Final = 0x4000_0000
MS_BIND: Final = 0x1000
MS_REC: Final = 0x4000
MS_PRIVATE: Final = 0x4_0000
_PR_SET_PDEATHSIG: Final = 1

_GATES: Final = (
    ("kernel/apparmor_restrict_unprivileged_userns", "1", "sysctl kernel.apparmor_restrict_unprivileged_userns=0"),
    ("kernel/unprivileged_userns_clone", "0", "sysctl kernel.unprivileged_userns_clone=1"),
    ("user/max_user_namespaces", "0", "sysctl user.max_user_namespaces=10000"),
)
"""Settings below /proc/sys by which systems forbid user namespaces, the value that does, and what undoes it."""


class Forbidden(Exception):
    """The kernel refuses; a sentence for the user."""


def enter_namespaces(*, network: bool) -> None:
    """Moves this process into mounts and a host name of its own, and into a network of its own if wanted.

    Root does so as it is, anybody else (and root in a container) in a user namespace in which they keep their name.
    The process must have one thread. Raises `Forbidden`.
    """
    flags = CLONE_NEWNS | CLONE_NEWUTS | (CLONE_NEWNET if network else 0)
    try:
        if os.geteuid() or not _unshares(flags):
            _enter_user_namespace(flags)
        mount("none", "/", flags=MS_REC | MS_PRIVATE)
    except OSError as error:
        raise Forbidden(f"this system allows no namespaces here: {error.strerror} ({what_would_do()})") from None


def _unshares(flags: int) -> bool:
    try:
        _call("unshare", flags)
    except PermissionError:
        return False
    return True


def _enter_user_namespace(flags: int) -> None:
    user, group = os.geteuid(), os.getegid()
    _call("unshare", CLONE_NEWUSER | flags)
    for file, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        Path(f"/proc/self/{file}").write_text(text, encoding="ascii")


def mount(source: str, target: str, kind: str = "", flags: int = 0) -> None:
    """Mounts a source on a target, or binds one in front of the other. Raises `OSError`."""
    _call("mount", source.encode(), os.fsencode(target), kind.encode(), flags, None)


def die_with(parent: int) -> None:
    """Has the kernel kill this process when its parent ends, even if it already has; so for what is executed, too."""
    _call("prctl", _PR_SET_PDEATHSIG, 9, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def what_would_do(settings: Path = Path("/proc/sys")) -> str:
    """What allows namespaces on a system that forbids them."""
    for name, closed, command in _GATES:
        try:
            if (settings / name).read_text(encoding="ascii").strip() == closed:
                return f"'{command}' as root would allow them"
        except OSError:
            continue
    return "root may have them; in a container, one that is started with --cap-add SYS_ADMIN or --privileged"


def _call(name: str, *arguments: object) -> None:
    if getattr(_libc(), name)(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
