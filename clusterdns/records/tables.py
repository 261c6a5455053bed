"""The tables of all kubernetes plugins of a process, kept up to date with the cluster.

Changes of objects come in, every table that they touch is replaced by one assignment. Knows no clock: the serial of a
change is given with it.
"""

from collections.abc import Callable, Iterable
from weakref import WeakValueDictionary

from clusterdns.cluster.changes import Change
from clusterdns.cluster.objects import EndpointSlice, Key, Namespace, Object, Pod, Service, ServiceImport
from clusterdns.records.options import TableOptions
from clusterdns.records.table import Table
from clusterdns.records.view import View

_KINDS = frozenset(kind.kind for kind in (Namespace, Service, EndpointSlice, Pod, ServiceImport))


class Handle:
    """Where a plugin finds its table. Read `current` once per query, so that the answer is of one piece."""

    __slots__ = ("__weakref__", "current")

    def __init__(self, current: Table) -> None:
        self.current = current


class Tables:
    """Tables by their options, each as long as somebody has its handle. `revision` grows when any of them changes."""

    def __init__(self) -> None:
        self.revision = 0
        self._serial = 0
        self._objects: dict[Key, Object] = {}
        self._handles: WeakValueDictionary[TableOptions, Handle] = WeakValueDictionary()
        self._watchers: list[Callable[[], None]] = []

    def open(self, options: TableOptions) -> Handle:
        """Where the table of these options is found; the same for all who ask for equal options."""
        handle = self._handles.get(options)
        if handle is None:
            everything = [Change(key, None, thing) for key, thing in self._objects.items()]
            handle = self._handles[options] = Handle(Table(View(options).changed(everything), self._serial))
        return handle

    def all(self) -> list[Table]:
        """The tables in use."""
        return [handle.current for handle in self._handles.values()]

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
            view = handle.current.view.changed(relevant)
            if view is not handle.current.view:
                handle.current = Table(view, serial)
                touched = True
        if touched:
            self.revision += 1
            for watcher in self._watchers:
                watcher()
