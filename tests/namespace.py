"""Scripts run in network and mount namespaces of their own: any port is free there, and glibc's resolver is ours.

A test calls `run`; the script, in another process, begins with `set_up`, and may `resolve`.
"""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

_HERE = Path(__file__).resolve().parent
_UNSHARE = ("unshare", "--net", "--mount", *(() if os.geteuid() == 0 else ("--map-root-user",)))


def run(script: Path, *arguments: str | Path) -> str:
    """What the script prints. Skips the test, with the reason, where namespaces or a tool for them are missing."""
    _skip_if_impossible()
    command = [*_UNSHARE, sys.executable, "-P", str(script), *map(str, arguments)]
    paths = [str(_HERE), str(script.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    ran = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def set_up(folder: Path, resolv_conf: str, addresses: Iterable[str] = ()) -> None:
    """Brings up loopback with more addresses, and gives the resolver its file; `folder` holds what that needs."""
    _run("ip", "link", "set", "lo", "up")
    for address in addresses:
        _run("ip", "address", "add", f"{address}/32", "dev", "lo")
    for path, text in (("/etc/resolv.conf", resolv_conf), ("/etc/nsswitch.conf", "hosts: files dns\n")):
        ours = folder / Path(path).name
        ours.write_text(text)
        _run("mount", "--bind", str(ours), path)


def resolve(name: str) -> list[str]:
    """The IPv4 addresses that glibc finds for a name, sorted as text."""
    found = subprocess.run(["getent", "ahostsv4", name], capture_output=True, text=True, timeout=30, check=False)
    return sorted({line.split()[0] for line in found.stdout.splitlines()})


def _skip_if_impossible() -> None:
    for tool in ("unshare", "ip", "mount", "getent"):
        if not shutil.which(tool):
            pytest.skip(f"this machine has no '{tool}'")
    if platform.libc_ver()[0] != "glibc":
        pytest.skip("this machine's resolver is not glibc's")
    tried = subprocess.run([*_UNSHARE, "ip", "link", "set", "lo", "up"], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"network namespaces are not allowed here: {tried.stderr.strip()}")


def _run(*command: str) -> None:
    subprocess.run(command, check=True)
