"""Names of the cluster as people write them, and why there is nothing of that name.

Only what the cluster's objects decide is judged. A name is not judged when it may be somebody else's: one of another
zone, or of a namespace whose Services nobody told. Knows objects, no records: what options of a server hide counts too.
"""

from typing import Final, NamedTuple

from clusterdns.advice.spelling import closest, misspelled
from clusterdns.advice.survey import Survey
from clusterdns.cluster.objects import Service
from clusterdns.records.addresses import pack_address

UNTOLD: Final = frozenset({"kube-system"})
"""Namespaces that have more in them than manifests tell, whatever is told."""
_TOP_LEVEL: Final = frozenset({
    "ai", "app", "blog", "cloud", "co", "com", "dev", "edu", "gov", "info", "io", "live", "net", "network", "online",
    "org", "shop", "site", "store", "systems", "tech", "tools", "world", "zone",
})  # fmt: skip
"""Namespaces that are domains of the internet too."""
_COUNTRY: Final = 2  # letters of the domains of countries


class Absence(NamedTuple):
    """That there is nothing of a name: what it would be, why there is none, and what would do."""

    target: "Target"
    reason: str
    hint: str


class Target(NamedTuple):
    """What a name below `svc` asks for: a Service, or one of its endpoints."""

    namespace: str
    service: str
    endpoint: str = ""

    def text(self, zone: str) -> str:
        """The whole name, without the last dot."""
        return f"{self.endpoint}.{self.service}".lstrip(".") + f".{self.namespace}.svc.{zone}"


def is_address(text: str) -> bool:
    """Is it an IP address, which can't be where a name is wanted?"""
    return pack_address(text) is not None


def target_of(labels: list[str]) -> Target | None:
    """What the labels left of `svc` ask for; None for ports and for what is no name of a Service."""
    match labels:
        case [service, namespace]:
            return Target(namespace, service)
        case [endpoint, service, namespace] if not endpoint.startswith("_"):
            return Target(namespace, service, endpoint)
    return None


def whole_target(name: str, zone: str) -> Target | None:
    """What a whole name of the cluster asks for, one that ends in `.svc.ZONE`; with or without a dot at the end."""
    name, end = name.removesuffix(".").lower(), f".svc.{zone}"
    return target_of(name.removesuffix(end).split(".")) if name.endswith(end) else None


def may_be_outside(namespace: str) -> bool:
    """May `db.NAMESPACE` be a name of the internet as well?"""
    return namespace in _TOP_LEVEL or len(namespace) == _COUNTRY


def find(survey: Survey, target: Target) -> bool:
    """Is there what the target asks for? An endpoint is there if some Pod would have its name."""
    service = survey.cluster.services.get((target.namespace, target.service))
    return service is not None and (not target.endpoint or target.endpoint in survey.endpoint_names(service))


def absence(survey: Survey, target: Target) -> Absence | None:
    """Why there is no such target; None if there is one, or if the manifests can't tell."""
    if find(survey, target):
        return None
    namespace, name = target.namespace, target.service
    if survey.cluster.namespace(namespace) is None:
        return _no_namespace(survey, target)
    if namespace not in survey.told or namespace in UNTOLD:
        return None
    service = survey.cluster.services.get((namespace, name))
    if service is None:
        return Absence(target, f"there is no Service {name} in namespace {namespace}", _what_service(survey, target))
    return _no_endpoint(survey, service, target)


def _no_namespace(survey: Survey, target: Target) -> Absence | None:
    """A namespace that may be elsewhere, unless it is spelled like one that has the Service."""
    having = [service.namespace for service in survey.services_named(target.service)]
    meant = misspelled(target.namespace, having)
    if meant is None:
        return None
    return Absence(
        target, f"there is no namespace {target.namespace}", target._replace(namespace=meant).text(survey.zone)
    )


def _what_service(survey: Survey, target: Target) -> str:
    """The Service that was probably meant: of that name elsewhere, or of another that is spelled alike."""
    if others := survey.services_named(target.service):
        return " or ".join(target._replace(namespace=other.namespace).text(survey.zone) for other in others[:3])
    if meant := closest(target.service, survey.services_in(target.namespace)):
        return target._replace(service=meant).text(survey.zone)
    return f"a Service {target.service}, or the name of one that is there"


def _no_endpoint(survey: Survey, service: Service, target: Target) -> Absence | None:
    names = survey.endpoint_names(service)
    if not names:  # what is wrong with such a Service is said of the Service
        return None
    if target.endpoint == service.namespace:
        return Absence(
            target, "the namespace stands before the Service", target._replace(endpoint="").text(survey.zone)
        )
    reason = f"Service {service.name} of namespace {service.namespace} has no endpoint {target.endpoint}"
    meant = closest(target.endpoint, names) or min(names)
    return Absence(target, reason, target._replace(endpoint=meant).text(survey.zone))
