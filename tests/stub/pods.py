"""A cluster out of manifests in a test: YAML text in, all objects out, with the Pods of workloads."""

import textwrap

from clusterdns.cluster import manifest
from clusterdns.cluster.changes import Change
from clusterdns.cluster.cluster import Cluster
from clusterdns.cluster.controlplane import ControlPlane
from clusterdns.cluster.settings import Settings


def cluster_of(text: str, settings: Settings | None = None) -> Cluster:
    read = manifest.read(textwrap.dedent(text), "test.yaml")
    assert read.problems() == []
    plane = ControlPlane(settings or Settings())
    plane.apply(Change(one.key(), None, one) for one in read.objects())
    return plane.cluster
