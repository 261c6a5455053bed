"""What is wrong with what the user gave, said so that the user can mend it.

A `Finding` is what a rule says of one value; it knows no file. A `Problem` is a finding with its place, ready to print.
"""

from enum import Enum
from typing import NamedTuple

from clusterdns.cluster.objects import Key

Path = tuple[str | int, ...]
"""The way from an object to one of its values: names of fields, keys of maps and indexes of lists."""


class Severity(Enum):
    ERROR = "error"
    WARNING = "warning"


class Place(NamedTuple):
    """A line of a file, counted from 1; line 0 is the file as a whole."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


class Finding(NamedTuple):
    """One value that breaks a rule.

    `hint` says what would do. `servable` tells whether a DNS can answer with the value all the same, though the API
    server would refuse it; `harmless` that nobody refuses it.
    """

    path: Path
    message: str
    hint: str = ""
    servable: bool = True
    harmless: bool = False

    def severity(self, *, bare: bool) -> Severity:
        """How bad it is for those who want what the API server takes, or, `bare`, what a DNS can serve."""
        return Severity.WARNING if self.harmless or (bare and self.servable) else Severity.ERROR


class Problem(NamedTuple):
    """A finding with its place: `web.yaml:14: Service default/web: spec.ports[0].port: 70000 is not a port (…)`."""

    place: Place
    about: Key | None
    field: str
    message: str
    hint: str = ""
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        parts = [str(self.place), str(self.about or ""), self.field, self.message]
        return ": ".join(filter(None, parts)) + (f" ({self.hint})" if self.hint else "")


def describe_path(path: Path) -> str:
    """A path as Kubernetes writes it: `spec.ports[0].port`, `metadata.labels[example.com/role]`."""
    text = ""
    for step in path:
        if isinstance(step, int) or not step.isidentifier():
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text
