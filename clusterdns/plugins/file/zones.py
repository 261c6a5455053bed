"""The zone files of a server block: read at the setup, read again when they change.

A file that is missing is told and looked for again; one that is broken leaves its zone as it was. Knows files and the
log, no queries.
"""

from collections.abc import Iterator

from clusterdns.dns.names import Name, name_text
from clusterdns.plugins.base import Setting
from clusterdns.records.zones.file import ZoneFile

_PLUGIN = "file"


class ZoneFiles:
    """All zone files of a server block, by the apex of their zone."""

    def __init__(self, setting: Setting) -> None:
        self.origins: tuple[Name, ...] = ()
        self._files: dict[Name, ZoneFile] = {}
        self._setting = setting
        self._log = setting.world.log

    def __getitem__(self, origin: Name) -> ZoneFile:
        return self._files[origin]

    def add(self, file: ZoneFile) -> None:
        """One more; the last one of a zone counts."""
        self._files[file.origin] = file
        self.origins = tuple(self._files)

    async def start(self) -> None:
        """Says which files are missing and which zones there are."""
        for problem in self.check():
            self._log.warning(problem, _PLUGIN)
        for file in self._files.values():
            if file.zone is not None:
                self._setting.zone_changed(file.origin)

    def check(self) -> Iterator[str]:
        """Yields which zone files are missing."""
        for file in self._files.values():
            if file.zone is None:
                zone = name_text(file.origin)
                yield f"Failed to open {file.path}: {zone} is SERVFAIL until the file is there"

    def reload(self, file: ZoneFile) -> None:
        """Reads a file if it has changed. What goes wrong is logged."""
        news = file.renew()
        if news is None:
            return
        self._log.write("INFO" if news.changed else "ERROR", news.text, _PLUGIN)
        if news.changed:
            self._setting.zone_changed(file.origin)
