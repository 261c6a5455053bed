"""Services of type ExternalName: where the alias leads, and why it leads nowhere.

Knows the Service, and what came of the question for its target.
"""

from collections.abc import Iterator
from typing import Final

from clusterdns.advice.advice import Code as Judged
from clusterdns.advice.aliases import advise_external_name
from clusterdns.cluster.objects import Service
from clusterdns.dns import codes
from clusterdns.dns.names import BadName, encode_name
from clusterdns.explain.case import Case
from clusterdns.explain.reason import Code, Reason, reason_of

_OF_THE_TARGET: Final = (Judged.EXTERNAL_NAME_ADDRESS, Judged.EXTERNAL_NAME_RELATIVE)


def judged(case: Case) -> Iterator[Reason]:
    """What the target alone tells: it is an address, or would have to be completed by a search list."""
    service = _external(case)
    if service is not None and not case.heard.found:
        advice = advise_external_name(case.survey, service)
        yield from (reason_of(each) for each in advice if each.code in _OF_THE_TARGET)


def alone(case: Case) -> Iterator[Reason]:
    """Ports and endpoints, which an alias lacks."""
    service = _external(case)
    if service is not None and case.path is not None and (case.path.port or case.endpoint) and case.denied:
        what = "ports" if case.path.port else "endpoints"
        yield Reason(
            Code.EXTERNAL_NAME_ALONE,
            f"{service.key()} is an ExternalName, which has no {what}",
            f"ask for {case.service_name}.{case.namespace}, an alias of {service.spec.external_name}",
        )


def dangling(case: Case) -> Iterator[Reason]:
    """An alias whose target does not resolve."""
    service = _external(case)
    if service is None or case.heard.found or case.qtype not in (codes.A, codes.AAAA) or not _is_bare(case):
        return
    target = service.spec.external_name.rstrip(".")
    if list(judged(case)) or (name := _encoded(target)) is None:
        return
    if name.lower() in (*case.before, case.name):
        yield Reason(
            Code.EXTERNAL_NAME_NOT_FOUND,
            f"{service.key()} is an alias of {target}, which leads back to it",
            "an externalName that is no alias of this one",
            service.key(),
            ("spec", "externalName"),
        )
        return
    passage = next(iter(case.passage.inner), None) if case.passage is not None else None
    why = case.of(name, case.qtype, passage).why
    if why is not None and why.code is Code.OTHER_FAMILY:
        yield why  # it resolves, to an address of the other family
        return
    because = f": {why.sentence}" if why is not None else ""
    yield Reason(
        Code.EXTERNAL_NAME_NOT_FOUND,
        f"{service.key()} is an alias of {target}, which does not resolve{because}",
        why.hint if why is not None else "another externalName",
        service.key(),
        ("spec", "externalName"),
    )


REASONS = (judged, alone, dangling)


def _external(case: Case) -> Service | None:
    service = case.service
    return service if service is not None and service.spec.type == "ExternalName" else None


def _is_bare(case: Case) -> bool:
    return case.path is not None and not (case.path.port or case.endpoint)


def _encoded(text: str) -> bytes | None:
    try:
        return encode_name(text)
    except BadName:
        return None
