"""A cluster as somebody looks it over: what many judgements ask for, found once.

Made for one look and thrown away, since the cluster goes on changing. Judges nothing.
"""

from functools import cached_property
from typing import Any, Final, NamedTuple

from clusterdns.advice.manifests import Manifests
from clusterdns.cluster.builtin import API_SERVICE, DNS_SERVICE
from clusterdns.cluster.cluster import Cluster, Name, name_of
from clusterdns.cluster.objects import (
    CronJob,
    DaemonSet,
    Deployment,
    Job,
    Labels,
    Object,
    Pod,
    ReplicaSet,
    ReplicationController,
    Service,
    StatefulSet,
)
from clusterdns.cluster.selectors import Pair, selects
from clusterdns.records.backends import Backends

_WORKLOADS: Final = (Deployment, StatefulSet, DaemonSet, ReplicaSet, ReplicationController, Job, CronJob)


class Source(NamedTuple):
    """A Pod, or a workload that makes some, if only later, with the labels of the Pods."""

    thing: Object
    labels: Labels


class Survey:
    """`zone` is the cluster's domain as a text without the last dot, `manifests` what has the cluster's objects."""

    def __init__(self, cluster: Cluster, zone: str = "cluster.local", manifests: Manifests | None = None) -> None:
        self.cluster = cluster
        self.zone = zone.lower()
        self.manifests = Manifests({}) if manifests is None else manifests
        self._endpoint_names: dict[Name, frozenset[str]] = {}

    def selected_pods(self, service: Service) -> list[Pod]:
        """The Pods that a Service's selector matches, ready or not, by name. An empty selector matches none."""
        return [
            source.thing
            for source in self.selected(service.namespace, service.spec.selector)
            if isinstance(source.thing, Pod)
        ]

    def selected(self, namespace: str, selector: Labels) -> list[Source]:
        """What a selector matches: workloads, those without a Pod too, then Pods, by name."""
        pairs = [(namespace, label, value) for label, value in selector.items()]
        fewest = min((self._by_label.get(pair, []) for pair in pairs), key=len, default=[])
        return [source for source in fewest if selects(selector, source.labels)]

    def services_named(self, name: str) -> list[Service]:
        """The Services of a name in all namespaces, by namespace."""
        return self._services_by_name.get(name, [])

    def services_in(self, namespace: str) -> list[str]:
        """The names of the Services of a namespace."""
        return self._services_by_namespace.get(namespace, [])

    def endpoint_names(self, service: Service) -> frozenset[str]:
        """The labels that a Service's endpoints go by; those that aren't ready count, if they have a hostname."""
        known = self._endpoint_names.get(name_of(service))
        if known is None:
            ready = Backends(self.cluster.slices_of(service.namespace, service.name)).labelled
            named = (pod.spec for pod in self.selected_pods(service) if pod.spec.subdomain == service.name)
            known = frozenset({label.decode() for label in ready} | {spec.hostname for spec in named} - {""})
            self._endpoint_names[name_of(service)] = known
        return known

    @cached_property
    def sources(self) -> dict[str, list[Source]]:
        """Everything that is a Pod or makes some, by namespace: first the workloads, then the Pods, by name."""
        found: dict[str, list[Source]] = {}
        for kind in _WORKLOADS:
            for _, workload in sorted(self.cluster.of(kind).items()):
                found.setdefault(workload.namespace, []).append(Source(workload, template_labels(workload)))
        for _, pod in sorted(self.cluster.pods.items()):
            found.setdefault(pod.namespace, []).append(Source(pod, pod.metadata.labels))
        return found

    @cached_property
    def _by_label(self) -> dict[Pair, list[Source]]:
        found: dict[Pair, list[Source]] = {}
        for namespace, sources in self.sources.items():
            for source in sources:
                for label, value in source.labels.items():
                    found.setdefault((namespace, label, value), []).append(source)
        return found

    @cached_property
    def told(self) -> frozenset[str]:
        """The namespaces whose Services somebody has told: what is missing there is missing in the cluster."""
        built_in = (API_SERVICE, DNS_SERVICE)
        return frozenset(namespace for namespace, name in self.cluster.services if (namespace, name) not in built_in)

    @cached_property
    def _services_by_namespace(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for namespace, name in sorted(self.cluster.services):
            found.setdefault(namespace, []).append(name)
        return found

    @cached_property
    def _services_by_name(self) -> dict[str, list[Service]]:
        found: dict[str, list[Service]] = {}
        for service in sorted(self.cluster.services.values(), key=name_of):
            found.setdefault(service.name, []).append(service)
        return found


def template_of(workload: Object) -> dict[str, Any]:
    """The template of the Pods that a workload makes, as it was given; empty if it has none."""
    spec = getattr(workload, "spec", None)
    if isinstance(workload, CronJob):
        spec = workload.spec.job_template.get("spec")
        template = spec.get("template") if isinstance(spec, dict) else None
    else:
        template = getattr(spec, "template", None)
    return template if isinstance(template, dict) else {}


def template_labels(workload: Object) -> Labels:
    """The labels of the Pods that a workload makes."""
    metadata = template_of(workload).get("metadata")
    labels = metadata.get("labels") if isinstance(metadata, dict) else None
    return labels if isinstance(labels, dict) else {}
