"""What a registry holds, and what a change on trial would make of it.

An object comes from a file or was applied; what was applied last counts. Two objects in files may not have one name,
two Services not one ClusterIP. A `Staging` only says what would be; `Holdings.commit` makes it so.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from clusterdns.cluster.changes import Change
from clusterdns.cluster.manifest import Document, Manifest
from clusterdns.cluster.manifest_objects import Item
from clusterdns.cluster.objects import Key, Object, Service
from clusterdns.cluster.problems import Finding, Path


class Claim(NamedTuple):
    """An object and where it comes from: an item in a document of a file, or nowhere if it was applied."""

    object: Object
    file: str = ""
    document: Document | None = None
    item: Item | None = None


class Conflict(NamedTuple):
    """An object that cannot be beside another."""

    claim: Claim
    path: Path
    message: str
    holder: Claim
    servable: bool

    def finding(self, holder: str) -> Finding:
        """The finding about `claim`, with the words for its holder."""
        return Finding(self.path, f"{self.message} {holder}", servable=self.servable)


Staged = dict[Key, Claim | None]
"""What a change would make of some objects; None is one that goes."""


class Holdings:
    """The objects of a registry by where they come from, and who has which ClusterIP."""

    def __init__(self) -> None:
        self.files: dict[str, Manifest] = {}
        self.in_files: dict[Key, Claim] = {}
        self.applied: dict[Key, Claim | None] = {}
        self.claims: dict[Key, Claim] = {}
        self.objects: dict[Key, Object] = {}
        self.cluster_ips: dict[str, set[Key]] = {}

    def commit_files(self, staged: Staged) -> list[Change]:
        """Takes what files now say. Where a file says something new, that counts more than what was applied before."""
        for key, claim in staged.items():
            before = self.in_files.pop(key, None)
            if claim:
                self.in_files[key] = claim
            if not before or not claim or before.object != claim.object:
                self.applied.pop(key, None)
        return self._settle(staged)

    def commit_applied(self, staged: Staged) -> list[Change]:
        self.applied.update(staged)
        return self._settle(staged)

    def _settle(self, keys: Iterable[Key]) -> list[Change]:
        changes = []
        for key in keys:
            claim = self.applied[key] if key in self.applied else self.in_files.get(key)
            old, new = self.objects.pop(key, None), claim.object if claim else None
            self._note_addresses(key, old, new)
            self.claims.pop(key, None)
            if claim:
                self.claims[key] = claim
                self.objects[key] = claim.object
            if old != new:
                changes.append(Change(key, old, new))
        return changes

    def _note_addresses(self, key: Key, old: Object | None, new: Object | None) -> None:
        for _, ip in given_cluster_ips(old):
            self.cluster_ips[ip].discard(key)
            if not self.cluster_ips[ip]:
                del self.cluster_ips[ip]
        for _, ip in given_cluster_ips(new):
            self.cluster_ips.setdefault(ip, set()).add(key)


class Staging:
    """A change on trial: what it would make of the objects, and what of that cannot be."""

    def __init__(self, holdings: Holdings) -> None:
        self.holdings = holdings
        self.staged: Staged = {}
        self.conflicts: list[Conflict] = []

    def put_files(self, manifests: Mapping[str, Manifest | None]) -> None:
        """New texts of files in place of those held. Of two objects in conflict, the later is the wrong one."""
        in_files = self.holdings.in_files
        for file, manifest in manifests.items():
            for document, item in _difference(self.holdings.files.get(file), manifest):
                if item.key and item.key in in_files and in_files[item.key].document is document:
                    self.staged[item.key] = None
        for file, manifest in manifests.items():
            for document, item in _difference(manifest, self.holdings.files.get(file)):
                if item.object is not None:
                    self._put(Claim(item.object, file, document, item))
        self._find_shared_addresses()

    def put(self, claims: Iterable[Claim], gone: Iterable[Key] = ()) -> None:
        """Objects in place of those that have their names, wherever those come from, and others gone."""
        self.staged.update(dict.fromkeys(gone))
        for claim in claims:
            self._stage(claim, self.staged.get(claim.object.key()))
        self._find_shared_addresses()

    def _put(self, claim: Claim) -> None:
        key = claim.object.key()
        self._stage(claim, self.staged[key] if key in self.staged else self.holdings.in_files.get(key))

    def _stage(self, claim: Claim, holder: Claim | None) -> None:
        if holder:
            self.conflicts.append(Conflict(claim, (), "is there twice, also at", holder, servable=False))
        else:
            self.staged[claim.object.key()] = claim

    def _find_shared_addresses(self) -> None:
        holdings = self.holdings
        taken: dict[str, Claim] = {}
        for claim in filter(None, self.staged.values()):
            for path, ip in given_cluster_ips(claim.object):
                unchanged = [key for key in holdings.cluster_ips.get(ip, ()) if key not in self.staged]
                holder = holdings.claims[min(unchanged)] if unchanged else taken.setdefault(ip, claim)
                if holder is not claim:
                    message = f"{ip} is the address of {holder.object.key()} at"
                    self.conflicts.append(Conflict(claim, path, message, holder, servable=True))


def _difference(these: Manifest | None, others: Manifest | None) -> Iterator[tuple[Document, Item]]:
    """The items of documents that one manifest has and the other has not. Unchanged documents are the same in both."""
    if these is None:
        return
    same = {id(document) for document in others.documents} if others else ()
    for document in these.documents:
        if id(document) not in same:
            for item in document.items:
                yield document, item


def given_cluster_ips(obj: Object | None) -> Iterator[tuple[Path, str]]:
    """The addresses that a Service says it has, each with its path."""
    if not isinstance(obj, Service) or obj.spec.type == "ExternalName":
        return
    spec = obj.spec
    for index, ip in enumerate(spec.cluster_ips):
        if ip != "None":
            yield ("spec", "clusterIPs", index), ip
    if not spec.cluster_ips and spec.cluster_ip not in ("", "None"):
        yield ("spec", "clusterIP"), spec.cluster_ip
