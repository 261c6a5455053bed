"""Manifests: a file's text to typed objects, each with its place, and to problems.

    manifest = read(text, "web.yaml")
    manifest.objects()       # the objects, in the order of the file
    manifest.problems()      # what is wrong, each with file and line
    manifest.ignored()       # kinds that mean nothing to DNS, counted

Reading again with the old manifest as `known` parses only the documents that changed. Values in, values out: which
files there are and who holds the objects is known elsewhere; what a right object is, `validate` knows.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from clusterdns.cluster.manifest_objects import Item, ScalarText, read_objects
from clusterdns.cluster.manifest_text import find_spots, parse_values, split_documents
from clusterdns.cluster.manifest_yaml import Malformed, Spot
from clusterdns.cluster.objects import Object
from clusterdns.cluster.problems import Finding, Path, Place, Problem, Severity, describe_path
from clusterdns.cluster.validate import validate


class Document:
    """One document of a stream: its text, the objects in it, and the kinds in it that mean nothing to DNS.

    It does not know where in a file it stands, so that it can be used again when lines before it change.
    """

    __slots__ = ("ignored", "items", "malformed", "text")

    def __init__(
        self, text: str, items: tuple[Item, ...] = (), ignored: tuple[str, ...] = (), malformed: Malformed | None = None
    ) -> None:
        self.text = text
        self.items = items
        self.ignored = ignored
        self.malformed = malformed


class Manifest:
    """What one file holds. Immutable; `file` is the name that its problems are reported under."""

    def __init__(self, file: str, documents: list[Document]) -> None:
        self.file = file
        self.documents = documents

    def is_manifest(self) -> bool:
        """Whether the file holds objects of Kubernetes, of whatever kind, or nothing yet, and not something else.

        Broken text counts as a manifest if it says `apiVersion` and `kind` somewhere.
        """
        something_else = False
        for document in self.documents:
            if document.ignored or any(item.is_object for item in document.items):
                return True
            if document.malformed and "apiVersion" in document.text and "kind" in document.text:
                return True
            something_else |= bool(document.malformed or document.items)
        return not something_else

    def objects(self, *, bare: bool = False) -> list[Object]:
        """The objects without an error, in the order of the file; with `bare`, those that a DNS can serve."""
        items = (item for document in self.documents for item in document.items)
        return [item.object for item in items if item.object is not None and not is_refused(item, bare=bare)]

    def ignored(self) -> Counter[str]:
        """How many objects there are of each kind that means nothing to DNS."""
        return Counter(kind for document in self.documents for kind in document.ignored)

    def problems(self, *, bare: bool = False) -> list[Problem]:
        """Everything that is wrong with the file by itself, in the order of its lines.

        With `bare`, what the API server would refuse but a DNS can serve is a warning.
        """
        return sorted(self._problems(bare), key=lambda problem: problem.place.line)

    def _problems(self, bare: bool) -> Iterator[Problem]:
        for document in self.documents:
            if malformed := document.malformed:
                place = self._place(document, malformed.line)
                yield Problem(place, None, "", malformed.message, malformed.hint)
            for item in document.items:
                for finding in item.findings:
                    yield self.problem(document, item, finding, bare=bare)

    def problem(self, document: Document, item: Item, finding: Finding, *, bare: bool = False) -> Problem:
        """A finding about an item of one of the documents, with its place."""
        return Problem(
            self.place(document, (*item.path, *finding.path)),
            item.key,
            describe_path(finding.path),
            finding.message,
            finding.hint,
            finding.severity(bare=bare),
        )

    def place(self, document: Document, path: Path) -> Place:
        """Where `path`, which begins with the number of a value in the document, stands; or as much as is there."""
        return self.places(document, [path])[0]

    def places(self, document: Document, paths: Iterable[Path]) -> list[Place]:
        """Where each of several paths stands; the document is looked through once."""
        spots = find_spots(document.text)
        return [self._place(document, _spot(spots, path).line) for path in paths]

    def _place(self, document: Document, line: int) -> Place:
        """A line of a document, counted from 0; values that come from no text have none."""
        return Place(self.file, self._first_lines[id(document)] + line if document.text else 0)

    def __contains__(self, document: Document) -> bool:
        return id(document) in self._first_lines

    @cached_property
    def _first_lines(self) -> dict[int, int]:
        """The line on which each document begins, by its identity."""
        lines = {}
        line = 1
        for document in self.documents:
            lines[id(document)] = line
            line += document.text.count("\n")
        return lines


def read(text: str, file: str, known: Manifest | None = None) -> Manifest:
    """Reads the text of a file in YAML or JSON, of any number of documents. Never raises for what the text holds.

    `file` is the name for problems. Documents that `known`, the same file read before, has too are taken from it.
    """
    old = {document.text: document for document in known.documents} if known else {}
    pieces = split_documents(text)
    return Manifest(file, [old.pop(piece) if piece in old else _read_document(piece) for piece in pieces])


def read_values(values: Iterable[Any], file: str) -> Manifest:
    """As `read`, for objects that are values already: maps, lists and scalars, which are not changed.

    What JSON has no word for, such as an address of `ipaddress`, counts as its text.
    """
    return Manifest(file, [_value_document(value) for value in values])


def is_refused(item: Item, *, bare: bool) -> bool:
    """Whether anything that was found makes it impossible to take the object."""
    return any(finding.severity(bare=bare) is Severity.ERROR for finding in item.findings)


def _read_document(text: str) -> Document:
    spots: dict[Path, Spot] = {}

    def scalar_text(path: Path) -> str:
        if not spots:
            spots.update(find_spots(text))
        return _spot(spots, path).text

    try:
        values = parse_values(text)
    except Malformed as malformed:
        return Document(text, malformed=malformed)
    return _document(text, values, scalar_text)


def _value_document(value: Any) -> Document:
    try:
        own = json.loads(json.dumps(value, default=str))
    except (TypeError, ValueError, RecursionError) as error:
        return Document("", malformed=Malformed(0, f"is not JSON: {error}"))
    return _document("", [own], lambda _: "")


def _document(text: str, values: list[Any], scalar_text: ScalarText) -> Document:
    items, ignored = read_objects(values, scalar_text)
    return Document(text, tuple(_validated(item) for item in items), tuple(ignored))


def _validated(item: Item) -> Item:
    if item.object is None:
        return item
    replaced = {finding.path for finding in item.findings if not finding.servable}
    findings = tuple(finding for finding in validate(item.object) if finding.path not in replaced)
    return item._replace(findings=item.findings + findings) if findings else item


def _spot(spots: dict[Path, Spot], path: Path) -> Spot:
    while path and path not in spots:
        path = path[:-1]
    return spots.get(path, Spot(0))
