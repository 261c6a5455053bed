"""The keeper takes objects from a program, without files, and says what becomes too small for them."""

import io
from textwrap import dedent

import pytest

from clusterdns.cluster.manifest import Manifest, read
from clusterdns.cluster.objects import Key
from clusterdns.cluster.settings import DEFAULT_POD_CIDRS, Settings, parse_cidrs
from clusterdns.logs import Log
from clusterdns.server.keeper import Keeper

PODS = """
    apiVersion: apps/v1
    kind: StatefulSet
    metadata: {name: db}
    spec:
      serviceName: db
      replicas: %s
      selector: {matchLabels: {app: db}}
      template: {metadata: {labels: {app: db}}, spec: {containers: [{name: db, image: db}]}}
"""


def pods(replicas: int) -> Manifest:
    return read(dedent(PODS % replicas), "given")


@pytest.fixture
def log() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def keeper(log: io.StringIO) -> Keeper:
    settings = Settings(pod_cidrs=parse_cidrs("10.244.0.0/29", DEFAULT_POD_CIDRS))
    keeper = Keeper(settings, (), Log(log), [pods(2)])
    assert keeper.load() == []
    return keeper


def names(keeper: Keeper) -> list[str]:
    return [name for namespace, name in sorted(keeper.cluster.pods) if namespace == "default"]


def test_what_is_given_is_there_instead_of_the_example(keeper: Keeper) -> None:
    assert names(keeper) == ["db-0", "db-1"]
    assert list(keeper.objects) == [Key("StatefulSet", "default", "db")]


def test_what_is_applied_and_deleted_changes_the_cluster(keeper: Keeper) -> None:
    assert keeper.apply([pods(3)]) == []
    assert names(keeper) == ["db-0", "db-1", "db-2"]

    assert keeper.change(gone=list(keeper.objects)) == []
    assert names(keeper) == []


def test_what_is_refused_changes_nothing(keeper: Keeper) -> None:
    (problem,) = keeper.apply([pods(-1)])

    assert str(problem).startswith("given:7: StatefulSet default/db: spec.replicas: ")
    assert names(keeper) == ["db-0", "db-1"]


def test_a_range_that_becomes_too_small_is_said_once(keeper: Keeper, log: io.StringIO) -> None:
    for replicas in (9, 9, 10):
        keeper.apply([pods(replicas)])

    lines = log.getvalue().splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("[WARNING] 10.244.0.0/29 has no address for ")
