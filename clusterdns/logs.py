"""The log: lines as CoreDNS writes them, `[INFO] plugin/reload: …`, to a stream.

Knows levels and a stream, no plugin. Nothing is logged unless somebody gives a `Log` its stream; tests read a StringIO.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import StringIO
from typing import TextIO


class Log:
    """Writes whole lines; `debug` lines only when `verbose`."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stdout
        self.verbose = False

    @contextmanager
    def muted(self) -> Iterator[None]:
        """Writes nothing meanwhile."""
        stream, self.stream = self.stream, StringIO()
        try:
            yield
        finally:
            self.stream = stream

    def debug(self, text: str, plugin: str = "") -> None:
        """What only matters to whoever looks for a fault."""
        if self.verbose:
            self.write("DEBUG", text, plugin)

    def info(self, text: str, plugin: str = "") -> None:
        """What a user may want to see."""
        self.write("INFO", text, plugin)

    def warning(self, text: str, plugin: str = "") -> None:
        """Something is wrong, yet serving goes on."""
        self.write("WARNING", text, plugin)

    def error(self, text: str, plugin: str = "") -> None:
        """Something failed."""
        self.write("ERROR", text, plugin)

    def write(self, level: str, text: str, plugin: str = "") -> None:
        """One line of a level, marked with the plugin it is from."""
        where = f"plugin/{plugin}: " if plugin else ""
        with suppress(OSError, ValueError):  # a log that nobody reads any more must not stop the answers
            self.stream.write(f"[{level}] {where}{text}\n")
            self.stream.flush()
