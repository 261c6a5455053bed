"""Copies of zones, each kept as its primaries have it, and those that a catalog adds and takes away.

When to look is what CoreDNS does: as the SOA says, a little later by chance, so that primaries are not asked by all at
once. Knows time and NOTIFY, no queries.
"""

import asyncio
import contextlib
from typing import Final

import dns.zone

from clusterdns.dns.names import Name, is_subdomain, longest_match, name_text
from clusterdns.plugins.base import Setting
from clusterdns.plugins.secondary.primaries import NotTransferred, Primaries
from clusterdns.records.zones.catalog import BadCatalog, Member, read_catalog
from clusterdns.records.zones.zone import Zone, is_newer, timers_of

_PLUGIN: Final = "secondary"
_PATIENCE: Final = 1.0  # seconds that queries wait for a zone's first transfer; clients ask again after five
_FIRST_RETRY: Final = 0.25  # doubled each time
_LONGEST_RETRY: Final = 10.0
_REFRESH_JITTER: Final = 5.0
_RETRY_JITTER: Final = 2.0


class Copy:
    """One zone. `zone` is None until it was transferred; it is `expired` when that has failed for too long.

    `members` are the zones that a catalog may add, None if the zone is no catalog.
    """

    def __init__(self, origin: Name, primaries: Primaries, members: tuple[Name, ...] | None, copies: "Copies") -> None:
        self.origin = origin
        self.primaries = primaries
        self.members = members
        self.zone: Zone | None = None
        self.expired = False
        self._copies = copies
        self._setting = copies.setting
        self._known: dns.zone.Zone | None = None
        self._wanted = asyncio.Event()
        self._tried = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to follow the primaries."""
        loop = asyncio.get_running_loop()
        self._task = loop.create_task(self._follow())
        loop.call_later(_PATIENCE, self._tried.set)

    async def tried(self) -> None:
        """Returns when the first transfer has ended, well or not, or has taken a second."""
        if self._task is not None:
            await self._tried.wait()

    def stop(self) -> None:
        """Follows no longer."""
        if self._task is not None:
            self._task.cancel()

    def look(self) -> None:
        """Looks at once whether the zone has changed."""
        self._wanted.set()

    async def _follow(self) -> None:
        await self._begin()
        clock, random = self._setting.world.clock, self._setting.world.random
        while True:
            assert self.zone is not None
            assert self.zone.soa is not None
            refresh, retry, expire = timers_of(self.zone.soa)
            current = clock()
            await self._wait(refresh + random.uniform(0, _REFRESH_JITTER))
            while not await self._update():
                if clock() - current >= expire:
                    self._expire()
                await self._wait(retry + random.uniform(0, _RETRY_JITTER))

    async def _begin(self) -> None:
        """Transfers the zone for the first time."""
        pause = _FIRST_RETRY
        while not await self._transfer():
            self._tried.set()
            zone = name_text(self.origin)
            self._setting.world.log.warning(f"All '{zone}' masters failed to transfer, retrying in {pause:g}s", _PLUGIN)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_RETRY)

    async def _wait(self, seconds: float) -> None:
        """Until the time has come, or somebody says so."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wanted.wait(), seconds)
        self._wanted.clear()

    async def _update(self) -> bool:
        """Transfers the zone if it has changed; false if that can't be found out or done."""
        assert self.zone is not None
        try:
            serial = await self.primaries.serial(self.origin)
        except NotTransferred:
            return False
        if self.zone.serial is None or is_newer(serial, self.zone.serial):
            return await self._transfer()
        self.expired = False
        return True

    async def _transfer(self) -> bool:
        known, self._known = self._known, None  # a failure may leave it half changed
        try:
            followed, zone = await self.primaries.transfer(self.origin, known)
            members = None if self.members is None else read_catalog(zone)
        except NotTransferred:
            return False
        except BadCatalog as error:
            self._setting.world.log.error(str(error), _PLUGIN)
            return False
        self._known, self.zone, self.expired = followed, zone, False
        self._tried.set()
        log, text = self._setting.world.log, name_text(self.origin)
        log.info(f"Transferred: {text} with {zone.serial} SOA serial", _PLUGIN)
        self._setting.zone_changed(self.origin)
        if members is not None:
            self._copies.follow_catalog(self, members)
        return True

    def _expire(self) -> None:
        if not self.expired:
            self.expired = True
            self._setting.world.revise()


class Copies:
    """All copies of a server block, those of its Corefile and those of catalogs."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self._copies: dict[Name, Copy] = {}
        self._origins: tuple[Name, ...] = ()
        self._listed: dict[Name, tuple[Name, Member]] = {}  # zones of catalogs: which one, and how it lists them
        self._catalogs: dict[Name, dict[Name, Member]] = {}

    def find(self, name: Name) -> Copy | None:
        """The copy of the zone that a name is in."""
        origin = longest_match(name, self._origins)
        return None if origin is None else self._copies[origin]

    def add(self, origin: Name, primaries: Primaries, members: tuple[Name, ...] | None) -> Copy:
        """One more zone; the last one of its name counts."""
        copy = self._copies[origin] = Copy(origin, primaries, members, self)
        self._origins = tuple(self._copies)
        return copy

    async def start(self) -> None:
        """Begins to follow all primaries."""
        for copy in self._copies.values():
            copy.start()

    async def stop(self) -> None:
        """Follows none any longer."""
        for copy in self._copies.values():
            copy.stop()

    def follow_catalog(self, catalog: Copy, members: dict[Name, Member]) -> None:
        """Serves the zones that a catalog lists now, and no longer those that it listed before (RFC 9432 section 5)."""
        log, text = self.setting.world.log, name_text(catalog.origin)
        allowed = catalog.members or ()
        self._catalogs[catalog.origin] = members
        wanted = {
            zone: member
            for zone, member in members.items()
            if not allowed or any(is_subdomain(zone, above) for above in allowed)
        }
        if len(wanted) < len(members):
            count = len(members) - len(wanted)
            log.warning(f"Skipped {count} member zones from catalog {text}: outside configured member zones", _PLUGIN)
        for zone, member in wanted.items():
            self._list(catalog, zone, member)
        for zone, (origin, _) in list(self._listed.items()):
            if origin == catalog.origin and zone not in wanted:
                self._unlist(zone)
                log.info(f"Removed catalog member zone {name_text(zone)} from catalog {text}", _PLUGIN)

    def _list(self, catalog: Copy, zone: Name, member: Member) -> None:
        """Serves a zone of a catalog, anew if it is another one of that name."""
        log, text = self.setting.world.log, name_text(zone)
        before, kept = self._listed.get(zone), None
        if before is None and zone in self._copies:
            log.warning(f"Skipping catalog member zone {text}: zone already exists", _PLUGIN)
            return
        if before is not None:
            origin, former = before
            if origin == catalog.origin and former.label == member.label:
                return
            if origin != catalog.origin:
                there = self._catalogs[origin].get(zone)
                if there is None or there.new_owner != catalog.origin:
                    log.warning(f"Skipping catalog member zone {text}: zone already exists", _PLUGIN)
                    return
                if former.label == there.label == member.label:
                    kept = self._copies[zone].zone
            self._unlist(zone)
        copy = self.add(zone, catalog.primaries, None)
        copy.zone = kept
        self._listed[zone] = catalog.origin, member
        copy.start()
        log.info(f"Added catalog member zone {text} from catalog {name_text(catalog.origin)}", _PLUGIN)

    def _unlist(self, zone: Name) -> None:
        del self._listed[zone]
        self._copies.pop(zone).stop()
        self._origins = tuple(self._copies)
        self.setting.world.revise()
