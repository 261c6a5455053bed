"""From files to a registry: loaded at start, and followed for as long as the server runs.

Events of the file system only say when to look; without any (a bind mount, a network file system) files are looked at
twice a second. Reading and parsing is done in a thread, so that answers go on.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from clusterdns.cluster.changes import Change
from clusterdns.cluster.manifest import Manifest, read
from clusterdns.cluster.problems import Problem, Severity
from clusterdns.cluster.registry import Registry
from clusterdns.sources.files import GRACE, Files, Reading

SETTLE_MS = 20
"""Milliseconds without an event that make a burst of events one change."""

BURST_MS = 100
"""Milliseconds after which a burst of events is looked at although it goes on."""

LOOK_EVERY = 0.5
"""Seconds between looks at the files when no event comes."""


class News(NamedTuple):
    """What came of a look at the files: changes of objects, problems, and a line for each file passed over."""

    changes: list[Change]
    problems: list[Problem]
    notes: list[str]

    @property
    def errors(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.severity is Severity.ERROR]


class _Parsed(NamedTuple):
    manifests: list[Manifest]
    gone: list[str]
    notes: list[str]


class ManifestFiles:
    """The MANIFESTs of a command line as a source of objects for a registry: files, folders, `-` for standard input."""

    def __init__(self, names: Sequence[str], registry: Registry) -> None:
        self.names = names
        self.registry = registry
        self._files = Files(names)
        self._passed_over: set[str] = set()

    def load(self, beside: Iterable[Manifest] = ()) -> News:
        """Reads all files into the registry, for the start, together with manifests that come from no file.

        What errors mean is for the caller to judge.
        """
        reading = self._files.look(time.time())
        parsed = self._parse(reading)
        changes, problems = self.registry.load([*parsed.manifests, *beside], parsed.gone)
        return News(changes, reading.problems + problems, reading.notes + parsed.notes)

    async def follow(self) -> AsyncIterator[News]:
        """What changes in the files, as soon as it does. Never ends by itself.

        Objects change at once. A problem is told when the file has stayed as it is for a moment, since whoever writes
        it may not be done; the file's last good objects stay in any case.
        """
        held: dict[str, list[Problem]] = {}
        delay = 0.0
        async with _events(self.names) as event:
            while True:
                await _wait(event, delay)
                reading, parsed = await asyncio.to_thread(self._look)
                for label in (*(text.label for text in reading.texts), *reading.gone):
                    held.pop(label, None)
                told = [problem for problems in held.values() for problem in problems]
                held.clear()
                changes, problems = self.registry.load(parsed.manifests, parsed.gone)
                for problem in (*reading.problems, *problems):
                    held.setdefault(problem.place.file, []).append(problem)
                if changes or told or parsed.notes or reading.notes:
                    yield News(changes, told, reading.notes + parsed.notes)
                delay = GRACE if held or reading.again else LOOK_EVERY

    def _look(self) -> tuple[Reading, _Parsed]:
        reading = self._files.look(time.time())
        return reading, self._parse(reading)

    def _parse(self, reading: Reading) -> _Parsed:
        """Reads the texts; a file of a folder that turns out to be no manifest is passed over, with a note once."""
        parsed = _Parsed([], list(reading.gone), [])
        for label, text, named in reading.texts:
            manifest = read(text, label, self.registry.manifest(label))
            if named or manifest.is_manifest():
                self._passed_over.discard(label)
                parsed.manifests.append(manifest)
                continue
            parsed.gone.append(label)
            if label not in self._passed_over:
                self._passed_over.add(label)
                parsed.notes.append(f"{label}: skipped, it has no apiVersion and kind")
        return parsed


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
    event.clear()


@asynccontextmanager
async def _events(names: Iterable[str]) -> AsyncIterator[asyncio.Event]:
    """An event that is set whenever something happens at or below one of the paths."""
    paths = [Path(name) for name in names]
    folders = {path for path in paths if path.is_dir()}
    parents = {path.parent for path in paths if path not in folders and path.parent.is_dir()}
    event = asyncio.Event()
    watchers = [
        asyncio.create_task(_watch(watched, recursive, event))
        for watched, recursive in ((folders, True), (parents, False))
        if watched
    ]
    try:
        yield event
    finally:
        for watcher in watchers:
            watcher.cancel()
        await asyncio.gather(*watchers, return_exceptions=True)


async def _watch(paths: Iterable[Path], recursive: bool, event: asyncio.Event) -> None:
    """Sets the event for every burst of events. Where the system cannot watch, looking now and then has to do."""
    import watchfiles  # behind the first answers

    try:
        async for _ in watchfiles.awatch(
            *paths,
            watch_filter=None,
            step=SETTLE_MS,
            debounce=BURST_MS,
            recursive=recursive,
            ignore_permission_denied=True,
        ):
            event.set()
    except (OSError, RuntimeError):
        return
