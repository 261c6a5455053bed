"""Advice about manifests in a test: YAML text in, what is said of it out."""

import textwrap

from clusterdns.advice.rules import advise
from clusterdns.cluster.controlplane import ControlPlane
from clusterdns.cluster.manifest import read
from clusterdns.cluster.registry import Registry
from clusterdns.cluster.settings import Settings


def advised(*texts: str, zone: str = "cluster.local") -> list[str]:
    """What is said of manifests; the first is `0.yaml`. They must have no problem."""
    registry, plane = Registry(), ControlPlane(Settings())
    update = registry.load(read(textwrap.dedent(text), f"{number}.yaml") for number, text in enumerate(texts))
    assert update.problems == []
    plane.apply(update.changes)
    return list(map(str, advise(plane.cluster, registry.objects, registry.files, zone)))
