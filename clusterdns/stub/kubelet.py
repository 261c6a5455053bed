"""The resolv.conf that the kubelet gives a Pod (Kubernetes, "DNS for Services and Pods"; limits of 1.28 and later).

Knows Pods and the Service of DNS. The Node's own file comes in as a value.
"""

from dataclasses import replace
from typing import Final, NamedTuple

from clusterdns.cluster.builtin import DNS_SERVICE
from clusterdns.cluster.cluster import Cluster
from clusterdns.cluster.objects import Pod, PodDNSConfig, PodSpec
from clusterdns.stub.resolvconf import ResolvConf, merge_options

MAX_NAMESERVERS: Final = 3
MAX_SEARCHES: Final = 32  # 6 before Kubernetes 1.28
MAX_SEARCH_OCTETS: Final = 2048  # 256 before
MAX_DOMAIN_OCTETS: Final = 253
_NDOTS: Final = "ndots:5"
_NO_FILE: Final = ResolvConf()


class NotThere(LookupError):
    """There is no such Pod, or no such namespace; the message says which there are."""


class Made(NamedTuple):
    """A Pod's resolv.conf, and a sentence on each thing that the kubelet would put into an event."""

    conf: ResolvConf
    warnings: tuple[str, ...] = ()


def resolv_conf_of(
    cluster: Cluster,
    namespace: str,
    pod: str = "",
    *,
    domain: str = "cluster.local",
    host: ResolvConf = _NO_FILE,
) -> Made:
    """The file of one Pod, or, without a name, of an ordinary Pod of the namespace.

    `domain` is the cluster's, `host` the file of the Node. Raises `NotThere`.
    """
    return resolv_conf_for(cluster, namespace, _spec_of(cluster, namespace, pod), domain=domain, host=host)


def resolv_conf_for(
    cluster: Cluster, namespace: str, spec: PodSpec, *, domain: str = "cluster.local", host: ResolvConf = _NO_FILE
) -> Made:
    """The file that Pods of this spec would have, whether or not there are any; see `resolv_conf_of`."""
    warnings: list[str] = []
    conf = _base(cluster, namespace, spec, domain, host, warnings)
    if spec.dns_config:
        conf = _merge(conf, spec.dns_config)
    return Made(_within_limits(conf, warnings), tuple(warnings))


def dns_address(cluster: Cluster) -> str:
    """The address of the cluster's DNS, which the kubelet is told by `clusterDNS`; "" where it has none."""
    service = cluster.services.get(DNS_SERVICE)
    address = service.spec.cluster_ip if service else ""
    return "" if address == "None" else address


def _spec_of(cluster: Cluster, namespace: str, name: str) -> PodSpec:
    pods = {there: pod for (where, there), pod in cluster.pods.items() if where == namespace}
    if name:
        if name not in pods:
            raise NotThere(f"there is no Pod {namespace}/{name} ({_listed(namespace, pods)})")
        return pods[name].spec
    if not pods and cluster.namespace(namespace) is None:
        known = sorted({where for where, _ in (*cluster.pods, *cluster.services)})
        raise NotThere(f"there is no namespace '{namespace}' ({', '.join(known) or 'there is none at all'})")
    return PodSpec()


def _listed(namespace: str, pods: dict[str, Pod]) -> str:
    if not pods:
        return f"namespace '{namespace}' has none"
    first = sorted(pods)[:10]
    return ", ".join(first) + (", …" if len(pods) > len(first) else "")


def _base(
    cluster: Cluster, namespace: str, spec: PodSpec, domain: str, host: ResolvConf, warnings: list[str]
) -> ResolvConf:
    """What the Pod's dnsPolicy gives, before its dnsConfig."""
    host = replace(host, search=tuple(each.removesuffix(".") or "." for each in host.search))
    policy = spec.dns_policy or "ClusterFirst"
    if policy == "None":
        return ResolvConf()
    if policy == "Default" or (policy == "ClusterFirst" and spec.host_network):
        return host
    address = dns_address(cluster)
    if not address:
        warnings.append(
            f"no address of {'/'.join(DNS_SERVICE)} is known, so the Node's file is used as by dnsPolicy Default"
        )
        return host
    zone = domain.rstrip(".")
    searches = (f"{namespace}.svc.{zone}", f"svc.{zone}", zone, *host.search)
    return ResolvConf((address,), tuple(dict.fromkeys(searches)), (_NDOTS,))


def _merge(conf: ResolvConf, config: PodDNSConfig) -> ResolvConf:
    """With what a Pod's dnsConfig adds: each thing once, its options instead of those of the same name."""
    options = (f"{each.name}:{each.value}" if each.value else each.name for each in config.options)
    return ResolvConf(
        tuple(dict.fromkeys((*conf.nameservers, *config.nameservers))),
        tuple(dict.fromkeys((*conf.search, *config.searches))),
        merge_options(conf.options, options),
    )


def _within_limits(conf: ResolvConf, warnings: list[str]) -> ResolvConf:
    """The file without what is too much, the last first, as the kubelet leaves it out."""
    search = [each for each in conf.search[:MAX_SEARCHES] if len(each) <= MAX_DOMAIN_OCTETS]
    while len(" ".join(search)) > MAX_SEARCH_OCTETS:
        search.pop()
    left_out = [each for each in conf.search if each not in search]
    if left_out:
        warnings.append(
            f"the search list is too long, so the kubelet leaves out {', '.join(left_out)} (at most {MAX_SEARCHES} "
            f"domains, {MAX_SEARCH_OCTETS} characters in all and {MAX_DOMAIN_OCTETS} each)"
        )
    nameservers = conf.nameservers[:MAX_NAMESERVERS]
    if nameservers != conf.nameservers:
        warnings.append(
            f"there are too many nameservers, so the kubelet leaves out "
            f"{', '.join(conf.nameservers[MAX_NAMESERVERS:])} (at most {MAX_NAMESERVERS})"
        )
    return ResolvConf(nameservers, tuple(search), conf.options)
