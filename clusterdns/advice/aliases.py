"""ExternalName Services: whether what they point at can be a name, and is there.

The target of a CNAME record is a whole name (RFC 1034 3.6.2): no search path completes it. Knows the cluster.
"""

from collections.abc import Iterator

from clusterdns.advice.advice import Advice, Code
from clusterdns.advice.names import Absence, Target, absence, find, is_address, may_be_outside, target_of, whole_target
from clusterdns.advice.survey import Survey
from clusterdns.cluster.objects import Service


def advise_external_name(survey: Survey, service: Service) -> Iterator[Advice]:
    """A target that is an address, that only a search path would complete, or that is in this cluster and not there."""
    target = service.spec.external_name.rstrip(".").lower()
    if service.spec.type != "ExternalName" or not target:
        return
    if is_address(target):
        yield _advice(
            service,
            Code.EXTERNAL_NAME_ADDRESS,
            f"{target} is an address and not a name, so {service.name}.{service.namespace} does not exist",
            "a Service without selector, and an EndpointSlice with the address",
        )
    elif completed := completed_name(survey, service.namespace, target):
        message = f"{target} is looked up as a whole name: no search path makes it one of this cluster"
        yield _advice(service, Code.EXTERNAL_NAME_RELATIVE, message, completed)
    elif missing := _missing(survey, service, target):
        message = f"{target} does not exist: {missing.reason}"
        yield _advice(service, Code.EXTERNAL_NAME_NOT_FOUND, message, missing.hint)


def completed_name(survey: Survey, namespace: str, name: str) -> str | None:
    """The name of the cluster that a search path would make of `name`; None if it is a whole name as it is.

    `db` and `db.prod.svc` always are such names, `db.prod` if that is a namespace, unless it may be meant otherwise and
    there is no such Service, `db-0.db.prod` if there is such an endpoint.
    """
    labels = name.split(".")
    if labels[-1] == "svc" and len(labels) > 1:
        return f"{name}.{survey.zone}"
    if len(labels) == 1:
        others = [other.namespace for other in survey.services_named(name)]
        chosen = namespace if namespace in others or not others else others[0]
        return Target(chosen, name).text(survey.zone)
    target = target_of(labels)
    if target is None or survey.cluster.namespace(target.namespace) is None:
        return None
    is_meant = find(survey, target) or not (target.endpoint or may_be_outside(target.namespace))
    return target.text(survey.zone) if is_meant else None


def _missing(survey: Survey, service: Service, name: str) -> Absence | None:
    """Why a target is not in this cluster; an alias that leads back to itself comes to nothing, too."""
    seen = {(service.namespace, service.name)}
    while target := whole_target(name, survey.zone):
        if missing := absence(survey, target):
            return missing
        at = (target.namespace, target.service)
        if at in seen:
            return Absence(target, "it leads back to itself", "the name of something else")
        seen.add(at)
        found = survey.cluster.services.get(at)
        name = found.spec.external_name if found and found.spec.type == "ExternalName" else ""
    return None


def _advice(service: Service, code: Code, message: str, hint: str) -> Advice:
    return Advice(code, service.key(), ("spec", "externalName"), message, hint)
