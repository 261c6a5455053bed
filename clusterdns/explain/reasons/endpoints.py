"""What is behind a Service: Pods that its selector matches, and which of them are ready.

Knows a Service that is there, its Pods and EndpointSlices. It speaks up as well where a name resolves and nobody is
behind the address.
"""

from collections.abc import Iterator

from clusterdns.advice.services import advise_selector
from clusterdns.cluster.cluster import pod_is_ready
from clusterdns.cluster.objects import Endpoint, Pod, Service
from clusterdns.dns import codes
from clusterdns.explain.case import WILDCARDS, Case
from clusterdns.explain.reason import Code, Reason, reason_of
from clusterdns.records.addresses import dashed
from clusterdns.records.backends import is_ready


def selector(case: Case) -> Iterator[Reason]:
    """A selector that matches nothing."""
    if case.service is not None and _concerned(case) and not case.endpoints:
        yield from map(reason_of, advise_selector(case.survey, case.service))


def empty(case: Case) -> Iterator[Reason]:
    """A Service that has no endpoints for another reason."""
    service = case.service
    if service is None or service.spec.type == "ExternalName" or not _concerned(case) or case.endpoints:
        return
    if not service.spec.selector:
        yield Reason(
            Code.NO_PODS,
            f"{service.key()} has no selector, and no EndpointSlice is given for it",
            "a selector, or an EndpointSlice with label kubernetes.io/service-name",
            service.key(),
            ("spec",),
        )
        return
    pods = case.survey.selected_pods(service)
    if pods:
        phases = ", ".join(f"{pod.name} is {pod.status.phase or 'without an address'}" for pod in pods[:5])
        yield Reason(Code.NO_PODS, f"no Pod that {service.key()} selects has an address: {phases}")
    elif idle := _idle(case, service):
        yield Reason(Code.NO_PODS, f"{idle[0]} would be behind {service.key()}, and has no Pods", "replicas: 1")
    elif case.survey.manifests.may_select(service.namespace, service.spec.selector):
        yield Reason(
            Code.NO_PODS,
            f"no Pod is behind {service.key()}: an operator may make them of a custom resource",
            "the Pods as manifests, such as an operator has made them (kubectl get pods -o yaml)",
        )


def not_ready(case: Case) -> Iterator[Reason]:
    """Endpoints that are there, and not shown since they are not ready."""
    service = case.service
    if service is None or not _concerned(case) or not (idle := [one for one in case.endpoints if not is_ready(one)]):
        return
    asked = [one for one in idle if not case.endpoint or _goes_by(one, case.endpoint)]
    if case.endpoint and not asked:
        return
    names = ", ".join(_name(one) for one in asked[:5])
    every = len(asked) == len(case.endpoints)
    what = f"{names} {'is' if len(asked) == 1 else 'are'} not ready"
    if case.endpoint or not every:
        said = f"{what}, so {service.key()} leaves {'it' if len(asked) == 1 else 'them'} out"
    elif service.headless:
        said = f"{what}, and {service.key()} has no other Pods, so the name does not exist"
    else:
        said = f"{what}: {service.key()} has an address, and nobody answers behind it"
    yield Reason(
        Code.NOT_READY,
        said,
        "once a Pod is ready it is there; publishNotReadyAddresses: true does not wait",
        service.key(),
        ("spec",),
    )


def published(case: Case) -> Iterator[Reason]:
    """Pods that are not ready and shown all the same."""
    service = case.service
    if service is None or not service.spec.publish_not_ready_addresses or not case.heard.found:
        return
    idle = [pod for one in case.endpoints if (pod := _pod(case, one)) is not None and not pod_is_ready(pod)]
    if idle:
        names = ", ".join(pod.name for pod in idle[:5])
        yield Reason(
            Code.NOT_READY,
            f"{names} {'is' if len(idle) == 1 else 'are'} not ready, and shown since {service.key()} has "
            "publishNotReadyAddresses",
        )


def no_such_endpoint(case: Case) -> Iterator[Reason]:
    """An endpoint's name that no endpoint goes by."""
    service = case.service
    if service is None or case.endpoint in ("", *WILDCARDS) or case.heard.rcode != codes.NXDOMAIN or not case.endpoints:
        return
    if service.spec.type == "ExternalName" or any(_goes_by(one, case.endpoint) for one in case.endpoints):
        return
    said = f"no endpoint of {service.key()} goes by '{case.endpoint}'"
    if case.endpoint == service.namespace:  # meant is NAMESPACE.SERVICE, of which `slips.swapped` tells
        yield Reason(Code.ONLY_SEARCHED, f"the search list made this name, and {said}")
        return
    known = sorted(case.survey.endpoint_names(service))
    yield Reason(
        Code.NO_ENDPOINT,
        said,
        f"one of {', '.join(known[:5])}{', …' if len(known) > 5 else ''}" if known else "",
    )


REASONS = (selector, empty, not_ready, published, no_such_endpoint)


def _concerned(case: Case) -> bool:
    """Does the answer depend on the endpoints, or would whoever uses it?"""
    if case.service is None or case.table is None or case.heard.rcode not in (codes.NOERROR, codes.NXDOMAIN):
        return False
    hangs = case.service.headless or bool(case.endpoint) or case.table.options.ignore_empty_service
    return case.heard.found or (hangs and case.heard.rcode == codes.NXDOMAIN)


def _idle(case: Case, service: Service) -> list[str]:
    """Workloads whose Pods would be selected, if they had any."""
    there = [source.thing for source in case.survey.selected(service.namespace, service.spec.selector)]
    return [str(each.key()) for each in there if not isinstance(each, Pod) and not each.metadata.owner_references]


def _goes_by(endpoint: Endpoint, label: str) -> bool:
    names = {endpoint.hostname, *(dashed(address) for address in endpoint.addresses)}
    if endpoint.target_ref is not None:
        names.add(endpoint.target_ref.name)
    return label in names


def _name(endpoint: Endpoint) -> str:
    return f"Pod {endpoint.target_ref.name}" if endpoint.target_ref is not None else ", ".join(endpoint.addresses)


def _pod(case: Case, endpoint: Endpoint) -> Pod | None:
    return case.cluster.pods.get((case.namespace, endpoint.target_ref.name)) if endpoint.target_ref else None
