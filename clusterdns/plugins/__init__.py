"""The plugins, and the one list that says in which order a chain has them.

The order is CoreDNS's (its plugin.cfg), whatever the order in a Corefile. `fault` is ours: below what counts and logs,
which shall see faults as what clients see, and above all that answers, changes or keeps answers, which shall not.
To add a plugin: its module, its name in `BUILT`, a story in the tests.
"""

from importlib import import_module
from types import ModuleType
from typing import Final

COREDNS: Final = "1.14.7"
"""The version of CoreDNS that the plugins follow."""

ORDER: Final = (
    "root", "metadata", "geoip", "cancel", "proxyproto", "quic", "grpc_server", "https", "https3", "timeouts",
    "multisocket", "reload", "nsid", "bufsize", "bind", "debug", "trace", "ready", "health", "pprof", "shed",
    "prometheus", "errors", "log", "fault", "dnstap", "local", "dns64", "any", "chaos", "loadbalance", "tsig",
    "rewrite", "autopath", "acl", "cache", "header", "dnssec", "tls", "minimal", "template", "transfer", "hosts",
    "route53", "azure", "clouddns", "k8s_external", "kubernetes", "file", "auto", "secondary", "etcd", "loop",
    "forward", "grpc", "erratic", "whoami", "on", "sign", "view", "nomad",
)  # fmt: skip
"""Every directive that CoreDNS knows, and our own, first asked first."""

BUILT: Final = frozenset({
    "acl", "bufsize", "cancel", "dns64", "erratic", "header", "local", "multisocket", "nsid", "shed",
    "auto", "dnssec", "etcd", "secondary", "sign", "root", "metadata", "quic", "https", "https3", "timeouts", "tls", "tsig",
    "reload", "bind", "debug", "ready", "health", "prometheus", "errors", "log", "any", "chaos", "loadbalance",
    "cache", "rewrite", "minimal", "fault", "template", "transfer", "hosts", "kubernetes", "file", "loop", "forward",
    "whoami", "view", "k8s_external", "autopath",
})  # fmt: skip
"""Those that are here; the others are refused by name."""

_MODULES: Final = {"any": "any_"}


def load(name: str) -> ModuleType:
    """The module of a plugin in `BUILT`; it has `setup(lines, setting) -> Plugin | None`."""
    return import_module(f"clusterdns.plugins.{_MODULES.get(name, name)}")
