"""The /etc/hosts that the kubelet gives a Pod, which resolvers read before they ask (Kubernetes, "Adding entries to
Pod /etc/hosts with HostAliases"). Values in, text out.
"""

from typing import Final

from clusterdns.cluster.cluster import Cluster, pod_ips
from clusterdns.cluster.objects import Pod

_LOCALHOST: Final = ("127.0.0.1\tlocalhost", "::1\tlocalhost ip6-localhost ip6-loopback")


def hosts_of(
    cluster: Cluster,
    namespace: str,
    pod: str = "",
    *,
    domain: str = "cluster.local",
    host: str = "",
    hostname: str = "",
) -> str:
    """The file of one Pod; without a name, one that knows this machine alone, by its `hostname`.

    `host` is the file of the Node, which Pods in the Node's network have.
    """
    found = cluster.pods.get((namespace, pod))
    if found is None:
        return _text(*_LOCALHOST, *([f"127.0.1.1\t{hostname}"] if hostname else ()))
    aliases = ("\t".join((each.ip, *each.hostnames)) for each in found.spec.host_aliases)
    if found.spec.host_network:
        return _text(host.rstrip("\n"), *aliases)
    names = _names(found, domain)
    return _text(*_LOCALHOST, *(f"{ip}\t{names}" for ip in pod_ips(found)), *aliases)


def _names(pod: Pod, domain: str) -> str:
    spec = pod.spec
    short = spec.hostname or pod.name
    if not spec.subdomain:
        return short
    return f"{short}.{spec.subdomain}.{pod.namespace}.svc.{domain.rstrip('.')}\t{short}"


def _text(*lines: str) -> str:
    return "".join(f"{line}\n" for line in lines)
