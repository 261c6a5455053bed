"""Manifests: a file's text to typed objects, each with its place, and to problems.

    manifest = read(text, "web.yaml")
    manifest.objects()       # the objects, in the order of the file
    manifest.problems()      # what is wrong, each with file and line
    manifest.ignored()       # kinds that mean nothing to DNS, counted

Reading again with the old manifest as `known` parses only the documents that changed. Values in, values out: which
files there are and who holds the objects is known elsewhere; what a right object is, `validate` knows.
"""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from clusterdns.cluster.manifest_objects import Item, read_objects
from clusterdns.cluster.manifest_text import find_spots, parse_values, split_documents
from clusterdns.cluster.manifest_yaml import Malformed, Spot
from clusterdns.cluster.objects import Object
from clusterdns.cluster.problems import Finding, Path, Place, Problem, Severity, describe_path
from clusterdns.cluster.validate import validate


class Document(NamedTuple):
    """One document of a stream: its text, the objects in it, and the kinds in it that mean nothing to DNS.

    It does not know where in a file it stands, so that it can be used again when lines before it change.
    """

    text: str
    items: tuple[Item, ...] = ()
    ignored: tuple[str, ...] = ()
    malformed: Malformed | None = None


class Manifest:
    """What one file holds. Immutable; `file` is the name that its problems are reported under."""

    def __init__(self, file: str, documents: list[Document]) -> None:
        self.file = file
        self.documents = documents

    def is_manifest(self) -> bool:
        """Whether the file holds an object of Kubernetes at all, of whatever kind."""
        return any(document.ignored or any(item.key for item in document.items) for document in self.documents)

    def items(self) -> Iterator[tuple[int, Item]]:
        """Each object that was read, or could not be, with the index of its document."""
        for index, document in enumerate(self.documents):
            for item in document.items:
                yield index, item

    def objects(self, *, bare: bool = False) -> list[Object]:
        """The objects without an error, in the order of the file; with `bare`, those that a DNS can serve."""
        return [item.object for _, item in self.items() if item.object is not None and not is_refused(item, bare=bare)]

    def ignored(self) -> Counter[str]:
        """How many objects there are of each kind that means nothing to DNS."""
        return Counter(kind for document in self.documents for kind in document.ignored)

    def problems(self, *, bare: bool = False) -> list[Problem]:
        """Everything that is wrong with the file by itself, in the order of its lines.

        With `bare`, what the API server would refuse but a DNS can serve is a warning.
        """
        problems = []
        for index, document in enumerate(self.documents):
            if malformed := document.malformed:
                place = Place(self.file, self._first_line(index) + malformed.line)
                problems.append(Problem(place, None, "", malformed.message, malformed.hint))
            for item in document.items:
                problems += [self.problem(index, item, finding, bare=bare) for finding in item.findings]
        return sorted(problems, key=lambda problem: problem.place.line)

    def problem(self, index: int, item: Item, finding: Finding, *, bare: bool = False) -> Problem:
        """The finding about an item of the document at `index`, with its place."""
        place = self.place(index, (*item.path, *finding.path))
        return Problem(
            place, item.key, describe_path(finding.path), finding.message, finding.hint, severity(finding, bare=bare)
        )

    def place(self, index: int, path: Path) -> Place:
        """Where the document at `index` has `path`, or as much of it as is there."""
        spots = find_spots(self.documents[index].text)
        return Place(self.file, self._first_line(index) + _spot(spots, path).line)

    def _first_line(self, index: int) -> int:
        return 1 + sum(document.text.count("\n") + 1 for document in self.documents[:index])


def read(text: str, file: str, known: Manifest | None = None) -> Manifest:
    """Read the text of a file in YAML or JSON, of any number of documents. Never raises for what the text holds.

    `file` is the name for problems. Documents that `known`, the same file read before, has too are taken from it.
    """
    old = {document.text: document for document in known.documents} if known else {}
    return Manifest(file, [old.get(piece) or _read_document(piece) for piece in split_documents(text)])


def severity(finding: Finding, *, bare: bool) -> Severity:
    return Severity.WARNING if bare and finding.servable else finding.severity


def is_refused(item: Item, *, bare: bool) -> bool:
    """Whether anything that was found makes it impossible to take the object."""
    return any(severity(finding, bare=bare) is Severity.ERROR for finding in item.findings)


def _read_document(text: str) -> Document:
    spots: dict[Path, Spot] = {}

    def scalar_text(path: Path) -> str:
        if not spots:
            spots.update(find_spots(text))
        return _spot(spots, path).text

    try:
        items, ignored = read_objects(parse_values(text), scalar_text)
    except Malformed as malformed:
        return Document(text, malformed=malformed)
    return Document(text, tuple(_validated(item) for item in items), tuple(ignored))


def _validated(item: Item) -> Item:
    if item.object is None:
        return item
    findings = tuple(validate(item.object))
    return item._replace(findings=item.findings + findings) if findings else item


def _spot(spots: dict[Path, Spot], path: Path) -> Spot:
    while path and path not in spots:
        path = path[:-1]
    return spots.get(path, Spot(0))
