"""Is an object right, by the rules of the API server of Kubernetes 1.34, where DNS is concerned."""

from collections.abc import Iterator

from clusterdns.cluster.objects import Object
from clusterdns.cluster.problems import Finding


def validate(obj: Object) -> Iterator[Finding]:
    """What the API server would refuse in this object, looked at by itself."""
    if not obj.metadata.name:
        yield Finding(("metadata", "name"), "is missing", servable=False)
