"""Names that are nearly right: a part left out or in the wrong place, the name of a workload, a wildcard, another zone.

Knows which Services and workloads there are. Plain misses are for `names`.
"""

from collections.abc import Iterator

from clusterdns.advice.survey import Source
from clusterdns.cluster.objects import Pod, Service
from clusterdns.cluster.selectors import selects
from clusterdns.explain.case import WILDCARDS, Case
from clusterdns.explain.reason import Code, Reason


def wildcard(case: Case) -> Iterator[Reason]:
    """CoreDNS had wildcards in names until 1.9."""
    found = [label for label in case.labels if label in WILDCARDS and label != getattr(case.service, "name", "")]
    if found and case.lacks:
        yield Reason(
            Code.WILDCARD,
            f"'{found[0]}' is no wildcard: CoreDNS has none since 1.9.0",
            "a headless Service has all of its Pods under one name",
        )


def swapped(case: Case) -> Iterator[Reason]:
    """The namespace before the Service."""
    there = (case.service_name, case.namespace) in case.cluster.services
    if there and not case.endpoint and case.service is None and case.lacks and case.meant:
        right = f"{case.namespace}.{case.service_name}"
        yield Reason(
            Code.SWAPPED,
            f"the namespace stands before the Service: Service {case.namespace} is in namespace {case.service_name}",
            f"ask for {case.typed.replace(f'{case.service_name}.{case.namespace}', right, 1)}",
        )


def without_svc(case: Case) -> Iterator[Reason]:
    """`web.default.cluster.local`."""
    if not case.lacks or case.path is not None or len(case.labels) < 2 or case.labels[-1] in ("svc", "pod"):
        return
    service = case.cluster.services.get((case.labels[-1], case.labels[-2]))
    if service is not None and case.typed.rstrip(".").lower() == case.text.lower():  # not what the search list makes
        yield Reason(
            Code.WITHOUT_SVC,
            f"svc is missing between the namespace and the zone: {service.key()} is there",
            f"ask for {'.'.join(case.labels)}.svc.{case.sites.cluster_zones[0]}",
        )


def without_namespace(case: Case) -> Iterator[Reason]:
    """`web.svc.cluster.local`."""
    if not case.lacks or case.service_name or not case.namespace or "svc" not in case.typed.lower().split("."):
        return
    services = case.survey.services_named(case.namespace)
    if services and case.namespace not in case.namespaces:
        namespace = services[0].namespace
        yield Reason(
            Code.WITHOUT_NAMESPACE,
            f"the namespace is missing before svc: {services[0].key()} is there",
            f"ask for {case.typed.lower().replace('.svc', f'.{namespace}.svc', 1)}",
        )


def workload(case: Case) -> Iterator[Reason]:
    """The name of a Deployment or a Pod, where a Service is asked for."""
    if not case.service_name or case.service is not None or case.endpoint or not case.lacks or not case.meant:
        return
    there = (source for source in case.survey.sources.get(case.namespace, ()) if case.service_name in _names(source))
    source = next(there, None)
    if source is None:
        return
    services = [
        each
        for (where, _), each in sorted(case.cluster.services.items())
        if where == case.namespace and each.spec.selector and selects(each.spec.selector, source.labels)
    ]
    if isinstance(source.thing, Pod) and source.thing.spec.hostname:
        yield _of_hostname(case, source.thing, services)
        return
    what = "Pods" if isinstance(source.thing, Pod) else f"{source.thing.kind}s"
    yield Reason(
        Code.WORKLOAD,
        f"{source.thing.key()} is no Service, and {what} have no names of their own",
        f"ask for {services[0].name}, a Service that selects it" if services else "a Service that selects its Pods",
    )


def domain(case: Case) -> Iterator[Reason]:
    """The name of a Service below another zone than the cluster's."""
    if case.sites.table_for(case.name) is not None or not case.sites.cluster_zones or "svc" not in case.labels[2:]:
        return
    at = case.labels.index("svc", 2)
    found: Service | None = case.cluster.services.get((case.labels[at - 1], case.labels[at - 2]))
    zone = case.sites.cluster_zones[0]
    if found is not None and case.labels[at + 1 :]:
        given = ".".join(case.labels[at + 1 :])
        yield Reason(
            Code.WRONG_DOMAIN,
            f"{found.key()} is there, but the cluster's zone is {zone}, not {given}",
            f"ask for {'.'.join(case.labels[: at + 1])}.{zone}",
        )


REASONS = (wildcard, swapped, without_svc, without_namespace, workload, domain)


def _names(source: Source) -> tuple[str, ...]:
    """What somebody may take for the name of a Pod or a workload."""
    return (source.thing.name, *([source.thing.spec.hostname] if isinstance(source.thing, Pod) else ()))


def _of_hostname(case: Case, pod: Pod, services: list[Service]) -> Reason:
    """A Pod with a hostname, which is a name below the Service that its subdomain names, and nowhere else."""
    host, subdomain = pod.spec.hostname, pod.spec.subdomain
    if not subdomain:
        known = next((service.name for service in services if service.headless), "SERVICE")
        return Reason(
            Code.NO_SUBDOMAIN,
            f"{pod.key()} has hostname {host} and no subdomain, so it has no name",
            f"subdomain: {known} in its spec, beside the hostname; then {host}.{known}",
            pod.key(),
            ("spec", "hostname"),
        )
    typed = case.typed.rstrip(".").split(".")
    asked = ".".join([host, subdomain, *typed[1:]])
    said = f"{pod.key()} is no Service: its name stands below the Service {subdomain}"
    return Reason(Code.WORKLOAD, said, f"ask for {asked}")
