"""The zone files of a folder: which there are, what zones they are for, and what has changed since the last look.

A file that can't be read leaves its zone as it was; one that is gone takes its zone along. Knows files and the log, no
queries.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from clusterdns.corefile import parse_pattern
from clusterdns.dns.names import BadName, Name, name_text, parse_name
from clusterdns.plugins.base import Setting
from clusterdns.records.zones.file import ZoneFile
from clusterdns.records.zones.reader import ZoneFileError
from clusterdns.records.zones.zone import Zone

_PLUGIN: Final = "auto"
_FILE: Final = "file"  # the plugin in whose name CoreDNS tells of changed zone files
_REFERENCE: Final = re.compile(r"\$(?:\$|\{(\w+)\}|(\w+))")


class Naming:
    """Which files are zones, and of what name: a regular expression and a template, as for Go's Regexp.Expand."""

    def __init__(self, pattern: Any, template: str) -> None:
        self._pattern = pattern
        self._template = template.replace("{", "${")

    def origin(self, file: str) -> str:
        """The zone that a file of this name holds; empty if it is none."""
        found = self._pattern.search(file)
        if found is None:
            return ""

        def expand(reference: re.Match[str]) -> str:
            name = reference[1] or reference[2]
            if name is None:
                return "$"
            number = int(name) if name.isdecimal() and name == str(int(name)) else self._pattern.groupindex.get(name)
            return found[number] or "" if number is not None and number <= self._pattern.groups else ""

        return _REFERENCE.sub(expand, self._template)


class Folder:
    """The zones of a folder, by their apex."""

    def __init__(self, setting: Setting) -> None:
        self.path: Path | None = None
        self.naming = Naming(parse_pattern(r"db\.(.*)"), "{1}")
        self.origins: tuple[Name, ...] = ()
        self._files: dict[Name, ZoneFile] = {}
        self._setting = setting
        self._log = setting.world.log

    def __getitem__(self, origin: Name) -> Zone | None:
        return self._files[origin].zone

    async def start(self) -> None:
        """Reads all zones. What is wrong is only logged."""
        self._read()

    def check(self) -> Iterator[str]:
        """Yields what is wrong with the folder and its files."""
        problems: list[str] = []
        for origin, path in self._found(problems):
            problem = _load(ZoneFile(origin, path))
            if problem is not None:
                problems.append(problem)
        yield from problems

    def look(self) -> None:
        """Looks which files are new, which are gone and which have changed."""
        known = list(self._files.values())
        self._read()
        for file in known:
            news = file.renew() if self._files.get(file.origin) is file else None
            if news is not None:
                self._log.write("INFO" if news.changed else "ERROR", news.text, _FILE)
                if news.changed:
                    self._setting.zone_changed(file.origin)

    def _read(self) -> None:
        """Reads new files, and forgets the zones of those that are gone."""
        problems: list[str] = []
        gone = set(self._files)
        for origin, path in self._found(problems):
            gone.discard(origin)
            if origin in self._files:
                self._files[origin].path = path
                continue
            file = ZoneFile(origin, path)
            problem = _load(file)
            if problem is not None:
                problems.append(problem)
                continue
            self._files[origin] = file
            self._log.info(f"Inserting zone `{name_text(origin)}' from: {path}", _PLUGIN)
            self._setting.zone_changed(origin)
        for origin in gone:
            del self._files[origin]
            self._log.info(f"Deleting zone `{name_text(origin)}'", _PLUGIN)
            self._setting.world.revise()
        self.origins = tuple(self._files)
        self._setting.count_zones(_PLUGIN, self.origins)
        for problem in problems:
            self._log.warning(problem, _PLUGIN)

    def _found(self, problems: list[str]) -> Iterator[tuple[Name, Path]]:
        """The zones that there are, with their files. Of two for one zone the first counts."""
        if self.path is None:
            problems.append("no directory is given")
            return
        seen: dict[Name, Path] = {}
        for path in _walk(self.path.resolve(), problems):
            text = self.naming.origin(path.name)
            if not text:
                continue
            try:
                origin = parse_name(text)
            except BadName as error:
                problems.append(f"{path}: {error}")
                continue
            if origin in seen:
                used = f'using "{seen[origin]}" instead of "{path}"'
                problems.append(f'Multiple zone files match origin "{name_text(origin)}": {used}')
                continue
            seen[origin] = path
            yield origin, path


def _load(file: ZoneFile) -> str | None:
    """Reads a zone for the first time; returns what is wrong with it."""
    zone = name_text(file.origin)
    try:
        if file.load(unless_serial=0):
            return None
    except OSError as error:
        return f"Opening {file.path} failed: {error.strerror or error}"
    except ZoneFileError as error:
        return f"Parse zone `{zone}': {error}"
    return f"Parse zone `{zone}': {file.path}: the SOA's serial is 0, which CoreDNS does not serve"


def _walk(folder: Path, problems: list[str]) -> Iterator[Path]:
    """All files in a folder and in the folders below it, by name; links to folders are not followed."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        problems.append(f"error reading {folder}: {error.strerror or error}")
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path), problems)
        else:
            yield Path(entry.path)
