"""The text of a manifest: where its documents begin and end, and what values each holds, in YAML or JSON.

A stream is cut into the texts of its documents without parsing them, so that only changed ones need be parsed. JSON
comes in by the same door, several objects in a row too, as kubectl reads them. Knows nothing of kinds or objects.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from clusterdns.cluster.manifest_yaml import Malformed, Spot, parse_yaml, spots
from clusterdns.cluster.problems import Path

_DIRECTIVES_ONLY = re.compile(r"(?:[ \t]*(?:#.*)?\r?\n|%.*\n)*%.*\r?\n?(?:[ \t]*(?:#.*)?\r?\n)*")


def split_documents(text: str) -> list[str]:
    """Cuts a stream at its `---` lines (YAML 1.1 section 9.1), without parsing it.

    Each text begins right after the three dashes, so its first line is the rest of the marker's line, and joining all
    with three dashes gives the stream again. Directives (`%YAML`, `%TAG`) stay with their document.
    """
    documents: list[str] = []
    for piece in text.removeprefix("\ufeff").split("\n---"):
        is_marker = not piece or piece[0] in " \t\r\n"
        if documents and (not is_marker or _holds_directives_only(documents[-1])):
            documents[-1] += "---" + piece + "\n"
        else:
            documents.append(piece + "\n")
    documents[-1] = documents[-1][:-1]
    return documents


def _holds_directives_only(text: str) -> bool:
    return "%" in text and _DIRECTIVES_ONLY.fullmatch(text) is not None


def parse_values(text: str) -> list[Any]:
    """The values that the text of a document holds: one as a rule, None for an empty one. Raises `Malformed`."""
    if text.lstrip()[:1] not in ("{", "["):
        return list(parse_yaml(text))
    try:
        return [value for value, _ in _parse_json(text)]
    except (ValueError, RecursionError) as json_error:
        try:
            return list(parse_yaml(text))  # flow style YAML begins like JSON
        except Malformed:
            if isinstance(json_error, json.JSONDecodeError):
                raise Malformed(json_error.lineno - 1, f"is not JSON: {json_error.msg}") from json_error
            raise


def find_spots(text: str) -> dict[Path, Spot]:
    """Where each value of `parse_values(text)` is written, by (number of value, *path)."""
    if text.lstrip()[:1] != "{":
        return spots(text)
    found: dict[Path, Spot] = {}
    try:
        for number, (_, start) in enumerate(_parse_json(text)):
            line = text.count("\n", 0, start)
            for path, spot in spots(text[start:]).items():
                found.setdefault((number, *path[1:]), spot._replace(line=spot.line + line))
    except (ValueError, RecursionError):
        return spots(text)
    return found


def _parse_json(text: str) -> Iterator[tuple[Any, int]]:
    """Each JSON value of the text and where it begins. Raises `ValueError` also for a key that is there twice."""
    position = 0
    while (position := _SPACE.match(text, position).end()) < len(text):  # type: ignore[union-attr]
        value, end = _JSON.raw_decode(text, position)
        yield value, position
        position = end


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("a key is there twice")
    return values


def _number(text: str) -> int | float:
    number = float(text)
    return int(number) if number.is_integer() else number


def _refuse(text: str) -> None:
    raise ValueError(f"{text} is not JSON")


_SPACE = re.compile(r"[ \t\r\n]*")
_JSON = json.JSONDecoder(object_pairs_hook=_unique, parse_float=_number, parse_constant=_refuse)
