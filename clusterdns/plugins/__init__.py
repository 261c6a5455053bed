"""The plugins, and the one list that says in which order a chain has them.

The order is CoreDNS's (its plugin.cfg), whatever the order in a Corefile. `fault` is ours: below what counts and logs,
which shall see faults as what clients see, and above all that answers, changes or keeps answers, which shall not.
To add a plugin: its module, its name in `ORDER`, a story in the tests.
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

LEFT_OUT: Final = {
    "azure": "it answers from Azure DNS, which needs an account there",
    "clouddns": "it answers from Google Cloud DNS, which needs an account there",
    "dnstap": "it writes messages in a format of its own; the log plugin writes them as text",
    "geoip": "it needs a database of MaxMind's, under its license",
    "grpc": "DNS over gRPC is spoken by CoreDNS alone; forward takes tls:// and https:// upstreams",
    "grpc_server": "DNS over gRPC is spoken by CoreDNS alone; serve tls:// or https://",
    "nomad": "it answers from a Nomad cluster",
    "on": "it runs commands of the Corefile's",
    "pprof": "it profiles a Go program",
    "proxyproto": "it is for load balancers in front of a cluster",
    "route53": "it answers from AWS Route 53, which needs an account there",
    "trace": "it reports to Zipkin or Datadog",
}
"""Those that are not here on purpose, and why."""

BUILT: Final = frozenset(ORDER) - LEFT_OUT.keys()
"""All others."""

_MODULES: Final = {"any": "any_"}


def load(name: str) -> ModuleType:
    """The module of a plugin in `BUILT`; it has `setup(lines, setting) -> Plugin | None`."""
    return import_module(f"clusterdns.plugins.{_MODULES.get(name, name)}")
