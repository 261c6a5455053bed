"""YAML as Kubernetes reads it: text of a document to plain values, and where in the text a value stands.

Kubernetes reads YAML 1.1 through go-yaml v2 as sigs.k8s.io/yaml sets it up: no dates, no base-60 numbers, `on` and
`yes` are booleans, a number that is whole is an integer, keys are strings. Values are built from the parser's events,
so memory stays small and depth is bounded. Knows nothing of kinds or objects.
"""

import re
from base64 import b64decode
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import yaml
from yaml.events import (
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from clusterdns.cluster.problems import Path

if not yaml.__with_libyaml__:
    raise ImportError("PyYAML was built without libyaml, which reads manifests ten times as fast; install its wheel")
from yaml._yaml import CParser

Event = Any  # PyYAML's stubs tell too little of what each event has

MAX_DEPTH = 100
MAX_ALIASED_VALUES = 100_000

_TRUE = ("true", "True", "TRUE", "yes", "Yes", "YES", "y", "Y", "on", "On", "ON")
_FALSE = ("false", "False", "FALSE", "no", "No", "NO", "n", "N", "off", "Off", "OFF")
_NULL = ("", "~", "null", "Null", "NULL")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(_TRUE, True),
    **dict.fromkeys(_FALSE, False),
    **dict.fromkeys(_NULL, None),
}
_NOT_PLAIN_TEXT = frozenset("+-.0123456789~yYnNtTfFoO")  # what words and numbers begin with
_INTEGER = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]{0,19}))", re.ASCII)
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_STANDARD_TAG = "tag:yaml.org,2002:"


class Malformed(Exception):
    """Text that is no YAML, or YAML that is no manifest. `line` counts from 0 in the text that was given."""

    def __init__(self, line: int, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.line = line
        self.message = message
        self.hint = hint


def parse_yaml(text: str) -> Iterator[Any]:
    """The documents of `text` as None, bool, int, float, str, list and dict with string keys. Raises `Malformed`."""
    try:
        next_event = _events(text)
        while type(event := next_event()) is not StreamEndEvent:
            if event.__class__ is DocumentStartEvent:
                yield _Builder(next_event).build(next_event(), 0)
    except Malformed as malformed:
        malformed.hint = _hint(text, "") or malformed.hint
        raise
    except yaml.YAMLError as error:
        raise _malformed(text, error) from error
    except UnicodeError as error:
        raise Malformed(0, "is not text in UTF-8") from error


def resolve(text: str) -> bool | int | float | str | None:
    """The value of a plain (unquoted, untagged) scalar."""
    if text and text[0] not in _NOT_PLAIN_TEXT:
        return text
    if text in _WORDS:
        return _WORDS[text]
    digits = text.replace("_", "")
    if match := _INTEGER.fullmatch(digits):
        sign, hexadecimal, binary, octal, decimal = match.groups()
        base = 16 if hexadecimal else 2 if binary else 8 if octal else 10
        return int(sign + (hexadecimal or binary or octal or decimal), base)
    if _FLOAT.fullmatch(digits):
        number = float(digits)
        return int(number) if number.is_integer() else number
    return text


def _events(text: str) -> Callable[[], Event]:
    return CParser(text).get_event


class _Builder:
    """Builds the value of one document from the parser's events."""

    def __init__(self, next_event: Callable[[], Event]) -> None:
        self.next_event = next_event
        self.anchors: dict[str, Any] = {}
        self.aliased_values = 0

    def build(self, event: Event, depth: int) -> Any:
        kind = event.__class__
        value: Any
        if kind is ScalarEvent:
            value = _scalar(event)
        elif kind is MappingStartEvent:
            value = self.mapping(event, depth + 1)
        elif kind is SequenceStartEvent:
            value = self.sequence(event, depth + 1)
        else:
            return self.alias(event)
        if event.anchor is not None:
            self.anchors[event.anchor] = value
        return value

    def mapping(self, start: Event, depth: int) -> dict[str, Any]:
        _check_depth(start, depth)
        next_event, build = self.next_event, self.build
        values: dict[str, Any] = {}
        while (event := next_event()).__class__ is not MappingEndEvent:
            if event.__class__ is not ScalarEvent:
                raise Malformed(_line(event), "a key is not a word", "write `key: value`")
            key = event.value
            if key in values:
                raise Malformed(_line(event), f"key {key!r} is there twice in one map")
            event = next_event()
            if event.__class__ is ScalarEvent and event.anchor is None:
                value = event.value
                if not event.implicit[0] or not value or value[0] in _NOT_PLAIN_TEXT:
                    value = _scalar(event)
                values[key] = value
            else:
                values[key] = build(event, depth)
        return _merged(values) if "<<" in values else values

    def sequence(self, start: Event, depth: int) -> list[Any]:
        _check_depth(start, depth)
        values = []
        while (event := self.next_event()).__class__ is not SequenceEndEvent:
            values.append(self.build(event, depth))
        return values

    def alias(self, event: Event) -> Any:
        """The value that an alias stands for: shared, not copied, and bounded in what all aliases add up to."""
        if event.anchor not in self.anchors:
            raise Malformed(_line(event), f"alias *{event.anchor} has no anchor &{event.anchor} before it")
        value = self.anchors[event.anchor]
        self.aliased_values += _count(value, MAX_ALIASED_VALUES - self.aliased_values)
        if self.aliased_values > MAX_ALIASED_VALUES:
            raise Malformed(_line(event), f"aliases stand for more than {MAX_ALIASED_VALUES} values")
        return value


def _line(event: Event) -> int:
    line: int = event.start_mark.line
    return line


def _check_depth(event: Event, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise Malformed(_line(event), f"is nested more than {MAX_DEPTH} deep")


def _scalar(event: Event) -> Any:
    plain, quoted = event.implicit
    if plain:
        return resolve(event.value)
    if quoted:
        return event.value
    match event.tag.removeprefix(_STANDARD_TAG):
        case "bool" | "int" | "float" | "null":
            return resolve(event.value)
        case "binary":
            return _binary(event)
        case _:
            return event.value


def _binary(event: Event) -> str:
    try:
        return b64decode(event.value).decode()
    except ValueError as error:
        raise Malformed(_line(event), "!!binary value is not base64 of UTF-8 text") from error


def _merged(values: dict[str, Any]) -> dict[str, Any]:
    """The mapping with what `<<` names merged in; keys of its own win, then the earlier of several mappings."""
    merged = values["<<"]
    sources = merged if isinstance(merged, list) else [merged]
    if not all(isinstance(source, dict) for source in sources):
        return values
    result = {key: value for source in reversed(sources) for key, value in source.items()}
    result.update((key, value) for key, value in values.items() if key != "<<")
    return result


def _count(value: Any, limit: int) -> int:
    """How many values `value` is, counted no further than just past `limit`."""
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list):
        return 1
    total = 1
    for child in value:
        total += _count(child, limit - total)
        if total > limit:
            break
    return total


def _malformed(text: str, error: Any) -> Malformed:
    if isinstance(error, yaml.reader.ReaderError):
        line = text.count("\n", 0, error.position)
        return Malformed(line, f"holds a character that YAML forbids: {chr(error.character)!r}")
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    said = [part for part in (getattr(error, "context", None), getattr(error, "problem", None)) if part]
    line = min(mark.line, text.rstrip().count("\n")) if mark else 0
    hint = _hint(text, text.split("\n")[line])
    return Malformed(line, "is not YAML: " + " ".join(said or [str(error)]), hint)


def _hint(text: str, line: str) -> str:
    if "{{" in text:
        return "a template? `helm template` makes manifests of a chart's"
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return "indent with spaces, not with tabs"
    return ""


class Spot(NamedTuple):
    """Where a value is written: line, counted from 0, and for a scalar the text that it was read from."""

    line: int
    text: str = ""


def spots(text: str) -> dict[Path, Spot]:
    """Where each value of the documents of `text` is written, by (number of document, *path).

    The line of a value in a map is that of its key. Text that ends in an error gives what stands before it.
    """
    found: dict[Path, Spot] = {}
    try:
        next_event = _events(text)
        document = -1
        while type(event := next_event()) is not StreamEndEvent:
            if event.__class__ is DocumentStartEvent:
                document += 1
                event = next_event()
                _note_spots(next_event, event, (document,), _line(event), found)
    except (yaml.YAMLError, UnicodeError, RecursionError, Malformed):
        pass  # nobody asks where something stands that comes after the error
    return found


def _note_spots(next_event: Callable[[], Event], event: Event, path: Path, line: int, found: dict[Path, Spot]) -> None:
    found.setdefault(path, Spot(line, event.value if event.__class__ is ScalarEvent else ""))
    if event.__class__ is MappingStartEvent:
        while (event := next_event()).__class__ is not MappingEndEvent:
            if event.__class__ is not ScalarEvent:
                raise Malformed(_line(event), "a key is not a word")
            _note_spots(next_event, next_event(), (*path, event.value), _line(event), found)
    elif event.__class__ is SequenceStartEvent:
        index = 0
        while (event := next_event()).__class__ is not SequenceEndEvent:
            _note_spots(next_event, event, (*path, index), _line(event), found)
            index += 1
