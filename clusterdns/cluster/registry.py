"""The objects that users gave, by the file they are in or applied one by one, and what each change of them is.

A file counts as a whole: if anything in its new text is wrong, by itself or beside what other files say, its last good
objects stay. Values in, values out; who reads and watches files, and what the control plane makes of the objects, is
known elsewhere.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from clusterdns.cluster.changes import Change
from clusterdns.cluster.manifest import Manifest
from clusterdns.cluster.objects import Key, Object
from clusterdns.cluster.problems import Finding, Place, Problem, Severity, describe_path
from clusterdns.cluster.registry_holdings import Claim, Conflict, Holdings, Staged, Staging
from clusterdns.cluster.validate import validate


class Update(NamedTuple):
    """What came of a change: how objects changed, and what is wrong, in the order of files and lines."""

    changes: list[Change]
    problems: list[Problem]

    @property
    def errors(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.severity is Severity.ERROR]


class Registry:
    """All objects that were given. With `bare`, what only the API server would refuse is a warning."""

    def __init__(self, *, bare: bool = False) -> None:
        self.bare = bare
        self.revision = 0
        self._holdings = Holdings()
        self._latest: dict[str, Manifest] = {}
        self._waiting: dict[str, Manifest] = {}

    @property
    def objects(self) -> Mapping[Key, Object]:
        """All objects by key; a live view."""
        return MappingProxyType(self._holdings.objects)

    @property
    def files(self) -> Mapping[str, Manifest]:
        """The manifests whose objects are held, by file; a live view."""
        return MappingProxyType(self._holdings.files)

    def manifest(self, file: str) -> Manifest | None:
        """The file as it was last loaded, accepted or not; for `read`, which then parses only what changed."""
        return self._latest.get(file)

    def ignored(self) -> Counter[str]:
        """How many objects there are of each kind that means nothing to DNS."""
        return sum((manifest.ignored() for manifest in self.files.values()), Counter())

    def load(self, manifests: Iterable[Manifest], gone: Iterable[str] = ()) -> Update:
        """Takes new texts of files, and that others are gone, all at once.

        An object may move from one file to another. A file that is wrong leaves its objects as they were; one that
        is wrong only beside other files is tried again whenever a file changes. The outcome does not depend on the
        order of `manifests`: of two files that do not go together it is the later by name that is wrong, unless only
        the other changed.
        """
        changed: dict[str, Manifest | None] = {**dict.fromkeys(gone), **{new.file: new for new in manifests}}
        problems = []
        for file, manifest in changed.items():
            self._latest.pop(file, None)
            if manifest:
                self._latest[file] = manifest
                problems += manifest.problems(bare=self.bare)
        candidates = {**self._waiting, **changed}
        broken = {problem.place.file for problem in problems if problem.severity is Severity.ERROR}
        staged, rejected, conflicts = self._try(candidates, broken)
        problems += [problem for problem in conflicts if problem.place.file in changed]
        for file in candidates.keys() - rejected:
            self._holdings.files.pop(file, None)
            if manifest := candidates[file]:
                self._holdings.files[file] = manifest
        self._waiting = {file: manifest for file in rejected - broken if (manifest := candidates[file])}
        return self._update(self._holdings.commit_files(staged), problems)

    def apply(self, manifests: Iterable[Manifest]) -> Update:
        """Creates or replaces all objects of some manifests, in whatever file they are, or none if anything is wrong.

        A new text of such an object in its file replaces it again.
        """
        candidates = {manifest.file: manifest for manifest in manifests}
        claims = [
            Claim(item.object, manifest.file, document, item)
            for manifest in candidates.values()
            for document in manifest.documents
            for item in document.items
            if item.object is not None
        ]
        problems = [problem for manifest in candidates.values() for problem in manifest.problems(bare=self.bare)]
        return self._apply(claims, problems, candidates)

    def change(self, objects: Iterable[Object] = (), gone: Iterable[Key] = ()) -> Update:
        """Creates or replaces objects and deletes others, all or none, each until its file has a new text of it.

        To delete what is not there is no change.
        """
        claims = list(map(Claim, objects))
        problems = [self._problem(claim, finding, {}) for claim in claims for finding in validate(claim.object)]
        return self._apply(claims, problems, {}, gone)

    def _apply(
        self,
        claims: Iterable[Claim],
        problems: list[Problem],
        candidates: Mapping[str, Manifest | None],
        gone: Iterable[Key] = (),
    ) -> Update:
        staging = Staging(self._holdings)
        staging.put(claims, gone)
        problems += [self._conflict(conflict, candidates) for conflict in staging.conflicts]
        refused = any(problem.severity is Severity.ERROR for problem in problems)
        return self._update([] if refused else self._holdings.commit_applied(staging.staged), problems)

    def _update(self, changes: list[Change], problems: list[Problem]) -> Update:
        self.revision += bool(changes)
        return Update(changes, sorted(dict.fromkeys(problems), key=lambda problem: problem.place))

    def _try(
        self, candidates: Mapping[str, Manifest | None], broken: set[str]
    ) -> tuple[Staged, set[str], list[Problem]]:
        """Which of the files go together: what they make of the objects, the others, and what is wrong with those.

        The first round has the broken files too, as the last, so that their conflicts are found as well.
        """
        rejected: set[str] = set()
        problems: list[Problem] = []
        while True:
            order = sorted(candidates.keys() - rejected, key=lambda file: (file in broken, file))
            staging = Staging(self._holdings)
            staging.put_files({file: candidates[file] for file in order})
            problems += [self._conflict(conflict, candidates) for conflict in staging.conflicts]
            wrong = {problem.place.file for problem in problems if problem.severity is Severity.ERROR} | broken
            if wrong <= rejected:
                return staging.staged, rejected, problems
            rejected |= wrong

    def _conflict(self, conflict: Conflict, candidates: Mapping[str, Manifest | None]) -> Problem:
        holder = self._place(conflict.holder, candidates)
        return self._problem(conflict.claim, conflict.finding(holder), candidates)

    def _place(self, claim: Claim, candidates: Mapping[str, Manifest | None]) -> str:
        manifest = self._manifest(claim, candidates)
        if manifest and claim.document and claim.item:
            return str(manifest.place(claim.document, claim.item.path))
        return "an object that was applied"

    def _problem(self, claim: Claim, finding: Finding, candidates: Mapping[str, Manifest | None]) -> Problem:
        manifest = self._manifest(claim, candidates)
        if manifest and claim.document and claim.item:
            return manifest.problem(claim.document, claim.item, finding, bare=self.bare)
        return Problem(
            Place(""),
            claim.object.key(),
            describe_path(finding.path),
            finding.message,
            finding.hint,
            finding.severity(bare=self.bare),
        )

    def _manifest(self, claim: Claim, candidates: Mapping[str, Manifest | None]) -> Manifest | None:
        """The manifest that has the claim's document: the new one of the file, else the one that is held."""
        for manifest in (candidates.get(claim.file), self.files.get(claim.file)):
            if manifest and claim.document and claim.document in manifest:
                return manifest
        return None
