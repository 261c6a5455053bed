"""What the marker `cluster_dns` says, on a test, its class and its module. Knows paths, and no server."""

import os
from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from clusterdns.testing.corefile import is_corefile_text
from clusterdns.testing.sources import Source, is_text

_KEYWORDS: Final = ("corefile", "namespace", "pod", "cluster_domain", "lenient")


class Given(NamedTuple):
    """The cluster of a test."""

    sources: tuple[Source, ...] = ()
    corefile: str | PathLike[str] | None = None
    namespace: str = "default"
    pod: str = ""
    cluster_domain: str = "cluster.local"
    lenient: bool = False


def read_markers(markers: Iterable[pytest.Mark], folder: Path) -> Given:
    """What the markers say together, the closest first: each thing is said by the closest that says it.

    Paths begin in `folder`. Raises `pytest.UsageError` for a keyword that means nothing.
    """
    said: dict[str, Any] = {}
    for marker in markers:
        for word, value in marker.kwargs.items():
            if word not in _KEYWORDS:
                raise pytest.UsageError(f"marker cluster_dns: there is no keyword '{word}' ({', '.join(_KEYWORDS)})")
            said.setdefault(word, value)
        if marker.args:
            said.setdefault("sources", tuple(_from(folder, source) for source in marker.args))
    if (corefile := said.get("corefile")) is not None and not is_corefile_text(corefile):
        said["corefile"] = folder / corefile
    return Given(**said)


def _from(folder: Path, source: Source) -> Source:
    """A source with its path, if it is one, from a folder."""
    if isinstance(source, list | tuple):
        return [_from(folder, each) for each in source]
    if is_text(source) or not isinstance(source, str | PathLike):
        return source
    return os.path.normpath(folder / source)
