"""Fixtures for pytest: `cluster_dns` and `cluster_resolver`, and the marker that says which cluster it is.

Read in every run of pytest where clusterdns is installed, so nothing of it is imported before a test uses a fixture.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from clusterdns.testing.cluster import ClusterDNS
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
    from clusterdns.testing.marker import read_markers

    given = read_markers(request.node.iter_markers("cluster_dns"), request.path.parent)
    with ClusterDNS(
        *given.sources, corefile=given.corefile, cluster_domain=given.cluster_domain, lenient=given.lenient
    ) as dns:
        yield dns


@pytest.fixture
def cluster_resolver(request: pytest.FixtureRequest, cluster_dns: "ClusterDNS") -> "Iterator[PodResolver]":
    """Has the test and all it calls look names up as a Pod of the marker's namespace does, through `cluster_dns`."""
    from clusterdns.testing.marker import read_markers

    given = read_markers(request.node.iter_markers("cluster_dns"), request.path.parent)
    with cluster_dns.as_pod(given.namespace, given.pod) as pod:
        yield pod
