"""Names that mean one thing to some Pods and another to others, or something outside the cluster to everybody else.

Short names are completed by a search list, and the first that exists is taken. That `db` is another Service in each
namespace is what search lists are for; judged is what surprises. Knows the cluster and search lists.
"""

from collections.abc import Iterator
from itertools import combinations
from typing import Final

from clusterdns.advice.advice import Advice, Code
from clusterdns.advice.survey import Survey
from clusterdns.cluster.builtin import API_SERVICE
from clusterdns.cluster.objects import Key, PodSpec, Service
from clusterdns.cluster.problems import Path
from clusterdns.stub import resolv_conf_for

_OUTSIDE: Final = frozenset({"arpa", "co", "com", "edu", "gov", "io", "net", "org"})
"""Domains of the internet that hardly anybody means who calls a namespace so, and everybody else does."""
_SHOWN: Final = 3


def advise_endpoints(survey: Survey, service: Service) -> Iterator[Advice]:
    """A Service called as a namespace, with an endpoint called as a Service in there.

    `a.b` is endpoint `a` of Service `b` for Pods beside that Service, and Service `a` of namespace `b` for all others.
    """
    name, namespace = service.name, service.namespace
    if survey.cluster.namespace(name) is None or name == namespace:
        return
    for endpoint in sorted(survey.endpoint_names(service).intersection(survey.services_in(name))):
        message = (
            f"{endpoint}.{name} is an endpoint of this Service for Pods of namespace {namespace}, and Service "
            f"{endpoint} of namespace {name} for all others"
        )
        hint = f"{endpoint}.{name}.{namespace}.svc or {endpoint}.{name}.svc"
        yield Advice(Code.NAME_SHARED, service.key(), ("metadata", "name"), message, hint)


def advise_search_list(survey: Survey, about: Key, path: Path, spec: PodSpec) -> Iterator[Advice]:
    """A Pod's own search list with two namespaces that have Services of one name: the second is never found."""
    if spec.dns_config is None or not spec.dns_config.searches:
        return
    search = resolv_conf_for(survey.cluster, about.namespace, spec, domain=survey.zone).conf.search
    end = f".svc.{survey.zone}"
    searched = [domain.removesuffix(end) for domain in search if domain.endswith(end)]
    for first, second in combinations(searched, 2):
        shared = sorted({*survey.services_in(first)} & {*survey.services_in(second)} - {API_SERVICE[1]})
        if shared:
            names = ", ".join(shared[:_SHOWN]) + (", …" if len(shared) > _SHOWN else "")
            message = f"{names}: a Service in namespace {first} hides one of that name in {second}, searched later"
            hint = f"{shared[0]}.{second} for the other one"
            yield Advice(Code.NAME_SHARED, about, (*path, "dnsConfig", "searches"), message, hint)


def advise_outside(service: Service) -> Iterator[Advice]:
    """A Service whose short name is one of the internet, which no Pod reaches then."""
    if service.namespace in _OUTSIDE:
        name = f"{service.name}.{service.namespace}"
        message = f"{name} is this Service for all Pods, whatever it is on the internet"
        yield Advice(
            Code.NAME_SHADOWS_OUTSIDE,
            service.key(),
            ("metadata", "namespace"),
            message,
            "another name for the namespace",
        )
