"""Fixtures for pytest: `cluster_dns` and `cluster_resolver`, and the marker that says which cluster it is.

Read in every run of pytest where clusterdns is installed, so nothing of it is imported before a test uses a fixture.
There are no assertions that pytest would have to rewrite (PYTEST_DONT_REWRITE), whichever way it finds this module.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from clusterdns.testing.cluster import ClusterDNS
    from clusterdns.testing.marker import Given
    from clusterdns.testing.pod import PodResolver

_MARKER = (
    "cluster_dns(*sources, corefile=None, namespace='default', pod='', cluster_domain='cluster.local', lenient=False): "
    "the cluster of the fixtures cluster_dns and cluster_resolver, and as which Pod the latter looks names up; paths "
    "begin in the folder of the test's file"
)


def pytest_configure(config: pytest.Config) -> None:
    """Registers the marker."""
    config.addinivalue_line("markers", _MARKER)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: "pytest.CallInfo[None]") -> Iterator[None]:
    """Shows beside a test that fails what its cluster was asked."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    dns = getattr(item, "funcargs", {}).get("cluster_dns")
    if report.failed and call.when == "call" and dns is not None:
        from clusterdns.testing.asked import describe_queries

        report.sections.append(("queries to cluster_dns", describe_queries(dns.queries)))


@pytest.fixture
def cluster_dns(request: pytest.FixtureRequest) -> "Iterator[ClusterDNS]":
    """The DNS of the cluster that the marker `cluster_dns` describes, or of an empty one, started and stopped."""
    from clusterdns.testing.cluster import ClusterDNS

    with _told():
        given = _given(request)
        dns = ClusterDNS(
            *given.sources, corefile=given.corefile, cluster_domain=given.cluster_domain, lenient=given.lenient
        ).start()
    try:
        yield dns
    finally:
        dns.stop()


@pytest.fixture
def cluster_resolver(request: pytest.FixtureRequest, cluster_dns: "ClusterDNS") -> "Iterator[PodResolver]":
    """Has the test and all it calls look names up as a Pod of the marker's namespace does, through `cluster_dns`."""
    given = _given(request)
    with ExitStack() as stack:
        with _told():
            pod = stack.enter_context(cluster_dns.as_pod(given.namespace, given.pod))
        yield pod


def _given(request: pytest.FixtureRequest) -> "Given":
    from clusterdns.testing.marker import read_markers

    return read_markers(request.node.iter_markers("cluster_dns"), request.path.parent)


@contextmanager
def _told() -> Iterator[None]:
    """Has what is wrong with the marker be said in a sentence, and not by the lines of this package."""
    from clusterdns.testing.errors import ClusterDNSError

    try:
        yield
    except (ClusterDNSError, pytest.UsageError) as error:
        pytest.fail(str(error), pytrace=False)
