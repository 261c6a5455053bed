"""Commands of clusterdns that end by themselves, as processes of their own."""

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

from serving import CLUSTERDNS, PATIENCE, ROOT


def run(
    *arguments: str | Path, given: str = "", before: Iterable[str] = (), **env: str
) -> subprocess.CompletedProcess[str]:
    """What `clusterdns ARGUMENTS` prints, and its exit status.

    `given` is its standard input; `before` is a command that runs the command that follows it.
    """
    return subprocess.run(
        [*before, *CLUSTERDNS, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, **env},
        input=given,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def refusal(*arguments: str | Path) -> str:
    """What `clusterdns serve ARGUMENTS` says when it does not start."""
    ran = run("serve", *arguments)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "Traceback" not in ran.stderr
    assert ran.stdout == ""
    return ran.stderr
