"""What `check` says, as lines for people and as JSON for programs: errors, warnings with a code, and notes.

Everything that is wrong comes in as its own kind of value, and goes out as a `Remark`. Prints nothing.
"""

import json
from enum import StrEnum
from typing import Any, Final, NamedTuple

from clusterdns.advice.advice import Advice
from clusterdns.advice.advice import Code as Advised
from clusterdns.cluster.objects import Key
from clusterdns.cluster.problems import Problem, describe_path
from clusterdns.corefile import CorefileError


class Code(StrEnum):
    """What a warning is about that is none about the cluster. docs/checking.md explains each."""

    MANIFEST = "manifest"
    COREFILE = "corefile"
    START = "start"


CODES: Final = tuple(map(str, (*Advised, *Code)))


class Remark(NamedTuple):
    """One thing that is said. An error has no code; what is not known of the other parts is empty."""

    message: str
    code: str = ""
    file: str = ""
    line: int = 0
    about: Key | None = None
    field: str = ""
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        said = ": ".join(filter(None, (place, str(self.about or ""), self.field, self.message)))
        return f"{said} ({self.hint})" if self.hint else said


def remark(thing: Problem | Advice | CorefileError | str, code: str = "") -> Remark:
    """What is said of something; of an `Advice` with its own code, of the others with `code`."""
    match thing:
        case Advice():
            file, line = thing.place or ("", 0)
            return Remark(thing.message, thing.code, file, line, thing.about, describe_path(thing.path), thing.hint)
        case Problem():
            file, line = thing.place
            return Remark(thing.message, code, file, line, thing.about, thing.field, thing.hint)
        case CorefileError():
            file, line = thing.place
            return Remark(thing.problem, code, file, line, None, thing.plugin, thing.hint)
    return Remark(str(thing), code)


class Remarks(NamedTuple):
    """What could never be served, what is odd or only a start would stumble over, and what was passed over."""

    errors: list[Remark]
    warnings: list[Remark]
    notes: list[str]

    def without(self, codes: tuple[str, ...]) -> "Remarks":
        """All but the warnings with these codes."""
        return self._replace(warnings=[warning for warning in self.warnings if warning.code not in codes])

    def lines(self) -> list[str]:
        """For people: errors, notes, warnings."""
        said = [*map(str, self.errors), *self.notes]
        said += [f"Warning: {warning} [{warning.code}]" for warning in self.warnings]
        return said if self.errors or self.warnings else [*said, "Nothing is wrong."]

    def json(self) -> str:
        """For programs: one map with three lists."""
        said = {
            "errors": list(map(_plain, self.errors)),
            "warnings": list(map(_plain, self.warnings)),
            "notes": self.notes,
        }
        return json.dumps(said, indent=2)


def _plain(remark: Remark) -> dict[str, Any]:
    """All that is known of a remark."""
    about = remark.about
    known = {
        "code": remark.code,
        "file": remark.file,
        "line": remark.line,
        "kind": about.kind if about else "",
        "namespace": about.namespace if about else "",
        "name": about.name if about else "",
        "field": remark.field,
        "message": remark.message,
        "hint": remark.hint,
    }
    return {name: value for name, value in known.items() if value}
