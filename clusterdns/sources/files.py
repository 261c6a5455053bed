"""Manifests in files: which of them changed since they were last looked at, and what they now say.

What tells a change is the file itself (time, size, identity, then content), never an event, so no change is missed on a
file system that sends none. A file that is gone, or empty where it was not, is believed only when it is so for a while:
editors replace files in two steps. Reads files, watches nothing.
"""

import stat
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from clusterdns.cluster.problems import Place, Problem
from clusterdns.sources.folders import STDIN, Found, list_files

GRACE = 0.1
"""Seconds that a file must be gone or empty before it is believed, and unchanged before its time stamp is."""


class Text(NamedTuple):
    """What a file says. A file that was found in a folder, not named, may turn out to be no manifest."""

    label: str
    text: str
    named: bool


class Reading(NamedTuple):
    """What is new since the last look. `again` asks for another look soon: something may be only half done."""

    texts: list[Text]
    gone: list[str]
    problems: list[Problem]
    notes: list[str]
    again: bool


class _Stamp(NamedTuple):
    """What tells that a file was changed, as far as the file system knows."""

    time: int
    size: int
    device: int
    inode: int


class _Seen(NamedTuple):
    """A file as it was read. Without a stamp it was so new that another change may have the same one."""

    stamp: _Stamp | None
    content: int
    empty: bool


class Files:
    """The MANIFESTs of a command line. Call `look` at start, and again whenever something may have changed."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self._seen: dict[str, _Seen] = {}
        self._doubted: dict[str, float] = {}
        self._said: set[Problem | str] = set()

    def look(self, now: float) -> Reading:
        """Reads what is new. `now` is the time of day in seconds, as file systems write it on files."""
        listing = list_files(self.names)
        reading = Reading([], [], [], [], again=False)
        problems = [problem for problem in listing.problems if problem.place.file not in self._seen]
        doubted = False
        for found in listing.files:
            try:
                doubted |= self._look_at(found, now, reading)
            except FileNotFoundError:
                doubted = True
            except OSError as error:
                problems.append(Problem(Place(found.label), None, "", f"cannot be read: {error.strerror}"))
            except UnicodeDecodeError as error:
                line = error.object.count(b"\n", 0, error.start) + 1
                problems.append(Problem(Place(found.label, line), None, "", "is not text in UTF-8"))
        for label in self._seen.keys() - {found.label for found in listing.files}:
            if self._believe(label, now):
                del self._seen[label]
                reading.gone.append(label)
            else:
                doubted = True
        said = self._said
        self._said = {*problems, *listing.notes}
        reading.problems.extend(problem for problem in problems if problem not in said)
        reading.notes.extend(note for note in listing.notes if note not in said)
        return reading._replace(again=doubted)

    def _look_at(self, found: Found, now: float, reading: Reading) -> bool:
        """Reads one file if it changed. Returns whether it must be looked at again soon."""
        before = self._seen.get(found.label)
        if found.label == "stdin" and found.path == Path(STDIN):
            if not before:
                self._take(found, sys.stdin.buffer.read(), None, reading)
            return False
        status = found.path.stat()
        if before and not stat.S_ISREG(status.st_mode):
            return False
        stamp = _Stamp(status.st_mtime_ns, status.st_size, status.st_dev, status.st_ino)
        if before and before.stamp == stamp:
            self._doubted.pop(found.label, None)
            return False
        content = found.path.read_bytes()
        if before and not content and not before.empty and not self._believe(found.label, now):
            return True
        self._doubted.pop(found.label, None)
        settled = abs(now - status.st_mtime) > GRACE
        self._take(found, content, stamp if settled else None, reading)
        return not settled

    def _take(self, found: Found, content: bytes, stamp: _Stamp | None, reading: Reading) -> None:
        before = self._seen.get(found.label)
        digest = hash(content)
        self._seen[found.label] = _Seen(stamp, digest, not content)
        if not before or before.content != digest:
            reading.texts.append(Text(found.label, decode(content), found.named))

    def _believe(self, label: str, now: float) -> bool:
        """Whether it has been so for a while that a file is gone or empty."""
        if now - self._doubted.setdefault(label, now) < GRACE:
            return False
        del self._doubted[label]
        return True


def decode(content: bytes) -> str:
    """Text in UTF-8, or in UTF-16 with a byte order mark, as PowerShell redirects it."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    return content.decode("utf-8-sig")
