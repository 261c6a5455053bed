"""The /etc/hosts that the kubelet gives a Pod, which resolvers read before they ask (Kubernetes, "Adding entries to
Pod /etc/hosts with HostAliases"), and the host name. Values in, text out.
"""

from typing import Final

from clusterdns.cluster.cluster import pod_ips
from clusterdns.cluster.objects import Pod

_LOCALHOST: Final = ("127.0.0.1\tlocalhost", "::1\tlocalhost ip6-localhost ip6-loopback")


def hostname_of(pod: Pod) -> str:
    """A Pod's own host name; "" if it has that of its Node."""
    return "" if pod.spec.host_network else pod.spec.hostname or pod.name


def hosts_of(pod: Pod | None, *, domain: str = "cluster.local", host: str = "", hostname: str = "") -> str:
    """The file of a Pod; without one, that of who knows only this machine, by its `hostname`.

    `domain` is the cluster's, `host` the file of the Node, which Pods in the Node's network have.
    """
    if pod is None:
        return _text(*_LOCALHOST, *([f"127.0.1.1\t{hostname}"] if hostname else ()))
    aliases = ("\t".join((each.ip, *each.hostnames)) for each in pod.spec.host_aliases)
    if pod.spec.host_network:
        return _text(host.rstrip("\n"), *aliases)
    names = _names(pod, domain)
    return _text(*_LOCALHOST, *(f"{ip}\t{names}" for ip in pod_ips(pod)), *aliases)


def _names(pod: Pod, domain: str) -> str:
    short = hostname_of(pod)
    if not pod.spec.subdomain:
        return short
    return f"{short}.{pod.spec.subdomain}.{pod.namespace}.svc.{domain.rstrip('.')}\t{short}"


def _text(*lines: str) -> str:
    return "".join(f"{line}\n" for line in lines)
