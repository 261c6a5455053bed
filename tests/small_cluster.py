"""A cluster of a few objects, as the control plane would hand them on: YAML text in, tables of names out.

Everything must be written out, EndpointSlices too. A namespace that is left out is `default`.
"""

import textwrap
from typing import Any

import msgspec
import yaml

from clusterdns.cluster.changes import Change
from clusterdns.cluster.objects import KINDS, Key, Object
from clusterdns.dns.names import parse_name
from clusterdns.records.options import TableOptions
from clusterdns.records.table import Table
from clusterdns.records.tables import Handle, Tables


class SmallCluster:
    """Objects that come, change and go, and the tables that are kept up to date with them."""

    def __init__(self, text: str = "") -> None:
        self.tables = Tables()
        self.objects: dict[Key, Object] = {}
        self.serial = 0
        if text:
            self.apply(text)

    def apply(self, text: str) -> None:
        """Adds or changes the objects of a YAML text."""
        news = objects_of(text)
        self._change([Change(thing.key(), self.objects.get(thing.key()), thing) for thing in news])

    def delete(self, kind: str, name: str, namespace: str = "default") -> None:
        key = Key(kind, namespace if KINDS[kind].namespaced else "", name)
        self._change([Change(key, self.objects[key], None)])

    def open(self, *zones: str, **options: Any) -> Handle:
        """Where the table of some zones is found, `cluster.local` if none is named."""
        names = tuple(map(parse_name, zones or ("cluster.local",)))
        return self.tables.open(TableOptions(names, **options))

    def table(self, *zones: str, **options: Any) -> Table:
        """The table of some zones as it is now."""
        return self.open(*zones, **options).current

    def _change(self, changes: list[Change]) -> None:
        self.serial += 1
        for key, _, new in changes:
            if new is None:
                del self.objects[key]
            else:
                self.objects[key] = new
        self.tables.apply(changes, self.serial)


def objects_of(text: str) -> list[Object]:
    """The objects of a YAML text of several documents."""
    objects = []
    for document in yaml.safe_load_all(textwrap.dedent(text)):
        thing = msgspec.convert(document, KINDS[document["kind"]])
        if thing.namespaced and not thing.metadata.namespace:
            thing.metadata.namespace = "default"
        objects.append(thing)
    return objects
