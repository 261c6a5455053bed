"""One piece of advice: a warning that has a code, the value that it is about, and what would do.

What the API server would refuse is no matter of advice but a `Problem`. Knows no rule and no file.
"""

from enum import StrEnum
from typing import NamedTuple

from clusterdns.cluster.objects import Key
from clusterdns.cluster.problems import Path, Place, describe_path


class Code(StrEnum):
    """What a warning is about, in a word that does not change. docs/checking.md explains each."""

    SELECTOR_MATCHES_NOTHING = "selector-matches-nothing"
    STATEFULSET_WITHOUT_SERVICE = "statefulset-without-service"
    HEADLESS_WITHOUT_PORTS = "headless-without-ports"
    EXTERNAL_NAME_ADDRESS = "external-name-address"
    EXTERNAL_NAME_RELATIVE = "external-name-relative"
    EXTERNAL_NAME_NOT_FOUND = "external-name-not-found"
    NAME_NOT_FOUND = "name-not-found"
    NAME_SHARED = "name-shared"
    NAME_SHADOWS_OUTSIDE = "name-shadows-outside"


class Advice(NamedTuple):
    """One value that is served as it was given, and probably not as it was meant.

    `path` leads from the object `about` to the value; `message` says what is wrong with it and `hint` what would do.
    `place` is where the value stands, for whoever knows the manifests.
    """

    code: Code
    about: Key
    path: Path
    message: str
    hint: str
    place: Place | None = None

    def __str__(self) -> str:
        """`web.yaml:8: Service default/web: spec.selector: matches no Pod (…) [selector-matches-nothing]`."""
        said = ": ".join(map(str, filter(None, (self.place, self.about, describe_path(self.path), self.message))))
        return f"{said} ({self.hint}) [{self.code}]"
