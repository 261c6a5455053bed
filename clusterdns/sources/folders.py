"""Which files the MANIFESTs of a command line are: files, folders with all below them, `-` for standard input.

Only looks at names: what is in the files, and whether they are manifests at all, is known elsewhere.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from clusterdns.cluster.problems import Place, Problem

STDIN = "-"
SUFFIXES = (".yaml", ".yml", ".json")


class Found(NamedTuple):
    """A file to read. `label` is how the user would name it; `named` whether the user did, or a folder holds it."""

    label: str
    path: Path
    named: bool


class Listing(NamedTuple):
    """Files, each once; problems of names that lead nowhere; and a line for each thing that was passed over."""

    files: list[Found]
    problems: list[Problem]
    notes: list[str]


def list_files(names: Iterable[str]) -> Listing:
    """The files that `names` stand for. Folders are searched for *.yaml, *.yml and *.json, hidden ones left out.

    Left out as well are the templates of a Helm chart, which are not YAML before Helm has rendered them.
    """
    listing = Listing([], [], [])
    seen: set[tuple[int, int]] = set()
    for name in names:
        path = Path(name)
        if name == STDIN:
            found = [Found("stdin", path, named=True)]
        elif path.is_dir():
            found = list(_below(name, path, listing))
        elif path.exists():
            found = [Found(name, path, named=True)]
        else:
            listing.problems.append(Problem(Place(name), None, "", "there is no such file or folder"))
            continue
        for file in found:
            if (identity := _identity(file.path)) not in seen:
                seen.add(identity)
                listing.files.append(file)
    return listing


def _identity(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return -1, hash(path)
    return status.st_dev, status.st_ino


def _below(label: str, folder: Path, listing: Listing) -> Iterator[Found]:
    if any(map(_holds_templates, (folder.resolve(), *folder.resolve().parents))):
        listing.notes.append(_templates_note(label))
        return
    count = len(listing.notes)
    files = list(_walk(label, folder, listing, set()))
    if not files and len(listing.notes) == count:
        listing.notes.append(f"{label}: holds no manifest: no file *.yaml, *.yml or *.json")
    yield from files


def _walk(label: str, folder: Path, listing: Listing, above: set[tuple[int, int]]) -> Iterator[Found]:
    """Files of a folder, then those of its folders, by name. Symbolic links are followed, but never in a circle."""
    identity = _identity(folder)
    if identity in above:
        return
    try:
        entries = sorted((entry for entry in os.scandir(folder) if entry.name[0] != "."), key=lambda entry: entry.name)
    except OSError as error:
        listing.problems.append(Problem(Place(label), None, "", f"cannot be read: {error.strerror}"))
        return
    for entry in entries:
        if entry.name.endswith(SUFFIXES) and entry.is_file():
            yield Found(os.path.join(label, entry.name), Path(entry.path), named=False)  # noqa: PTH118 (keeps "./")
    for entry in entries:
        if entry.is_dir():
            inner = os.path.join(label, entry.name)  # noqa: PTH118
            if _holds_templates(Path(entry.path)):
                listing.notes.append(_templates_note(inner))
            else:
                yield from _walk(inner, Path(entry.path), listing, above | {identity})


def _holds_templates(folder: Path) -> bool:
    return folder.name == "templates" and (folder.parent / "Chart.yaml").exists()


def _templates_note(label: str) -> str:
    return f"{label}: skipped, the templates of a Helm chart (`helm template` makes manifests of them)"
