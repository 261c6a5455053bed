"""Names that containers are told, as the resolver of their Pod looks them up: is there nothing of that name?

A name that nobody in this cluster has may be one of the outside. So a name is judged only if it can't be one, or if it
is nearly that of a Service. Knows the cluster and the search list of a Pod.
"""

from collections.abc import Iterable, Iterator

from clusterdns.advice.hosts import Host
from clusterdns.advice.names import Absence, Target, absence, find, may_be_outside, target_of, whole_target
from clusterdns.advice.spelling import misspelled
from clusterdns.advice.survey import Survey
from clusterdns.cluster.objects import PodSpec
from clusterdns.stub import resolv_conf_for


class Client:
    """The Pods of one spec in a namespace. `hosts` are names that /etc/hosts in the Pod has."""

    def __init__(self, survey: Survey, namespace: str, spec: PodSpec, hosts: Iterable[str] = ()) -> None:
        self._survey = survey
        self._namespace = namespace
        self._spec = spec
        self._hosts = frozenset({*hosts, spec.hostname})
        self._search = resolv_conf_for(survey.cluster, namespace, spec, domain=survey.zone).conf.search

    def absence(self, host: Host) -> Absence | None:
        """Why a name does not resolve here; None if it does, or may be meant for somebody else."""
        if host.name in self._hosts:
            return None
        wanted = self._wanted(host)
        if wanted is None:
            return None
        if f"svc.{self._survey.zone}" not in self._search:
            return self._of_node(wanted) if host.sure else None
        if any(find(self._survey, target) for target in self._asked(host.name)):
            return None
        if find(self._survey, wanted):
            return Absence(wanted, f"names of Services end in svc.{self._survey.zone}", wanted.text(self._survey.zone))
        return absence(self._survey, wanted)

    def _asked(self, name: str) -> Iterator[Target]:
        """What the names ask for that the search list makes of one, and the name itself."""
        for full in (*(f"{name}.{domain}" for domain in self._search), name):
            if target := whole_target(full, self._survey.zone):
                yield target

    def _wanted(self, host: Host) -> Target | None:
        """The Service, or the endpoint of one, that must be meant; None if something else may be."""
        survey, labels = self._survey, host.name.split(".")
        if target := whole_target(host.name, survey.zone):
            return target
        if labels[-1] == "svc":
            return target_of(labels[:-1])
        if host.name.endswith(f".{survey.zone}"):
            short = target_of(host.name.removesuffix(f".{survey.zone}").split("."))
            return short if short and find(survey, short) else None
        match labels:
            case [service]:
                return Target(self._namespace, service) if host.sure or self._is_likely(service) else None
            case [endpoint, service] if find(survey, Target(self._namespace, service)):
                return Target(self._namespace, service, endpoint)
            case [service, namespace] if not may_be_outside(namespace):
                return Target(namespace, service)
            case [endpoint, service, namespace] if find(survey, Target(namespace, service)):
                return Target(namespace, service, endpoint)
        return None

    def _is_likely(self, service: str) -> bool:
        """May a word that need not be a name be one all the same? If there is such a Service, here or elsewhere."""
        here = self._survey.services_in(self._namespace)
        return bool(self._survey.services_named(service)) or misspelled(service, here) is not None

    def _of_node(self, wanted: Target) -> Absence | None:
        """A Pod that does not ask the cluster's DNS server at all, and wants what only that one knows."""
        policy, on_node = self._spec.dns_policy or "ClusterFirst", self._spec.host_network
        if policy == "None" or (policy == "ClusterFirst" and not on_node) or not find(self._survey, wanted):
            return None
        cause = f"dnsPolicy {policy}" + (" and hostNetwork" if on_node and policy == "ClusterFirst" else "")
        reason = f"by {cause} the Pod asks the Node's DNS server, which does not know the cluster"
        return Absence(wanted, reason, f"dnsPolicy: {'ClusterFirstWithHostNet' if on_node else 'ClusterFirst'}")
