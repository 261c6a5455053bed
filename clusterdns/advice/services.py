"""Services and StatefulSets: what keeps Pods from being behind a Service, and from having names.

Each `advise_` function yields what is wrong with one object, nothing as a rule. Knows the cluster.
"""

from collections.abc import Iterator
from typing import Final

from clusterdns.advice.advice import Advice, Code
from clusterdns.advice.spelling import closest
from clusterdns.advice.survey import Source, Survey, template_labels
from clusterdns.cluster.objects import Labels, Service, StatefulSet
from clusterdns.cluster.selectors import selects

_COMPARED: Final = 500
"""Workloads and Pods of a namespace that a selector is compared with, to say which it was probably meant for."""


def advise_selector(survey: Survey, service: Service) -> Iterator[Advice]:
    """A selector that matches no Pod, and none that a workload or an operator would make.

    Endpoints given by hand make up for it.
    """
    selector = service.spec.selector
    if not selector or service.spec.type == "ExternalName":
        return
    if any(part.endpoints for part in survey.cluster.slices_of(service.namespace, service.name)):
        return
    if survey.selected(service.namespace, selector) or survey.manifests.may_select(service.namespace, selector):
        return
    so = "the name does not exist" if service.headless else "nobody answers at its address"
    message = f"{labels_text(selector)} matches no Pod, so {so}"
    yield Advice(
        Code.SELECTOR_MATCHES_NOTHING, service.key(), ("spec", "selector"), message, _what_matches(survey, service)
    )


def labels_text(labels: Labels) -> str:
    """Labels as kubectl writes them: `app=web,tier=front`."""
    return ",".join(f"{label}={value}" for label, value in labels.items())


def _what_matches(survey: Survey, service: Service) -> str:
    """What would make a selector match: the labels that something nearly has, or the namespace where something has."""
    selector = service.spec.selector
    there = survey.sources.get(service.namespace, [])[:_COMPARED]
    best = max(there, key=lambda source: _likeness(service, source), default=None)
    if best and _likeness(service, best):
        return f"{best.thing.key()} has {_compared(selector, best)}"
    for namespace in survey.sources:
        if found := survey.selected(namespace, selector):
            return f"{found[0].thing.key()} has these labels; a Service selects in its own namespace only"
    return "the labels of the Pods that it is for"


def _likeness(service: Service, source: Source) -> float:
    """How many labels agree. A value that is spelled alike counts half, and so does the Service's own name."""
    selector = service.spec.selector
    pairs = [(value, source.labels[label]) for label, value in selector.items() if label in source.labels]
    same = sum(1.0 if wanted == value else 0.5 if closest(wanted, [value]) else 0.0 for wanted, value in pairs)
    return same + (0.5 if pairs and source.thing.name == service.name else 0.0)


def _compared(selector: Labels, source: Source) -> str:
    """What something has of the labels that a selector wants otherwise: `app=web, no tier`."""
    other = [(label, source.labels.get(label)) for label, wanted in selector.items()]
    return ", ".join(
        f"no {label}" if value is None else f"{label}={value}" for label, value in other if value != selector[label]
    )


def advise_ports(service: Service) -> Iterator[Advice]:
    """A headless Service without ports, which has no SRV records."""
    if service.headless and not service.spec.ports and service.spec.type != "ExternalName":
        yield Advice(
            Code.HEADLESS_WITHOUT_PORTS,
            service.key(),
            ("spec",),
            "a headless Service without ports has no SRV records",
            "ports: [{name: NAME, port: NUMBER}], what its Pods listen on",
        )


def governing_service(survey: Survey, workload: StatefulSet) -> Service | None:
    """The Service that a StatefulSet's `serviceName` names, headless or not; None if there is none."""
    return survey.cluster.services.get((workload.namespace, workload.spec.service_name))


def advise_stateful_set(survey: Survey, workload: StatefulSet) -> Iterator[Advice]:
    """A StatefulSet without a headless Service that governs it, for want of which its Pods have no names."""
    named, service = workload.spec.service_name, governing_service(survey, workload)
    pod = f"{workload.name}-{workload.spec.ordinals.start}.{named or workload.name}.{workload.namespace}"
    nameless = f"so its Pods have no names such as {pod}.svc.{survey.zone}"
    if not named:
        message = f"there is none, {nameless}"
        hint = f"serviceName: {workload.name}, and a Service of that name with clusterIP: None that selects the Pods"
    elif service is None:
        message = f"there is no Service {named} in namespace {workload.namespace}, {nameless}"
        hint = f"a Service {named} with clusterIP: None that selects the Pods"
    elif not service.headless:
        message = f"Service {named} is not headless, so its name is one address and not those of the Pods"
        hint = "the name of a Service with clusterIP: None that selects the Pods"
    elif service.spec.selector and not selects(service.spec.selector, template_labels(workload)):
        message = f"Service {named} does not select the Pods, {nameless}"
        hint = f"a selector that their labels meet, {labels_text(template_labels(workload))}"
    else:
        return
    yield Advice(Code.STATEFULSET_WITHOUT_SERVICE, workload.key(), ("spec", "serviceName"), message, hint)
