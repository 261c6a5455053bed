"""What manifests hold beside the objects of the cluster: all fields, objects that mean nothing to DNS, and places.

Documents are parsed again when somebody asks, so that nobody has to keep all this. Knows the kinds of the API, no rule.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final, NamedTuple

from clusterdns.advice.advice import Advice
from clusterdns.cluster.manifest import Document, Manifest
from clusterdns.cluster.manifest_text import parse_values
from clusterdns.cluster.objects import Key, Labels
from clusterdns.cluster.problems import Path, Place

_OURS: Final = frozenset({"", "apps", "autoscaling", "batch", "extensions", "policy"})
"""API groups of Kubernetes without a dot; its others end in .k8s.io."""
_WITHOUT_PODS: Final = frozenset({
    "AlertmanagerConfig", "Certificate", "CiliumNetworkPolicy", "ClusterIssuer", "DestinationRule", "ExternalSecret",
    "IngressRoute", "Issuer", "PeerAuthentication", "PodMonitor", "Probe", "PrometheusRule", "ScrapeConfig",
    "SealedSecret", "ServiceMonitor", "VirtualService",
})  # fmt: skip
"""Kinds of custom resources that many use, and nobody makes Pods or Services of."""


class _Custom(NamedTuple):
    """A custom resource: what it goes by, and the labels in it."""

    words: frozenset[str]
    labels: tuple[dict[str, Any], ...]


class Manifests:
    """Manifests by file, whose objects the cluster has."""

    def __init__(self, files: Mapping[str, Manifest]) -> None:
        self._documents = [(manifest, document) for manifest in files.values() for document in manifest.documents]

    def whole(self, kind: str) -> Iterator[tuple[Key, dict[str, Any]]]:
        """The objects of a kind with all of their fields, in the order of files and lines."""
        for _, document in self._documents:
            if kind in document.ignored or any(item.key and item.key.kind == kind for item in document.items):
                yield from ((key, value) for key, _, value in _objects(document) if key.kind == kind)

    def may_make(self, namespace: str, words: Iterable[str]) -> bool:
        """May an operator make what is missing in a namespace? If a custom resource there goes by one of the words.

        Of an `Alertmanager` called `main`, these are `alertmanager` and `main`.
        """
        return not {word for custom in self._custom[namespace] for word in custom.words}.isdisjoint(words)

    def may_select(self, namespace: str, selector: Labels) -> bool:
        """May an operator make Pods with these labels? If a custom resource has them in it, or goes by one of them."""
        labels = (each for custom in self._custom[namespace] for each in custom.labels)
        return self.may_make(namespace, selector.values()) or any(selector.items() <= each.items() for each in labels)

    def place(self, about: Key, path: Path = ()) -> Place | None:
        """Where a value of an object stands, or else the object; None if no manifest has it."""
        for manifest, document in self._documents:
            for _, at in _keys(document, (about,), (about.kind,)):
                return manifest.places(document, [(*at, *path)])[0]
        return None

    def placed(self, advice: Iterable[Advice]) -> list[Advice]:
        """The same with the places of what it is about, in the order of files and lines."""
        about: dict[Key, list[Advice]] = defaultdict(list)
        for each in advice:
            about[each.about].append(each)
        found: list[Advice] = []
        kinds = {key.kind for key in about}
        for manifest, document in self._documents:
            keys = _keys(document, about.keys(), kinds)
            here = [(each, path) for key, path in keys for each in about.pop(key, ())]
            places = manifest.places(document, ((*path, *each.path) for each, path in here)) if here else []
            found += [each._replace(place=place) for (each, _), place in zip(here, places, strict=True)]
        found += [each for others in about.values() for each in others]
        return sorted(found, key=lambda each: each.place or Place(""))

    @cached_property
    def _custom(self) -> dict[str, list[_Custom]]:
        """Custom resources by namespace."""
        found: dict[str, list[_Custom]] = defaultdict(list)
        for _, document in self._documents:
            for key, _, value in _objects(document) if document.ignored else ():
                group = str(value.get("apiVersion")).rpartition("/")[0]
                if not (group in _OURS or group.endswith(".k8s.io") or key.kind in _WITHOUT_PODS):
                    custom = _Custom(frozenset({key.name, key.kind.lower()}), tuple(_labels(value.get("spec"))))
                    found[key.namespace].append(custom)
        return found


def _labels(value: Any) -> Iterator[dict[str, Any]]:
    """Whatever may be labels of Pods somewhere in a custom resource: maps under a key such as `labels`."""
    if isinstance(value, list):
        for each in value:
            yield from _labels(each)
    elif isinstance(value, dict):
        for name, each in value.items():
            if name.lower().endswith("labels") and isinstance(each, dict):
                yield each
            else:
                yield from _labels(each)


def _keys(document: Document, wanted: Collection[Key], kinds: Collection[str]) -> Iterator[tuple[Key, Path]]:
    """Which of the wanted objects, all of some kinds, are in a document, and where."""
    yield from ((item.key, item.path) for item in document.items if item.key and item.key in wanted)
    if any(kind in kinds for kind in document.ignored):
        yield from ((key, path) for key, path, _ in _objects(document) if key in wanted)


def _objects(document: Document) -> Iterator[tuple[Key, Path, dict[str, Any]]]:
    """All objects of a document that have a name, lists opened."""
    names = {item.path: item.key for item in document.items}
    for number, value in enumerate(parse_values(document.text)):
        for path, thing in _opened(value, (number,)):
            if key := names.get(path) or _key_of(thing):
                yield key, path, thing


def _opened(value: Any, path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    if not isinstance(value, dict):
        return
    items = value.get("items")
    if not str(value.get("kind")).endswith("List") or not isinstance(items, list):
        yield path, value
        return
    for index, item in enumerate(items):
        yield from _opened(item, (*path, "items", index))


def _key_of(thing: dict[str, Any]) -> Key | None:
    metadata = thing.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    if not isinstance(metadata, dict) or not isinstance(name, str):
        return None
    return Key(str(thing.get("kind")), str(metadata.get("namespace") or "default"), name)
