"""Names that the cluster's zone lacks: no such Service, no such namespace, a shape that there isn't.

Knows which Services and namespaces there are. What is behind a Service is for `endpoints` and `pods`.
"""

from collections.abc import Iterator

from clusterdns.dns import codes
from clusterdns.dns.names import name_text
from clusterdns.explain.case import WILDCARDS, Case
from clusterdns.explain.reason import Code, Reason
from clusterdns.explain.reasons.pods import owner_of
from clusterdns.records.paths import SERVICE


def namespace(case: Case) -> Iterator[Reason]:
    """No such namespace."""
    if not _lacks(case) or not case.namespace or case.namespace in case.namespaces:
        return
    said = f"there is no namespace {case.namespace}"
    if not case.meant:
        yield _only_searched(case, said)
        return
    name = _left_of_namespace(case)
    if (similar := case.similar_namespace()) is not None:
        there = (similar, case.service_name) in case.cluster.services
        what = _relative(case, name, similar) if there else f"a name in namespace {similar}"
        yield Reason(Code.SIMILAR_NAME, f"{said} (did you mean {similar}?)", f"ask for {what}")
    elif case.namesakes and not case.endpoint:
        yield Reason(Code.OTHER_NAMESPACE, f"{said}, but a Service {case.service_name} {_where(case)}", _ask(case))
    else:
        yield Reason(Code.NO_NAMESPACE, said, f"one of the namespaces {', '.join(sorted(case.namespaces))}")


def service(case: Case) -> Iterator[Reason]:
    """No such Service in a namespace that is there."""
    there = case.service is not None or case.imported is not None
    if there or not _lacks(case) or not case.service_name or case.namespace not in case.namespaces:
        return
    if owner_of(case) is not None:
        return  # a Pod of a StatefulSet, whose Service is missing: that is the reason
    if case.zone is not None and case.zone.multicluster:
        yield _no_import(case)
        return
    said = f"there is no Service {case.service_name} in namespace {case.namespace}"
    if not case.meant:
        yield _only_searched(case, said)
    elif case.namesakes:
        yield Reason(Code.OTHER_NAMESPACE, f"{said}, but one {_where(case)}", _ask(case))
    elif (similar := case.similar_service()) is not None:
        yield Reason(Code.SIMILAR_NAME, f"{said} (did you mean {similar}?)", f"ask for {_renamed(case, similar)}")
    else:
        known = sorted(name for where, name in case.cluster.services if where == case.namespace)
        some = f"one of {', '.join(known[:10])}{', …' if len(known) > 10 else ''}" if known else ""
        yield Reason(Code.NO_SERVICE, said, some or f"a Service {case.service_name}: the namespace has none")


def hidden(case: Case) -> Iterator[Reason]:
    """Objects that the options of the kubernetes plugin leave out."""
    if case.table is None or case.heard.rcode != codes.NXDOMAIN or not case.meant:
        return
    if case.namespace not in case.namespaces:
        return
    view, where = case.table.view, case.place_of("kubernetes")
    if not view.exposed(case.namespace.encode()):
        yield Reason(
            Code.HIDDEN,
            f"namespace {case.namespace} is there, but kubernetes at {where} does not show it",
            "namespaces or namespace_labels in the Corefile decide which it shows",
        )
    elif case.service is not None and view.service((case.namespace.encode(), case.service_name.encode())) is None:
        yield Reason(
            Code.HIDDEN,
            f"{case.service.key()} is there, but kubernetes at {where} does not show it",
            "labels in the Corefile decide which Services it shows",
        )
    elif case.service is not None and not case.table.options.endpoints and (case.service.headless or case.endpoint):
        yield Reason(
            Code.HIDDEN,
            f"kubernetes at {where} has noendpoints, so that headless Services and endpoints have no names",
            "noendpoints in the Corefile left out",
        )


def shape(case: Case) -> Iterator[Reason]:
    """Names of a shape that the specification lacks, among them those that the search list makes of whole names."""
    if not _lacks(case) or case.path is not None or not case.labels:
        return
    if "svc" in case.labels[:-1] and case.labels[-1] == "svc":
        yield _only_searched(case, "that is no name of a Service")
    elif case.labels[-1] not in ("svc", "pod"):
        yield Reason(
            Code.NAME_SHAPE, f"names of a cluster end in svc or pod before its zone, not in '{case.labels[-1]}'"
        )
    else:
        yield Reason(Code.NAME_SHAPE, f"'{'.'.join(case.labels)}' has more labels than any name of a Service or a Pod")


REASONS = (namespace, service, hidden, shape)


def _lacks(case: Case) -> bool:
    """Is it a name that the zone lacks, and no wildcard?"""
    return case.lacks and not any(label in WILDCARDS for label in case.labels)


def _no_import(case: Case) -> Reason:
    """In a zone of ServiceImports."""
    assert case.zone is not None
    zone, key = name_text(case.zone.name).removesuffix("."), (case.namespace, case.service_name)
    hint = "a ServiceImport of that name"
    if key in case.cluster.services:
        hint = f"ask for {case.text.removesuffix(zone)}{case.sites.cluster_zones[0]}, where Services are"
    said = f"there is no ServiceImport {case.service_name} in namespace {case.namespace}, and {zone} has nothing else"
    return Reason(Code.NO_SERVICE, said, hint)


def _only_searched(case: Case, said: str) -> Reason:
    """Of a name that nobody meant."""
    if "svc" in case.labels[2:-1]:
        whole = ".".join(case.labels[: case.labels.index("svc", 2) + 1])
        said = f"'{whole}' has its namespace already, and the search list adds another one"
    else:
        said = f"the search list made this name, and {said}"
    return Reason(Code.ONLY_SEARCHED, said)


def _where(case: Case) -> str:
    spaces = case.namesakes
    named = f"in namespace {spaces[0]}" if len(spaces) == 1 else f"in namespaces {', '.join(spaces[:5])}"
    return f"is {named}" if case.namespace not in case.namespaces else named


def _ask(case: Case) -> str:
    return f"ask for {_relative(case, _left_of_namespace(case), case.namesakes[0])}"


def _renamed(case: Case, service: str) -> str:
    """What was typed, with the name of another Service."""
    return ".".join(service if label.lower() == case.service_name else label for label in case.typed.split("."))


def _left_of_namespace(case: Case) -> str:
    """The labels left of the namespace."""
    kind = case.path.kind.decode() if case.path is not None else SERVICE.decode()
    return ".".join(case.labels[: len(case.labels) - 1 - case.labels[::-1].index(kind) - 1])


def _relative(case: Case, name: str, namespace: str) -> str:
    """A name as somebody would type it: without the zone that the search list adds, unless it was typed too."""
    kind = case.path.kind.decode() if case.path is not None else SERVICE.decode()
    zone = ".".join((kind, case.sites.cluster_zones[0]))
    return f"{name}.{namespace}.{zone}" if case.typed.rstrip(".").lower().endswith(zone) else f"{name}.{namespace}"
