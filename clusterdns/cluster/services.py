"""What the API server adds to a Service: IP families, cluster addresses, target ports.

As `pkg/registry/core/service` of Kubernetes 1.34 does in a dual-stack cluster. Where that would refuse a Service this
goes on with what is meant.
"""

from collections.abc import Iterable, Mapping
from typing import cast

from msgspec.structs import replace

from clusterdns.cluster.addressbook import DNS_INDEX, KUBERNETES_INDEX, AddressBook, parse_ip
from clusterdns.cluster.cluster import Cluster, Name
from clusterdns.cluster.objects import Key, Labels, Object, Service, ServicePort
from clusterdns.cluster.selectors import SelectorIndex
from clusterdns.cluster.settings import Family, Settings, family_of

FAMILIES: dict[str, Family] = {"IPv4": "IPv4", "IPv6": "IPv6"}
SINGLE_STACK, REQUIRE_DUAL_STACK = "SingleStack", "RequireDualStack"
FIRST_WISHES: dict[Name, int] = {("default", "kubernetes"): KUBERNETES_INDEX, ("kube-system", "kube-dns"): DNS_INDEX}


class Services:
    """Completes the given Services in the cluster: `plan` asks for their addresses, `write` shows them."""

    def __init__(
        self,
        settings: Settings,
        given: Mapping[Name, Object],
        cluster: Cluster,
        index: SelectorIndex,
        book: AddressBook,
    ) -> None:
        self._given = cast("Mapping[Name, Service]", given)
        self._cluster, self._index, self._book = cluster, index, book
        self._bare = settings.bare
        self._default = family_of(settings.service_cidrs[0])
        self._pod_families = tuple(family_of(network) for network in settings.pod_cidrs)
        self._dual: set[Name] = set()  # those that want their Pods to have an address of the second family

    def plan(self, name: Name) -> set[Name]:
        """Notes in the book what a Service has, asks for what it lacks; returns Pods that need other families now."""
        service = self._given.get(name)
        pods = set(self._index.pods_of(name)) if name in self._dual else set()
        self._dual.discard(name)
        if service is None:
            self._index.drop_service(name)
            self._book.give("Service", name, ())
            self._book.ask("Service", name, (), "")
            return pods
        families, _ = ip_families(service, self._default)
        self._index.put_service(name, service.spec.selector if families else {})
        if self._pod_families[1] in families:
            self._dual.add(name)
            pods ^= set(self._index.pods_of(name))
        given = [] if service.headless or not families else given_ips(service)
        self._book.give("Service", name, given)
        covered = set(map(_family, given))
        lacking = [] if service.headless else [family for family in families if family not in covered]
        self._book.ask("Service", name, lacking, f"Service/{name[0]}/{name[1]}", FIRST_WISHES.get(name))
        return pods

    def write(self, names: Iterable[Name]) -> None:
        """Shows Services as the API server would, or gone."""
        for name in names:
            service = self._given.get(name)
            if service is None:
                self._cluster.remove(Key("Service", *name))
            else:
                self._cluster.put(self._complete(service, name))

    def families_of_pod(self, namespace: str, labels: Labels) -> tuple[Family, ...]:
        """The families of which a Pod gets an address: the first, and the second if a Service wants that of it."""
        dual = self._dual and any(one in self._dual for one in self._index.services_of(namespace, labels))
        return self._pod_families if dual else self._pod_families[:1]

    def _complete(self, service: Service, name: Name) -> Service:
        families, policy = ip_families(service, self._default)
        spec = replace(service.spec, ports=[_with_target(port) for port in service.spec.ports])
        if not families:
            return replace(service, spec=spec)
        ips = ["None"]
        if not service.headless:
            ips = [*given_ips(service), *self._book.addresses_of("Service", name).values()]
            ips.sort(key=lambda ip: families.index(_family(ip)))
        spec.cluster_ip, spec.cluster_ips = ips[0] if ips else "", ips
        if not (self._bare and _leaves_families_open(service)):
            spec.ip_families, spec.ip_family_policy = list(families), policy
        return replace(service, spec=spec)


def ip_families(service: Service, default: Family) -> tuple[list[Family], str]:
    """The families of a Service and its policy, as far as it leaves them open; of an ExternalName none and ""."""
    spec = service.spec
    if spec.type == "ExternalName":
        return [], ""
    named = (FAMILIES[family] for family in spec.ip_families if family in FAMILIES)
    families = list(dict.fromkeys([*named, *map(_family, given_ips(service))]))
    policy = spec.ip_family_policy
    if not policy:
        dual = len(families) > 1 or (service.headless and not spec.selector)
        policy = REQUIRE_DUAL_STACK if dual else SINGLE_STACK
    families = families or [default]
    if policy != SINGLE_STACK and len(families) == 1:
        families.append("IPv6" if families[0] == "IPv4" else "IPv4")
    return families, policy


def given_ips(service: Service) -> list[str]:
    """The cluster addresses that a manifest gives."""
    ips = service.spec.cluster_ips or [service.spec.cluster_ip]
    return [ip for ip in ips if ip not in ("", "None")]


def _leaves_families_open(service: Service) -> bool:
    return not service.spec.ip_families and not service.spec.ip_family_policy


def _with_target(port: ServicePort) -> ServicePort:
    return port if port.target_port else replace(port, target_port=port.port)


def _family(ip: str) -> Family:
    parsed = parse_ip(ip)
    return "IPv6" if parsed is not None and parsed.version == 6 else "IPv4"
