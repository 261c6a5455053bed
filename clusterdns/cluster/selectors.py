"""Selectors: whether they select, and which Pods which of them selects without looking at all.

A selector is a set of labels, all of which a thing must have, or a list of requirements. The index knows names and
labels, not objects; in it, an empty selector selects nothing, as that of a Service.
"""

from collections.abc import Iterable

from clusterdns.cluster.cluster import Name
from clusterdns.cluster.objects import Labels, LabelSelectorRequirement, NodeSelectorRequirement

Pair = tuple[str, str, str]
"""Namespace, label, value."""


def selects(selector: Labels, labels: Labels) -> bool:
    return selector.items() <= labels.items()


def satisfies(requirement: LabelSelectorRequirement | NodeSelectorRequirement, labels: Labels) -> bool:
    """Whether labels meet a requirement of `matchExpressions`; one with an unknown operator is met by none."""
    value = labels.get(requirement.key)
    match requirement.operator:
        case "In":
            return value in requirement.values
        case "NotIn":
            return value not in requirement.values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case "Gt" | "Lt":
            return _compares(value, requirement.operator, requirement.values)
    return False


def _compares(value: str | None, operator: str, values: list[str]) -> bool:
    try:
        here, there = int(value or ""), int(values[0])
    except (ValueError, IndexError):
        return False
    return here > there if operator == "Gt" else here < there


class SelectorIndex:
    """Pods by each of their labels; Services (or others that select Pods) by the rarest label of their selector."""

    def __init__(self) -> None:
        self._labels: dict[Name, Labels] = {}
        self._pods: dict[Pair, set[Name]] = {}
        self._selectors: dict[Name, tuple[Labels, Pair]] = {}
        self._services: dict[Pair, set[Name]] = {}

    def put_pod(self, pod: Name, labels: Labels) -> None:
        if self._labels.get(pod) == labels:
            return
        self.drop_pod(pod)
        self._labels[pod] = labels
        for pair in _pairs(pod[0], labels):
            self._pods.setdefault(pair, set()).add(pod)

    def drop_pod(self, pod: Name) -> None:
        for pair in _pairs(pod[0], self._labels.pop(pod, {})):
            _discard(self._pods, pair, pod)

    def put_service(self, service: Name, selector: Labels) -> None:
        self.drop_service(service)
        if selector:
            rarest = min(_pairs(service[0], selector), key=lambda pair: len(self._services.get(pair, ())))
            self._selectors[service] = selector, rarest
            self._services.setdefault(rarest, set()).add(service)

    def drop_service(self, service: Name) -> None:
        if found := self._selectors.pop(service, None):
            _discard(self._services, found[1], service)

    def pods_of(self, service: Name) -> list[Name]:
        """The Pods that a Service selects, sorted by name."""
        if service not in self._selectors:
            return []
        selector, _ = self._selectors[service]
        fewest: set[Name] = min((self._pods.get(pair, set()) for pair in _pairs(service[0], selector)), key=len)
        return sorted(pod for pod in fewest if selects(selector, self._labels[pod]))

    def services_of(self, namespace: str, labels: Labels) -> list[Name]:
        """The Services that select a Pod with these labels, in no order."""
        return [
            service
            for pair in _pairs(namespace, labels)
            for service in self._services.get(pair, ())
            if selects(self._selectors[service][0], labels)
        ]


def _pairs(namespace: str, labels: Labels) -> Iterable[Pair]:
    return ((namespace, label, value) for label, value in labels.items())


def _discard(index: dict[Pair, set[Name]], pair: Pair, name: Name) -> None:
    names = index[pair]
    names.discard(name)
    if not names:
        del index[pair]
