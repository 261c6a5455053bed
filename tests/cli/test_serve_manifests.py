"""Manifests that change while they are served: answered within a second, and no query is lost."""

from collections.abc import Callable
from pathlib import Path

import pytest
from asker import asking
from asking import addresses, rcode
from clusters import name_of, service
from serving import Server, wait_until

Serve = Callable[..., Server]
NOWHERE = ("--upstream", "127.0.0.1:1")  # where nobody listens
PATIENCE = 1.0  # seconds, which is what is promised
WORKERS = pytest.mark.parametrize("workers", ["1", "2"])


class Cluster:
    """A folder of manifests that is served."""

    def __init__(self, serve: Serve, folder: Path, workers: str = "1") -> None:
        self.folder = folder / "manifests"
        self.folder.mkdir()
        self.write("web", "10.96.1.1")
        self.write("steady", "10.96.1.9")
        self.server = serve(*NOWHERE, "--workers", workers, self.folder)

    def write(self, name: str, address: str) -> None:
        (self.folder / f"{name}.yaml").write_text(service(name, address))

    def answered(self, name: str, *expected: str) -> None:
        """Waits until the name has these addresses; every worker has to know it."""

        def asked() -> set[tuple[str, ...]]:
            return {tuple(addresses(self.server.ask(name_of(name)))) for _ in range(8)}

        wait_until(lambda: asked() == {expected}, f"{name} is not answered as {expected}", PATIENCE)


@WORKERS
def test_an_edit_is_answered(serve: Serve, tmp_path: Path, workers: str) -> None:
    cluster = Cluster(serve, tmp_path, workers)
    cluster.answered("web", "10.96.1.1")

    with asking(cluster.server, name_of("steady")) as asker:
        cluster.write("web", "10.96.1.2")
        cluster.answered("web", "10.96.1.2")

    assert set(asker.answers) == {frozenset({"10.96.1.9"})}


def test_an_edit_changes_from_one_answer_to_the_next(serve: Serve, tmp_path: Path) -> None:
    cluster = Cluster(serve, tmp_path)

    with asking(cluster.server, name_of("web")) as asker:
        for last in range(2, 7):
            cluster.write("web", f"10.96.1.{last}")
            cluster.answered("web", f"10.96.1.{last}")

    seen = list(dict.fromkeys(asker.answers))
    assert seen == [frozenset({f"10.96.1.{last}"}) for last in range(1, 7)]
    assert asker.answers == sorted(asker.answers, key=seen.index)  # never back to an older one


@WORKERS
def test_a_new_manifest_and_a_deleted_one_are_answered(serve: Serve, tmp_path: Path, workers: str) -> None:
    cluster = Cluster(serve, tmp_path, workers)

    with asking(cluster.server, name_of("steady")):
        cluster.write("new", "10.96.1.3")
        cluster.answered("new", "10.96.1.3")
        (cluster.folder / "new.yaml").unlink()
        cluster.answered("new")

    assert rcode(cluster.server.ask(name_of("new"))) == "NXDOMAIN"


@WORKERS
def test_a_broken_manifest_is_reported_once_and_what_was_good_is_still_served(
    serve: Serve, tmp_path: Path, workers: str
) -> None:
    cluster = Cluster(serve, tmp_path, workers)

    with asking(cluster.server, name_of("web")) as asker:
        cluster.write("web", "10.96.1.500")
        problem = "web.yaml:5: Service default/web: spec.clusterIP: '10.96.1.500' is not an IP address"
        wait_until(lambda: problem in cluster.server.log(), "the broken manifest is not reported")
        cluster.write("new", "10.96.1.3")
        cluster.answered("new", "10.96.1.3")
        cluster.write("web", "10.96.1.2")
        cluster.answered("web", "10.96.1.2")

    assert list(dict.fromkeys(asker.answers)) == [frozenset({"10.96.1.1"}), frozenset({"10.96.1.2"})]
    assert cluster.server.log().count(problem) == 1
    assert "what was good before is still served" in cluster.server.log()


def test_a_manifest_replaced_as_editors_do_is_never_missing(serve: Serve, tmp_path: Path) -> None:
    cluster = Cluster(serve, tmp_path)

    with asking(cluster.server, name_of("web")) as asker:
        for last in range(2, 6):
            fresh = tmp_path / "fresh"
            fresh.write_text(service("web", f"10.96.1.{last}"))
            (cluster.folder / "web.yaml").unlink()
            fresh.rename(cluster.folder / "web.yaml")
            cluster.answered("web", f"10.96.1.{last}")

    assert frozenset() not in asker.answers
