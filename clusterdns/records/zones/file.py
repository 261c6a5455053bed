"""A zone and the file that it is kept in: read, and read again when it has changed.

The only module of this layer that opens files. Knows no log: what is to be told comes out as a sentence.
"""

from pathlib import Path
from typing import NamedTuple

from clusterdns.dns.names import Name, name_text
from clusterdns.records.zones.reader import ZoneFileError, read_zone
from clusterdns.records.zones.zone import Zone


class News(NamedTuple):
    """What came of another look at a file: another zone, or a failure that leaves the zone as it was."""

    changed: bool
    text: str


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

    def renew(self) -> News | None:
        """Reads the file if it has changed."""
        zone = name_text(self.origin)
        try:
            changed = self._reload()
        except OSError as error:
            return News(False, f'Failed to open zone "{zone}": {error}')
        except ZoneFileError as error:
            return News(False, f'Parsing zone "{zone}": {error}')
        if not changed or self.zone is None:
            return None
        return News(True, f'Successfully reloaded zone "{zone}" in "{self.path}" with {self.zone.serial} SOA serial')

    def _reload(self) -> bool:
        if self.zone is None:
            return self.load(None)
        if self.by_mtime:
            return self.path.stat().st_mtime_ns != self._mtime and self.load(None)
        return self.load(self.zone.serial)
