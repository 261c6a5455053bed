"""glibc's resolver as a Pod has it: search path, `ndots:5`, and the node's cache as its nameserver."""

import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXPECTED = {
    "service1": ["10.11.4.10"],
    "service1.default": ["10.11.4.10"],
    "pod5.headless1": ["20.109.5.13"],
    "20-109-5-11": [],  # the name of a Pod works only in full
    "20-109-5-11.default.pod.cluster.local": ["20.109.5.11"],
    "master": ["192.168.0.30"],
    "www.google.com": ["198.51.100.30"],
}
UNSHARE = ("unshare", "--net", "--mount", *(() if os.geteuid() == 0 else ("--map-root-user",)))


def test_glibc_finds_short_names_by_a_pods_search_path(tmp_path: Path) -> None:
    skip_without_namespaces()

    lookup = [*UNSHARE, sys.executable, str(Path(__file__).with_name("in_namespace.py")), str(tmp_path), *EXPECTED]
    found = subprocess.run(lookup, capture_output=True, text=True, timeout=120, check=False)

    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout) == EXPECTED


def skip_without_namespaces() -> None:
    for tool in ("unshare", "ip", "mount", "getent"):
        if not shutil.which(tool):
            pytest.skip(f"this machine has no '{tool}'")
    if platform.libc_ver()[0] != "glibc":
        pytest.skip("this machine's resolver is not glibc's")
    tried = subprocess.run([*UNSHARE, "ip", "link", "set", "lo", "up"], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"no network namespace is allowed here: {tried.stderr.strip()}")
