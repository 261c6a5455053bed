"""Who asks: a Pod with its resolver and its resolv.conf, and whether it asks the cluster's DNS at all.

Knows Pods and the Service of DNS. Must not know what is asked.
"""

from dataclasses import dataclass
from typing import Final

from clusterdns.cluster.builtin import DNS_SERVICE
from clusterdns.cluster.cluster import Cluster, pod_ips
from clusterdns.cluster.objects import Pod
from clusterdns.explain.reason import Code, Reason
from clusterdns.stub import ResolvConf, resolv_conf_of

_NO_FILE: Final = ResolvConf()


@dataclass(frozen=True)
class Client:
    """A Pod of a namespace, any if `pod` is empty. `elsewhere` says that it asks another DNS, and why."""

    namespace: str
    pod: str
    resolver: str
    conf: ResolvConf
    address: str = ""
    elsewhere: Reason | None = None


def client_of(
    cluster: Cluster,
    domain: str,
    text: str,
    resolver: str,
    ndots: int | None = None,
    node: ResolvConf = _NO_FILE,
) -> Client:
    """The client that `NAMESPACE` or `NAMESPACE/POD` stands for. `ndots` is instead of what its resolv.conf says.

    `node` is the resolv.conf of its Node. Raises `stub.NotThere`.
    """
    namespace, _, name = text.partition("/")
    host = _host(cluster, namespace, domain, node)
    conf = resolv_conf_of(cluster, namespace, name, domain=domain, host=host).conf
    if ndots is not None:
        conf = conf.with_option("ndots", ndots)
    pod = cluster.pods.get((namespace, name))
    return Client(
        namespace,
        name,
        resolver,
        conf,
        next(iter(pod_ips(pod)), ""),
        _elsewhere(cluster, pod, conf) if pod is not None else None,
    )


def _host(cluster: Cluster, namespace: str, domain: str, node: ResolvConf) -> ResolvConf:
    """The file of the Node. It is taken where no Service of DNS is known; yet a kubelet is told of the cluster's DNS by
    a flag of its own, whatever Services there are.
    """
    if DNS_SERVICE in cluster.services:
        return node
    return ResolvConf((), (f"{namespace}.svc.{domain}", f"svc.{domain}", domain, *node.search), ("ndots:5",))


def _elsewhere(cluster: Cluster, pod: Pod, conf: ResolvConf) -> Reason | None:
    """Why a Pod does not ask the cluster's DNS (Kubernetes: "Pod's DNS Policy"); None if it does."""
    service = cluster.services.get(DNS_SERVICE)
    if service is None or service.spec.cluster_ip in conf.nameservers:
        return None
    policy = pod.spec.dns_policy or "ClusterFirst"
    if policy == "None":
        named = ", ".join(conf.nameservers) or "no nameserver"
        said, hint = f"dnsPolicy None, and its dnsConfig names {named}", f"nameservers: [{service.spec.cluster_ip}]"
    elif policy == "ClusterFirst":
        said, hint = "hostNetwork and no dnsPolicy for that", "dnsPolicy: ClusterFirstWithHostNet"
        said += ", so it has the resolv.conf of its Node"
    else:
        said, hint = f"dnsPolicy {policy}, so it has the resolv.conf of its Node", "dnsPolicy: ClusterFirst"
    return Reason(Code.OTHER_RESOLVER, f"{pod.key()} does not ask the DNS of the cluster: it has {said}", hint)
