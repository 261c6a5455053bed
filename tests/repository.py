"""A git repository in a test: folders of texts become revisions."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from shutil import which

import pytest

NEEDS_GIT = pytest.mark.skipif(which("git") is None, reason="git is not installed")
_SOMEBODY = {"NAME": "Somebody", "EMAIL": "somebody@example.com", "DATE": "2026-01-01T00:00:00Z"}


class Repository:
    """A repository in an empty folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git("init", "--quiet", "--initial-branch", "main")

    def git(self, *arguments: str) -> str:
        who = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in _SOMEBODY.items()}
        nothing = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        ran = subprocess.run(
            ["git", *arguments], cwd=self.folder, env={**os.environ, **who, **nothing}, capture_output=True, text=True
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout.strip()

    def commit(self, files: Mapping[str, str | bytes | None], tag: str = "") -> None:
        """Writes files, deletes those that are None, and commits it all."""
        for name, text in files.items():
            path = self.folder / name
            if text is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "a change")
        if tag:
            self.git("tag", tag)
