"""What a test gives as its cluster: paths, YAML text and dicts, read into manifests with a name for each.

A problem's place is the file, or which of the arguments it was. Reads files; knows no cluster.
"""

import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from os import PathLike
from typing import Any, NamedTuple

from clusterdns.cluster.manifest import Manifest, read, read_values
from clusterdns.cluster.problems import Problem
from clusterdns.sources.files import Files

Source = str | PathLike[str] | Mapping[str, Any] | Sequence[Any]
"""A path of a file or a folder, manifests as YAML or JSON text, an object as `yaml.safe_load` gives it, or a list of
those.
"""


def is_text(source: object) -> bool:
    """Is a source manifests and not a path? A path is one line, and begins with neither `{` nor `[`."""
    return isinstance(source, str) and ("\n" in source or source.lstrip()[:1] in ("", "{", "["))


class Read(NamedTuple):
    """Manifests, what could not be read, and a line for each thing that was passed over.

    What is wrong with the objects in them, the manifests themselves know.
    """

    manifests: list[Manifest]
    problems: list[Problem]
    notes: list[str]


def read_sources(sources: Iterable[Source]) -> Read:
    """The manifests that the sources are. Raises `TypeError` for what is no source."""
    manifests: list[Manifest] = []
    paths: list[str] = []
    for name, source in _named(sources):
        if isinstance(source, Mapping):
            manifests.append(read_values([dict(source)], name))
        elif isinstance(source, str) and is_text(source):
            manifests.append(read(source, name))
        elif isinstance(source, str | PathLike):
            paths.append(os.fspath(source))
        else:
            raise TypeError(f"{name} is neither a path nor YAML text nor a dict: {source!r}")
    reading = Files(paths).look(time.time())
    for label, text, named in reading.texts:
        manifest = read(text, label)
        if named or manifest.is_manifest():
            manifests.append(manifest)
    return Read(manifests, reading.problems, reading.notes)


def _named(sources: Iterable[Source]) -> Iterator[tuple[str, Source]]:
    """The sources, those in lists too, with the names of those that are no files."""
    for number, source in enumerate(sources, 1):
        if isinstance(source, list | tuple):
            yield from ((f"argument {number}[{index}]", each) for index, each in enumerate(source))
        else:
            yield f"argument {number}", source


def holds_anything(manifest: Manifest) -> bool:
    """Is there more in it than empty documents?"""
    return any(document.items or document.ignored or document.malformed for document in manifest.documents)
