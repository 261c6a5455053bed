"""The zone files of a server block: read at the setup, read again when they change.

A file that is missing is told and looked for again; one that is broken leaves its zone as it was. Knows files and the
log, no queries.
"""

from collections.abc import Iterator
from pathlib import Path

from clusterdns.dns.names import Name, name_text
from clusterdns.plugins.base import Setting
from clusterdns.records.zones.reader import ZoneFileError, read_zone
from clusterdns.records.zones.zone import Zone

_PLUGIN = "file"


class ZoneFile:
    """A zone and the file that it is kept in; `zone` is None as long as the file could not be opened."""

    def __init__(self, origin: Name, path: Path) -> None:
        self.origin = origin
        self.path = path
        self.zone: Zone | None = None
        self.by_mtime = False  # read again when the file was written, instead of when the serial has changed
        self._mtime = 0

    def load(self, unless_serial: int | None) -> bool:
        """Reads the file; False if its serial is `unless_serial`. Raises `OSError` and `ZoneFileError`."""
        mtime = self.path.stat().st_mtime_ns
        zone = read_zone(str(self.path), self.origin, lambda file: Path(file).read_bytes(), unless_serial)
        if zone is None:
            return False
        self.zone, self._mtime = zone, mtime
        return True

    def reload(self) -> bool:
        """Reads the file if it has changed; did it? Raises as `load` does."""
        if self.zone is None:
            return self.load(None)
        if self.by_mtime:
            return self.path.stat().st_mtime_ns != self._mtime and self.load(None)
        return self.load(self.zone.serial)


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
        zone = name_text(file.origin)
        try:
            changed = file.reload()
        except OSError as error:
            self._log.error(f'Failed to open zone "{zone}": {error}', _PLUGIN)
            return
        except ZoneFileError as error:
            self._log.error(f'Parsing zone "{zone}": {error}', _PLUGIN)
            return
        if changed and file.zone is not None:
            reloaded = f'Successfully reloaded zone "{zone}" in "{file.path}" with {file.zone.serial} SOA serial'
            self._log.info(reloaded, _PLUGIN)
            self._setting.zone_changed(file.origin)
