"""The log: lines as CoreDNS writes them, `[INFO] plugin/reload: …`, to a stream.

Knows levels and a stream, no plugin. Nothing is logged unless somebody gives a `Log` its stream; tests read a StringIO.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import StringIO
from typing import TextIO

_MOST_QUERIES = 256  # lines of the query log that may wait


class Log:
    """Writes whole lines; `debug` lines only when `verbose`."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stdout
        self.verbose = False
        self._queries: list[str] = []

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

    def query(self, text: str) -> None:
        """A line of the query log, of which there may be many: `flush` writes those of a while together."""
        self._queries.append(f"[INFO] {text}\n")
        if len(self._queries) >= _MOST_QUERIES:
            self.flush()

    def flush(self) -> None:
        """Writes the lines of the query log that are not yet written."""
        if self._queries:
            lines, self._queries = self._queries, []
            with suppress(OSError, ValueError):
                self.stream.write("".join(lines))
                self.stream.flush()

    def write(self, level: str, text: str, plugin: str = "") -> None:
        """One line of a level, marked with the plugin it is from."""
        self.flush()
        where = f"plugin/{plugin}: " if plugin else ""
        with suppress(OSError, ValueError):  # a log that nobody reads any more must not stop the answers
            self.stream.write(f"[{level}] {where}{text}\n")
            self.stream.flush()
