"""Names of Pods: by their address, by a hostname below a Service, as a part of a StatefulSet.

Knows Pods and who owns them. Which Pods a Service has at all is for `endpoints`.
"""

from collections.abc import Iterator

from clusterdns.advice.services import advise_stateful_set, governing_service
from clusterdns.cluster.cluster import pod_ips
from clusterdns.cluster.objects import Pod, StatefulSet
from clusterdns.dns import codes
from clusterdns.explain.case import Case
from clusterdns.explain.reason import Code, Reason, reason_of
from clusterdns.records.addresses import dashed, pack_address
from clusterdns.records.options import PodMode
from clusterdns.records.paths import POD


def stateful(case: Case) -> Iterator[Reason]:
    """A Pod of a StatefulSet that has no name, or that there isn't."""
    owner = owner_of(case)
    if owner is None or not _denied(case):
        return
    governed = governing_service(case.survey, owner)
    if governed is not None and governed.name != case.service_name:
        name = f"{case.endpoint}.{governed.name}.{owner.namespace}"
        yield Reason(
            Code.STATEFULSET_WITHOUT_SERVICE,
            f"serviceName of {owner.key()} is {governed.name}, not {case.service_name}",
            f"ask for {name}" if governed.headless else f"serviceName: {case.service_name}",
            owner.key(),
            ("spec", "serviceName"),
        )
    yield from map(reason_of, advise_stateful_set(case.survey, owner))
    first, count = owner.spec.ordinals.start, 1 if owner.spec.replicas is None else owner.spec.replicas
    number = int(case.endpoint.rpartition("-")[2])
    if not first <= number < first + count:
        pods = f"{owner.name}-{first} to {owner.name}-{first + count - 1}" if count > 1 else f"{owner.name}-{first}"
        yield Reason(
            Code.NO_SUCH_ORDINAL,
            f"{owner.key()} has no Pod {case.endpoint}: its Pods are {pods if count else 'none'}",
            f"replicas: {number - first + 1}" if number >= first else "ordinals.start",
            owner.key(),
            ("spec", "replicas"),
        )


def hostname(case: Case) -> Iterator[Reason]:
    """A Pod that is there, and goes by another name or by none."""
    pod = _pod_of(case)
    if pod is None or not _denied(case) or case.service is None or owner_of(case) is not None:
        return
    host, subdomain, name = pod.spec.hostname, pod.spec.subdomain, case.service_name
    address = dashed(next(iter(pod_ips(pod)), ""))
    if host and not subdomain:
        yield Reason(
            Code.NO_SUBDOMAIN,
            f"{pod.key()} has hostname {host} and no subdomain, so Service {name} does not name it",
            f"subdomain: {name} in its spec, beside the hostname",
            pod.key(),
            ("spec", "hostname"),
        )
    elif host and subdomain != name:
        yield Reason(
            Code.NO_SUBDOMAIN,
            f"the subdomain of {pod.key()} is {subdomain}, not {name}",
            f"ask for {host}.{subdomain}, or subdomain: {name}",
            pod.key(),
            ("spec", "subdomain"),
        )
    elif host and host != case.endpoint:
        yield Reason(Code.NO_HOSTNAME, f"{pod.key()} has hostname {host}, and goes by that", f"ask for {host}.{name}")
    elif not host:
        yield Reason(
            Code.NO_HOSTNAME,
            f"{pod.key()} sets no hostname, so below a Service it goes by its address: {address}.{name}",
            f"hostname: {case.endpoint} and subdomain: {name} in its spec, or endpoint_pod_names in the Corefile",
            pod.key(),
            ("spec",),
        )


def by_address(case: Case) -> Iterator[Reason]:
    """Names such as `10-244-0-7.default.pod`, by the mode of `pods`."""
    if case.path is None or case.path.kind != POD or case.table is None or not _denied(case):
        return
    if case.namespace not in case.namespaces or not case.path.name:
        return
    mode, label = case.table.options.pods, case.path.name.decode("utf-8", "replace")
    where = case.place_of("kubernetes")
    ip = _address_of(label)
    if mode is PodMode.DISABLED:
        yield Reason(
            Code.PODS_DISABLED,
            f"kubernetes at {where} has no names of Pods: pods is disabled there, as it is unless given",
            "pods insecure, or pods verified, in the Corefile",
        )
    elif pack_address(ip) is None:
        yield from _no_address(case, label)
    elif mode is PodMode.VERIFIED:
        yield _unverified(case, ip)


REASONS = (stateful, hostname, by_address)


def owner_of(case: Case) -> StatefulSet | None:
    """The StatefulSet of which the name asks for a Pod, whether or not it has that Pod."""
    name, dash, number = case.endpoint.rpartition("-")
    if not dash or not (number.isascii() and number.isdigit()):
        return None
    return case.cluster.of(StatefulSet).get((case.namespace, name))


def pods_with(case: Case, ip: str) -> list[Pod]:
    """All Pods of that address."""
    return [pod for pod in case.cluster.pods.values() if ip in pod_ips(pod)]


def _pod_of(case: Case) -> Pod | None:
    """The Pod that an endpoint's label names, by its own name or by its hostname."""
    if not case.endpoint:
        return None
    named = case.cluster.pods.get((case.namespace, case.endpoint))
    there = (pod for pod in case.cluster.pods.values() if pod.namespace == case.namespace)
    return named or next((pod for pod in there if pod.spec.hostname == case.endpoint), None)


def _denied(case: Case) -> bool:
    return case.heard.rcode == codes.NXDOMAIN


def _address_of(label: str) -> str:
    """The address that a label with dashes stands for (CoreDNS: plugin/kubernetes/parse.go)."""
    return label.replace("-", "." if label.count("-") == 3 and "--" not in label else ":")


def _no_address(case: Case, asked: str) -> Iterator[Reason]:
    pod = case.cluster.pods.get((case.namespace, asked))
    said = f"'{asked}' is no address with dashes"
    if pod is not None and pod_ips(pod):
        label = dashed(pod_ips(pod)[0])
        yield Reason(
            Code.NO_SUCH_POD,
            f"{said}: below pod there are addresses, not names of Pods",
            f"ask for {label}.{case.namespace}.pod, the address of {pod.key()}",
        )
    else:
        yield Reason(Code.NO_SUCH_POD, said, f"such as 10-244-0-7.{case.namespace}.pod")


def _unverified(case: Case, ip: str) -> Reason:
    pods = pods_with(case, ip)
    said = f"no Pod of namespace {case.namespace} has the address {ip}, and pods is verified"
    if not pods:
        return Reason(Code.NO_SUCH_POD, said, "pods insecure in the Corefile answers for any address")
    pod = pods[0]
    if pod.namespace == case.namespace:
        return Reason(Code.NO_SUCH_POD, f"{pod.key()} has the address {ip}, and does not run", "")
    label = dashed(ip)
    return Reason(Code.NO_SUCH_POD, f"{said}, but {pod.key()} has", f"ask for {label}.{pod.namespace}.pod")
