"""The judges that came with what CoreDNS answered: programs that start a server, ask it, and compare.

They are found by the environment variable CLUSTERDNS_ORACLE, the folder that holds golden/, conformance/, realworld/.
"""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from serving import CLUSTERDNS, ROOT

VARIABLE = "CLUSTERDNS_ORACLE"
ORACLE = Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None
NEEDS_ORACLE = pytest.mark.skipif(
    ORACLE is None, reason=f"{VARIABLE} is not set, so what CoreDNS answered is not known here"
)
SHOWN = 6_000  # characters of a judge's last words
ATTEMPTS = 3
LOST_A_PORT = ("Address already in use", "is taken by another program")
"""What a judge prints when another program got a port first that it had found free. It is then asked again."""


def oracle(*parts: str) -> Path:
    """A file or folder of the oracle. Without one, a path that is not there."""
    return (ORACLE or Path("no-oracle")).joinpath(*parts)


def command(*arguments: str) -> str:
    """The command line of clusterdns as the judges want it, in one string with {placeholders}."""
    return f"{shlex.join(CLUSTERDNS)} {' '.join(arguments)}"


def judge(program: Path, *arguments: str | Path) -> None:
    """Runs a judge, which fails the test by its exit status and says why by what it printed last."""
    for _ in range(ATTEMPTS):
        ran = subprocess.run(
            [sys.executable, program, *arguments],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=900,
            check=False,
        )
        if ran.returncode == 0:
            return
        if not any(sentence in ran.stdout for sentence in LOST_A_PORT):
            break
    pytest.fail(f"{program.name} is not content:\n{ran.stdout[-SHOWN:]}", pytrace=False)
