"""The DNS of a cluster in tests: `ClusterDNS`, and fixtures for pytest in `pytest_plugin`.

    from clusterdns.testing import ClusterDNS

    with ClusterDNS("manifests/") as dns:
        dns.resolve("web.default.svc.cluster.local")

Nothing is imported before it is used, since pytest reads the plugin in every run.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clusterdns.testing.asked import AskedQuery
    from clusterdns.testing.cluster import ClusterDNS
    from clusterdns.testing.errors import (
        CannotStart,
        ClusterDNSError,
        InvalidCorefile,
        InvalidObject,
        LookupFailed,
        NoSuchObject,
        NotAsked,
    )
    from clusterdns.testing.faults import InjectedFault
    from clusterdns.testing.pod import PodResolver

__all__ = [
    "AskedQuery",
    "CannotStart",
    "ClusterDNS",
    "ClusterDNSError",
    "InjectedFault",
    "InvalidCorefile",
    "InvalidObject",
    "LookupFailed",
    "NoSuchObject",
    "NotAsked",
    "PodResolver",
]

_MODULES = {"AskedQuery": "asked", "ClusterDNS": "cluster", "InjectedFault": "faults", "PodResolver": "pod"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return getattr(import_module(f"{__name__}.{_MODULES.get(name, 'errors')}"), name)
