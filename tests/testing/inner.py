"""Runs of pytest within a test, in its own process and with no plugin but ours.

What is imported during such a run is forgotten after it, and not every module can be imported twice; so everything
that the server imports late is imported before.
"""

from functools import cache

import pytest
from web import DB, DB_NAME

from clusterdns.testing import ClusterDNS

PLUGIN = ("-p", "clusterdns.testing.pytest_plugin")


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """The result of `pytest ARGUMENTS`."""
    _import_all()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # others import what they like, and take long for it
        return pytester.runpytest_inprocess(*PLUGIN, *arguments)


@cache
def _import_all() -> None:
    with ClusterDNS(DB) as dns, dns.as_pod("data"), dns.fault("nobody.*", empty=True):
        dns.resolve(f"_mongodb._tcp.{DB_NAME}", "SRV")
