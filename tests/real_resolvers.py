"""Programs that look names up by a real resolver, in tests/clients, as commands that take the names."""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

_CLIENTS = Path(__file__).with_name("clients")
_COMPILED = {
    "glibc": (["cc"], "lookup.c"),
    "musl": (["musl-gcc", "-static"], "lookup.c"),
    "go": (["go", "build"], "lookup.go"),
}


def lookup_command(resolver: str, folder: Path) -> list[str]:
    """The command for a resolver, compiled into `folder` unless it is there. Skips the test where it can't be had."""
    if resolver == "c-ares":
        if not find_spec("pycares"):
            pytest.skip("pycares is not installed")
        return [sys.executable, str(_CLIENTS / "lookup_cares.py")]
    compiler, source = _COMPILED[resolver]
    if not shutil.which(compiler[0]):
        pytest.skip(f"this machine has no '{compiler[0]}'")
    binary = folder / resolver
    if not binary.exists():
        env = {**os.environ, "CGO_ENABLED": "0", "GOCACHE": str(folder / "cache"), "GO111MODULE": "off"}
        subprocess.run([*compiler, "-o", binary, _CLIENTS / source], env=env, check=True)
    return [str(binary)]
