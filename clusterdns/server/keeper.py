"""The keeper: the manifests' objects, what the control plane makes of them, and the tables compiled from that.

Carries each change to the tables, be it of a file or of objects that a program applies. A broken file is reported and
its last good objects stay. Knows files and objects; sockets and the Corefile are the server's.
"""

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.resources import files
from typing import Final

from clusterdns.cluster.changes import Change
from clusterdns.cluster.cluster import Cluster, Name
from clusterdns.cluster.controlplane import ControlPlane
from clusterdns.cluster.manifest import Manifest
from clusterdns.cluster.objects import Key, Object
from clusterdns.cluster.problems import Problem, Severity
from clusterdns.cluster.registry import Registry, Update
from clusterdns.cluster.settings import Settings
from clusterdns.logs import Log
from clusterdns.plugins.base import World
from clusterdns.records.tables import Tables
from clusterdns.sources.watch import ManifestFiles, News

_SELDOM: Final = (50_000, 20, 20)
"""Objects made between two looks for garbage. What queries leave needs no such look; it is a fifth of a cache miss."""
_UNBUILT: Final = "A Kustomization is not built: files count as they are (kubectl kustomize DIR | clusterdns serve -)"


class Keeper:
    """Everything between manifests and tables. `load` once, then `watch`, or change objects from within the program.

    `manifests` are files, folders or `-`, `given` are manifests that were read already; without either it is the
    embedded example.
    """

    def __init__(
        self, settings: Settings, manifests: Sequence[str], log: Log, given: Sequence[Manifest] | None = None
    ) -> None:
        self.settings = settings
        self.world = World(Tables(), log=log)
        self.warnings: list[Problem] = []
        self.notes: list[str] = []
        self._shortages: list[str] = []  # of addresses, those that were told
        self._registry = Registry(bare=settings.bare)
        self._plane = ControlPlane(settings)
        self._given = given or ()
        if given is None and not manifests:
            manifests = (str(files("clusterdns") / "example"),)
        self._files = ManifestFiles(manifests, self._registry)
        if not settings.bare:
            self.world.addresses = None

    @property
    def cluster(self) -> Cluster:
        """The whole cluster as the control plane made it."""
        return self._plane.cluster

    @property
    def objects(self) -> Mapping[Key, Object]:
        """The objects that were given; what the control plane made of them is in `cluster`."""
        return self._registry.objects

    @property
    def manifests(self) -> Mapping[str, Manifest]:
        """The manifests that have those objects, by file."""
        return self._registry.files

    def load(self) -> list[Problem]:
        """Reads all manifests; everything that is wrong with them. Nothing is taken over if anything is."""
        news = self._files.load(self._given)
        if not news.errors:
            self._take_over(news.changes)
        self.warnings = [problem for problem in news.problems if problem.severity is Severity.WARNING]
        self._shortages = self._plane.shortages()
        self.notes = [*news.notes, *self._ignored(), *self._shortages]
        return news.errors

    def catch_up(self) -> None:
        """Takes over what has changed since `load`, for a process that was forked from the one that loaded."""
        self._take_over(self._files.load().changes)

    def apply(self, manifests: Iterable[Manifest]) -> list[Problem]:
        """Creates or replaces the objects of some manifests, or, if anything is wrong with any, none: what is wrong."""
        return self._update(self._registry.apply(manifests))

    def change(self, objects: Iterable[Object] = (), gone: Iterable[Key] = ()) -> list[Problem]:
        """Creates or replaces objects and deletes others, as `apply` does."""
        return self._update(self._registry.change(objects, gone))

    def set_ready(self, pod: Name, *, ready: bool) -> None:
        """Has a Pod of the cluster be ready or not, until it is replaced."""
        self._show(self._plane.set_ready(pod, ready=ready))

    async def watch(self, *, report: bool = True) -> None:
        """Follows the files until cancelled. Without `report` what is wrong is left to another process to say."""
        async for news in self._files.follow():
            self._take_over(news.changes)
            if report:
                self._report(news)

    def _report(self, news: News) -> None:
        log = self.world.log
        for note in news.notes:
            log.info(note)
        for problem in news.problems:
            if problem.severity is Severity.WARNING:
                log.warning(str(problem))
            else:
                log.error(f"{problem}; what was good before is still served")
        self._report_shortages()

    def _report_shortages(self) -> None:
        """Says which ranges of addresses have become too small."""
        shortages = self._plane.shortages()
        for shortage in shortages:
            if shortage not in self._shortages:
                self.world.log.warning(shortage)
        self._shortages = shortages

    def _update(self, update: Update) -> list[Problem]:
        self._take_over(update.changes)
        self._report_shortages()
        return update.errors

    def _take_over(self, changes: list[Change]) -> None:
        self._show(self._plane.apply(changes))

    def _show(self, effective: list[Change]) -> None:
        if effective:
            self.world.tables.apply(effective, int(self.world.wall()))

    def _ignored(self) -> list[str]:
        """One line for the kinds that mean nothing to DNS, and what to know of those that would make others."""
        ignored = self._registry.ignored()
        if not ignored:
            return []
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(ignored.items()))
        total = sum(ignored.values())
        what = "object means" if total == 1 else "objects mean"
        notes = [f"{total} {what} nothing to DNS and {'was' if total == 1 else 'were'} left out: {kinds}"]
        return [*notes, _UNBUILT] if "Kustomization" in ignored else notes


@contextmanager
def uncollected() -> Iterator[None]:
    """Without garbage collection, for the start of a process that does nothing else.

    It would look at every object of a growing cluster again and again. What is there at the end stays for good and is
    not looked at later either.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(*_SELDOM)
        gc.enable()
