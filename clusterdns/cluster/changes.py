"""What happened to one object: the word that registry, control plane and records pass on to each other.

It knows objects and their keys, nothing of who changed them or why.
"""

from typing import NamedTuple

from clusterdns.cluster.objects import Key, Object


class Change(NamedTuple):
    """One object came (`old` is None), changed, or went (`new` is None)."""

    key: Key
    old: Object | None
    new: Object | None
