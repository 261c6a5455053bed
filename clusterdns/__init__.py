"""clusterdns: the DNS of a Kubernetes cluster without the cluster.

    from clusterdns import ClusterDNS

    with ClusterDNS("manifests/") as dns:
        dns.resolve("web.default.svc.cluster.local")

What a program needs of it is here; `clusterdns.testing` says more. Nothing is imported before it is used.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clusterdns.testing import (
        AskedQuery,
        CannotStart,
        ClusterDNS,
        ClusterDNSError,
        InjectedFault,
        InvalidCorefile,
        InvalidObject,
        LookupFailed,
        NoSuchObject,
        NotAsked,
    )

__version__ = "0.1.0"

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
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    from clusterdns import testing

    return getattr(testing, name)
