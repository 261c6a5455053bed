"""Programs that look a name up by a real resolver, one for each that we know. Compiled once."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

_CLIENTS = Path(__file__).with_name("clients")


@pytest.fixture(scope="session")
def resolver_command(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[str]]:
    """The command that looks up the name put behind it, by resolver. Skips the test where it cannot be had."""
    folder = tmp_path_factory.mktemp("clients")

    def command(resolver: str) -> list[str]:
        if resolver == "c-ares":
            if not find_spec("pycares"):
                pytest.skip("pycares is not installed")
            return [sys.executable, str(_CLIENTS / "lookup_cares.py")]
        compiler, source = {
            "glibc": (["cc"], "lookup.c"),
            "musl": (["musl-gcc", "-static"], "lookup.c"),
            "go": (["go", "build"], "lookup.go"),
        }[resolver]
        if not shutil.which(compiler[0]):
            pytest.skip(f"this machine has no '{compiler[0]}'")
        binary = folder / resolver
        if not binary.exists():
            env = {**os.environ, "CGO_ENABLED": "0", "GOCACHE": str(folder / "cache"), "GO111MODULE": "off"}
            subprocess.run([*compiler, "-o", binary, _CLIENTS / source], env=env, check=True)
        return [str(binary)]

    return command
