"""The tables of all kubernetes plugins of a process, kept up to date with the cluster.

Changes of objects come in, every table that they touch is replaced by one assignment. Knows no clock: the serial of a
change is given with it.
"""

from collections.abc import Callable, Iterable, Iterator
from weakref import WeakValueDictionary

from clusterdns.cluster.changes import Change
from clusterdns.cluster.objects import EndpointSlice, Key, Namespace, Object, Pod, Service, ServiceImport
from clusterdns.dns.names import Name
from clusterdns.records.options import TableOptions
from clusterdns.records.outcomes import Outcome, say_the_same
from clusterdns.records.owners import Owner
from clusterdns.records.table import Table
from clusterdns.records.view import View
from clusterdns.records.zone import Zone

_KINDS = frozenset(kind.kind for kind in (Namespace, Service, EndpointSlice, Pod, ServiceImport))


class Handle:
    """Where a plugin finds its table. Read `current` once per query, so that the answer is of one piece.

    `past` are the tables before that, if they are remembered: the last one first, each with the revision that ended it.
    """

    __slots__ = ("__weakref__", "current", "past")

    def __init__(self, current: Table) -> None:
        self.current = current
        self.past: tuple[tuple[int, Table], ...] = ()

    def says(self, name: Name, qtype: int, outcome: Outcome) -> bool:
        """Is that what the table says of a name now?"""
        now = self.current.lookup(name, qtype)
        return now is outcome or now == outcome

    def before(self, revision: int) -> Table:
        """The table that a revision has replaced, or the oldest that is remembered."""
        found = self.current
        for until, table in self.past:
            if until < revision:
                break
            found = table
        return found

    def last_change(self, name: Name, qtype: int) -> int:
        """The revision that last changed what is said to a question; 0 if no remembered one did."""
        now = self.current.lookup(name, qtype)
        changed = (until for until, table in self.past if not say_the_same(table.lookup(name, qtype), now))
        return next(changed, 0)


class Tables:
    """Tables by their options, each as long as somebody has its handle. `revision` grows when any of them changes.

    `remembered` is how many past tables each handle keeps.
    """

    def __init__(self) -> None:
        self.revision = 0
        self.remembered = 0
        self._serial = 0
        self._objects: dict[Key, Object] = {}
        self._handles: WeakValueDictionary[TableOptions, Handle] = WeakValueDictionary()
        self._watchers: list[Callable[[], None]] = []

    def open(self, options: TableOptions) -> Handle:
        """Where the table of these options is found; the same for all who ask for equal options."""
        handle = self._handles.get(options)
        if handle is None:
            everything = [Change(key, None, thing) for key, thing in self._objects.items()]
            handle = self._handles[options] = Handle(
                Table(View(options), self._serial).changed(everything, self._serial)
            )
        return handle

    def all(self) -> list[Table]:
        """The tables in use."""
        return [handle.current for handle in self._handles.values()]

    def last_change(self, name: Name, qtype: int) -> int:
        """As `Handle.last_change`, of whichever table."""
        return max((handle.last_change(name, qtype) for handle in self._handles.values()), default=0)

    def zone_of(self, name: Name) -> Zone | None:
        """The zone that a name is in, of whichever table."""
        zones = (handle.current.zone_of(name) for handle in self._handles.values())
        return next((zone for zone in zones if zone is not None), None)

    def owners(self, name: Name) -> Iterator[Owner]:
        """Whose a name is, by all tables that have its zone."""
        for handle in self._handles.values():
            yield from handle.current.owners(name)

    def on_change(self, watcher: Callable[[], None]) -> None:
        """Has `watcher` called whenever a table has changed."""
        self._watchers.append(watcher)

    def apply(self, changes: Iterable[Change], serial: int) -> None:
        """Takes over changes of objects, of whatever kinds. `serial` is the Unix time of the change, in seconds."""
        relevant = [change for change in changes if change.key.kind in _KINDS]
        for key, _, new in relevant:
            if new is None:
                self._objects.pop(key, None)
            else:
                self._objects[key] = new
        if not relevant:
            return
        self._serial = serial
        touched = False
        for handle in list(self._handles.values()):
            table = handle.current.changed(relevant, serial)
            if table is not handle.current:
                handle.past = ((self.revision + 1, handle.current), *handle.past)[: self.remembered]
                handle.current = table
                touched = True
        if touched:
            self.revision += 1
            for watcher in self._watchers:
                watcher()
