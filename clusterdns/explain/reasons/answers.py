"""What an answer is: a cluster address, the Pods behind a headless Service, a Pod, an alias, what others said.

Speaks only of answers that have what was asked for.
"""

from collections.abc import Iterator

from clusterdns.cluster.objects import Endpoint, Service
from clusterdns.dns import codes
from clusterdns.dns.names import reverse_name
from clusterdns.dns.text import rdata_text
from clusterdns.explain.case import Case
from clusterdns.explain.reason import Code, Reason
from clusterdns.explain.reasons.pods import pods_with
from clusterdns.records.backends import is_ready
from clusterdns.records.paths import POD

_ADDRESSES = (codes.A, codes.AAAA)


def of_service(case: Case) -> Iterator[Reason]:
    """The Service whose name it is."""
    service = case.service
    if case.imported is not None and case.heard.found:
        yield Reason(Code.CLUSTER_ADDRESS, f"{case.imported.key()}, which other clusters export")
    if service is None or not case.heard.found:
        return
    if service.spec.type == "ExternalName":
        yield Reason(Code.ALIAS, f"{service.key()} is an alias of {service.spec.external_name}")
    elif case.qtype == codes.SRV:
        which = "the Pods" if service.headless else "the Service"
        yield Reason(Code.PORTS, f"ports of {service.key()}, each with the name and address of {which}")
    elif case.endpoint:
        yield _one_endpoint(case, service)
    elif service.headless:
        ready = [one for one in case.endpoints if is_ready(one)]
        yield Reason(Code.ENDPOINTS, f"{service.key()} is headless, so its name stands for {_count(ready)}")
    elif case.qtype in _ADDRESSES:
        ready = [one for one in case.endpoints if is_ready(one)]
        behind = f", {_count(ready)} behind it" if ready else ""
        yield Reason(Code.CLUSTER_ADDRESS, f"the cluster address of {service.key()}{behind}")


def of_pod(case: Case) -> Iterator[Reason]:
    """An address that is spelled in the name."""
    if case.path is None or case.path.kind != POD or not case.heard.found:
        return
    ip = case.path.name.decode("ascii", "replace").replace("-", ".") if case.qtype == codes.A else ""
    pods = [pod for pod in pods_with(case, ip) if pod.namespace == case.namespace]
    if pods or not ip:
        owner = f" of {pods[0].key()}" if pods else ""
        yield Reason(Code.POD_ADDRESS, f"the address{owner} is in the name itself")
    else:
        yield Reason(
            Code.POD_ADDRESS,
            f"no Pod of namespace {case.namespace} has the address {ip}; pods insecure answers for any address",
            "pods verified in the Corefile, which answers for Pods that are there alone",
        )


def of_pointer(case: Case) -> Iterator[Reason]:
    """The names of an address."""
    if case.zone is None or case.qtype != codes.PTR or not case.zone.reverse or not case.heard.found:
        return
    service = next((each for each in case.cluster.services.values() if _has(each, case.name)), None)
    yield Reason(Code.POINTER, f"the cluster address of {service.key()}" if service else "the address of an endpoint")


def of_others(case: Case) -> Iterator[Reason]:
    """What does not come from the cluster."""
    if not case.heard.found or (case.zone is not None and (case.path is not None or case.zone.reverse)):
        return
    passage = case.passage
    answered = passage.answered if passage is not None else None
    if passage is None or answered is None:
        return
    plugin = answered.plugin.name
    if plugin == "kubernetes":
        yield Reason(Code.ANSWERED, f"kubernetes at {passage.place_of(plugin)} has it")
    elif passage.upstream and plugin == "forward":
        yield Reason(Code.ANSWERED, f"upstream {passage.upstream} says so")
    elif plugin != "cache":
        yield Reason(Code.ANSWERED, f"{plugin} at {passage.place_of(plugin)} says so")


def of_chain(case: Case) -> Iterator[Reason]:
    """The CNAME records that led to the answer, if they are no Service's."""
    if case.asked.reply is None or not case.heard.found or case.service is not None or case.qtype == codes.CNAME:
        return
    aliases = [record for record in case.asked.reply.answer if record.rtype == codes.CNAME]
    if aliases:
        way = " → ".join(rdata_text(record.rtype, record.rdata).removesuffix(".") for record in aliases)
        yield Reason(Code.ALIAS, f"{case.text} is an alias: → {way}")


REASONS = (of_service, of_pod, of_pointer, of_others, of_chain)


def _one_endpoint(case: Case, service: Service) -> Reason:
    label = case.endpoint
    named = [one for one in case.endpoints if one.hostname and one.hostname.lower() == label]
    if named:
        pod = named[0].target_ref.name if named[0].target_ref is not None else ""
        whose = f"Pod {case.namespace}/{pod}" if pod else f"endpoint {label}"
        return Reason(Code.ENDPOINTS, f"{whose} by its hostname, below {service.key()}")
    return Reason(Code.ENDPOINTS, f"an endpoint of {service.key()}, by its address with dashes")


def _count(endpoints: list[Endpoint]) -> str:
    pods = {one.target_ref.name for one in endpoints if one.target_ref is not None}
    if len(pods) == 0:
        return f"{len(endpoints)} endpoint{'' if len(endpoints) == 1 else 's'}"
    return f"{len(pods)} ready Pod{'' if len(pods) == 1 else 's'}"


def _has(service: Service, name: bytes) -> bool:
    return any(reverse_name(ip) == name for ip in service.spec.cluster_ips if ip not in ("", "None"))
