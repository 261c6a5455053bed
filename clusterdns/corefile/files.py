"""Where `import` finds its files.

Knows how paths are resolved and patterns are matched (Go's filepath.Glob: `*` matches names with a leading dot too,
names come in order). Must not know what stands in the files.
"""

import os
import re
from pathlib import Path
from typing import Protocol

_LARGEST = 64 << 20


class Files(Protocol):
    """The files that a Corefile may import."""

    def glob(self, pattern: str) -> list[str]:
        """The paths that match `pattern`, which has wildcards `*` and `?` or none, in order."""

    def read(self, path: str) -> str:
        """The text of a file. Raises `OSError` if it cannot be read."""


class Disk:
    """The files of this machine."""

    def glob(self, pattern: str) -> list[str]:
        """The paths that match `pattern`, in order; a folder that cannot be read has no files."""
        found = ["/" if pattern.startswith("/") else ""]
        for part in pattern.split("/"):
            if part:
                found = [path for folder in found for path in _inside(folder, part)]
        return found

    def read(self, path: str) -> str:
        """The text of a file. Raises `OSError` if it cannot be read or is larger than 64 MiB."""
        with Path(path).open("rb") as file:
            content = file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise OSError("larger than 64 MiB")
        return content.decode("utf-8", errors="replace")


def _inside(folder: str, part: str) -> list[str]:
    if "*" not in part and "?" not in part:
        path = os.path.join(folder, part)  # noqa: PTH118  a path as the user wrote it: Path drops `./`
        return [path] if os.path.lexists(path) else []
    matches = re.compile(re.escape(part).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL).fullmatch
    try:
        names = sorted(os.listdir(folder or "."))  # noqa: PTH208
    except OSError:
        return []
    return [os.path.join(folder, name) for name in names if matches(name)]  # noqa: PTH118
