"""What all Kubernetes objects have in common: metadata, and the key that names them.

Field names are those of the Kubernetes API. Knows no kind.
"""

from typing import ClassVar

import msgspec

Labels = dict[str, str]


class Part(msgspec.Struct, kw_only=True, omit_defaults=True, gc=False, rename="camel"):
    """A part of an object: equal by value, in camel case outside."""


class OwnerReference(Part):
    api_version: str = ""
    kind: str = ""
    name: str = ""
    uid: str = ""
    controller: bool | None = None


class ObjectMeta(Part):
    name: str = ""
    generate_name: str = ""
    namespace: str = ""
    uid: str = ""
    labels: Labels = {}
    annotations: Labels = {}
    owner_references: list[OwnerReference] = []
    deletion_timestamp: str | None = None


class Object(Part):
    """One object of the cluster. `key()` names it; `uid` and resource versions play no part."""

    kind: ClassVar[str] = ""
    api_version: ClassVar[str] = "v1"
    namespaced: ClassVar[bool] = True

    metadata: ObjectMeta

    @property
    def name(self) -> str:
        return self.metadata.name

    @property
    def namespace(self) -> str:
        return self.metadata.namespace

    def key(self) -> "Key":
        return Key(self.kind, self.metadata.namespace, self.metadata.name)


class Key(msgspec.Struct, frozen=True, order=True):
    """What names an object: kind, namespace ("" for cluster-wide kinds) and name."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"
