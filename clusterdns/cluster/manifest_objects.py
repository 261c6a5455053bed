"""Values of a manifest to typed objects: which kinds are ours, lists of them, defaults, and values of a wrong type.

One wrong value does not hide the next: each is reported with its path and left out, and the reading goes on. What
Kubernetes' decoder takes (null for nothing) is taken silently. Knows no file and no rule about right values.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeVar

import msgspec

from clusterdns.cluster.objects import KINDS, Key, Object, PodTemplate
from clusterdns.cluster.problems import Finding, Path
from clusterdns.cluster.workloads_names import generate_name

T = TypeVar("T")

ScalarText = Callable[[Path], str]
"""The text that the scalar at a path of the document was written as, "" if it is not known."""

_CLASSES: dict[tuple[str, str], type[Object]] = {(cls.api_version, kind): cls for kind, cls in KINDS.items()}
_CLASSES["multicluster.x-k8s.io/v1beta1", "ServiceImport"] = KINDS["ServiceImport"]
_OWN_GROUPS = frozenset({"", "apps", "batch", "discovery.k8s.io"})
"""API groups of Kubernetes in which nobody else has kinds."""
_ONCE_IN_EXTENSIONS = frozenset({"Deployment", "DaemonSet", "ReplicaSet"})
_ALIKE = 0.8
"""How much of two kinds is the same, from 0 to 1, if one is meant for the other; less than any two that there are."""

_MAX_FINDINGS = 50
_EXPECTED = re.compile(r"Expected `(?P<expected>[^`]+)`, got `(?P<got>\w+)`")
_MISSING = re.compile(r"Object missing required field `(?P<field>\w+)`")
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]|(\[\.\.\.\])")
_IN_WORDS = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "a boolean",
    "object": "a map",
    "array": "a list",
}
_WORDS_READ_AS_BOOLEANS = frozenset({"y", "yes", "n", "no", "on", "off"})
_TYPE_NAMES = {
    str: "str",
    int: "int",
    float: "float",
    bool: "bool",
    type(None): "null",
    dict: "object",
    list: "array",
}
_PLACEHOLDERS: dict[str, Callable[[], Any]] = {"str": str, "object": dict, "array": list}


class Item(NamedTuple):
    """One object of a document, where in the document it is, and what is wrong with it.

    `object` is None when it cannot be read; `key` is then its name if that much is known.
    """

    path: Path
    key: Key | None
    object: Object | None
    findings: tuple[Finding, ...] = ()
    is_object: bool = True
    """False for a value that does not even say that it is an object of Kubernetes."""


class Contents(NamedTuple):
    """What the values of a document are: objects, and the kinds of others that mean nothing to DNS."""

    items: list[Item]
    ignored: list[str]


def read_objects(values: list[Any], scalar_text: ScalarText) -> Contents:
    """The objects in the values of one document, lists of objects opened, in their order."""
    contents = Contents([], [])
    for number, value in enumerate(values):
        if value is not None:
            _read_value(value, (number,), scalar_text, contents)
    return contents


def is_object(value: Any) -> bool:
    """Whether a value says that it is a Kubernetes object: it has `apiVersion` and `kind`."""
    return isinstance(value, dict) and bool(value.get("apiVersion")) and bool(value.get("kind"))


def _read_value(value: Any, path: Path, scalar_text: ScalarText, contents: Contents) -> None:
    if not is_object(value):
        missing = [name for name in ("apiVersion", "kind") if not isinstance(value, dict) or not value.get(name)]
        hint = "every object of a manifest has apiVersion and kind"
        finding = Finding((), f"has no {' and '.join(missing)}", hint, servable=False)
        contents.items.append(Item(path, None, None, (finding,), is_object=False))
        return
    api_version, kind = str(value["apiVersion"]), str(value["kind"])
    if _is_list(api_version, kind):
        _read_list(value, path, scalar_text, contents)
    elif cls := _CLASSES.get((api_version, kind)):
        contents.items.append(_read_object(value, cls, path, scalar_text))
    elif _is_other_version(api_version, kind):
        cls = KINDS[kind]
        message = f"Kubernetes 1.34 has no {kind} of {api_version}"
        old = Finding(("apiVersion",), message, f"apiVersion: {cls.api_version}")
        item = _read_object(value, cls, path, scalar_text)
        contents.items.append(item._replace(findings=(old, *item.findings)))
    elif meant := _meant_kind(api_version, kind):
        message = f"Kubernetes 1.34 has no {kind} of {api_version}"
        slip = Finding(("kind",), message, f"did you mean {meant}?", servable=False)
        contents.items.append(Item(path, None, None, (slip,)))
    else:
        contents.ignored.append(f"{kind} ({api_version})" if kind in KINDS else kind)


def _is_other_version(api_version: str, kind: str) -> bool:
    """Whether this is one of our kinds in a version that Kubernetes no longer has, or never had."""
    group = api_version.rpartition("/")[0]
    if group == "extensions":
        return kind in _ONCE_IN_EXTENSIONS
    return kind in KINDS and group in _OWN_GROUPS


def _meant_kind(api_version: str, kind: str) -> str | None:
    """The kind that this one is a misspelling of; only Kubernetes itself has kinds in these versions."""
    from difflib import get_close_matches  # for kinds that are not ours only

    if api_version.rpartition("/")[0] not in _OWN_GROUPS:
        return None
    known = {name.lower(): name for name, cls in KINDS.items() if cls.api_version == api_version}
    return next((known[near] for near in get_close_matches(kind.lower(), known, 1, _ALIKE)), None)


def _is_list(api_version: str, kind: str) -> bool:
    """`List`, as kubectl writes it, and the API's own lists of one kind, such as ServiceList."""
    return kind.endswith("List") and ((api_version, kind) == ("v1", "List") or (api_version, kind[:-4]) in _CLASSES)


def _read_list(value: dict[str, Any], path: Path, scalar_text: ScalarText, contents: Contents) -> None:
    items = value.get("items") or []
    if not isinstance(items, list):
        finding = Finding(("items",), "is not a list", "items: []", False)
        contents.items.append(Item(path, None, None, (finding,)))
        return
    kind = value["kind"].removesuffix("List")
    for index, item in enumerate(items):
        if kind and isinstance(item, dict):
            item = {"apiVersion": value["apiVersion"], "kind": kind, **item}
        _read_value(item, (*path, "items", index), scalar_text, contents)


def _read_object(value: dict[str, Any], cls: type[Object], path: Path, scalar_text: ScalarText) -> Item:
    converter = _Converter(path, scalar_text)
    spec = value.get("spec")
    if isinstance(spec, dict) and isinstance(template := spec.get("template"), dict):
        converter.convert(template, PodTemplate, ("spec", "template"))
    obj = converter.convert(value, cls, ())
    if obj is None:
        return Item(path, _known_key(value, cls), None, tuple(converter.findings))
    meta = obj.metadata
    if not cls.namespaced:
        meta.namespace = ""
    elif not meta.namespace:
        meta.namespace = "default"
    if not meta.name and meta.generate_name:
        # Made of what the object says, so always the same.
        meta.name = generate_name(meta.generate_name, msgspec.json.encode((path, obj), order="sorted").decode())
    return Item(path, obj.key(), obj, tuple(converter.findings))


def _known_key(value: dict[str, Any], cls: type[Object]) -> Key | None:
    metadata = value.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    if not isinstance(name, str):
        return None
    namespace = metadata.get("namespace") or "default" if cls.namespaced and isinstance(metadata, dict) else ""
    return Key(cls.kind, str(namespace), name)


class _Converter:
    """Converts values to structs; a value of a wrong type becomes a finding, and is mended or left out."""

    def __init__(self, at: Path, scalar_text: ScalarText) -> None:
        self.at = at
        self.scalar_text = scalar_text
        self.findings: list[Finding] = []

    def convert(self, value: dict[str, Any], cls: type[T], path: Path) -> T | None:
        """`value`, which stands at `path` of the object, as a `cls`; None if too much of it is wrong. Mends `value`."""
        while len(self.findings) < _MAX_FINDINGS:
            try:
                return msgspec.convert(value, cls)
            except msgspec.ValidationError as error:
                if not self._mend(value, str(error), path):
                    break
        return None

    def _mend(self, value: dict[str, Any], error: str, path: Path) -> bool:
        said, _, where = error.partition(" - at `$")
        steps = _steps(where.removesuffix("`"))
        match = _EXPECTED.fullmatch(said)
        if not match:
            missing = _MISSING.fullmatch(said)
            message = f"{missing['field']} is missing" if missing else said
            self.findings.append(Finding((*path, *steps), message, servable=False))
            return False
        for parent, inner in _wrong_values(value, steps, match["got"]):
            self._mend_one(parent, inner, path, match["expected"])
        return True

    def _mend_one(self, parent: Any, inner: Path, path: Path, expected: str) -> None:
        step, wrong = inner[-1], parent[inner[-1]]
        options = expected.split(" | ")
        if "str" in options and isinstance(wrong, bool | int | float):
            parent[step] = self._as_text(wrong, (*path, *inner))
            return
        if wrong is not None:
            wanted = " or ".join(_IN_WORDS.get(option, option) for option in options if option != "null")
            self.findings.append(Finding((*path, *inner), f"{_shown(wrong)} is not {wanted}", servable=False))
        if options[0] in _PLACEHOLDERS:
            parent[step] = _PLACEHOLDERS[options[0]]()
        elif isinstance(parent, list):
            parent[int(step)] = 0
        else:
            del parent[step]

    def _as_text(self, wrong: bool | float, path: Path) -> str:
        """The text of a scalar that Kubernetes reads as a boolean or a number, where it wants text."""
        text = self.scalar_text((*self.at, *path)) or str(wrong)
        kind = "a boolean" if isinstance(wrong, bool) else "a number"
        harmless = text.lower() in _WORDS_READ_AS_BOOLEANS
        self.findings.append(Finding(path, f"{text} is {kind} and not text", f'write "{text}"', harmless=harmless))
        return text


def _steps(path: str) -> Path:
    """A path as msgspec writes it, `.spec.ports[0].port`; `[...]`, any key of a map, becomes `...`."""
    return tuple(name or (int(index) if index else "...") for name, index, _ in _STEP.findall(path))


def _wrong_values(value: Any, steps: Path, got: str, before: Path = ()) -> Iterator[tuple[Any, Path]]:
    """Each value at `steps` that has the type `got`: what it is in, and its path."""
    step, *rest = steps
    for key in list(value) if step == "..." else [step]:
        if rest:
            yield from _wrong_values(value[key], tuple(rest), got, (*before, key))
        elif _TYPE_NAMES.get(type(value[key])) == got:
            yield value, (*before, key)


def _shown(value: Any) -> str:
    text = _IN_WORDS[_TYPE_NAMES[type(value)]] if isinstance(value, dict | list) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
