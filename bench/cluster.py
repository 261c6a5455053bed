"""The cluster of the bench: 1,000 Services with a cluster IP and 100 headless ones, as manifest and as records.

Both are written from the same list here, so that our server and its peers are given the same names independently.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

ZONE: Final = "cluster.local."
TTL: Final = 30  # kubeadm's
NAMESPACES: Final = 100
CLUSTER_IPS: Final = 1000
HEADLESS: Final = 100
ENDPOINTS: Final = 3  # of each headless Service
PORT: Final = 80
REVISIONS: Final = 250


class Service(NamedTuple):
    """A Service and the addresses that its name has."""

    name: str
    namespace: str
    addresses: tuple[str, ...]

    @property
    def fqdn(self) -> str:
        """Its name in the DNS."""
        return f"{self.name}.{self.namespace}.svc.{ZONE}"


class Record(NamedTuple):
    """A resource record as text."""

    owner: str
    rtype: str
    data: str


def services() -> list[Service]:
    """Those with a cluster IP."""
    return [
        Service(f"orders-{n}", f"team-{n % NAMESPACES}", (f"10.96.{n // 250 + 1}.{n % 250 + 1}",))
        for n in range(CLUSTER_IPS)
    ]


def headless_services() -> list[Service]:
    """Those whose names stand for their endpoints."""
    return [
        Service(f"store-{n}", f"team-{n % NAMESPACES}", tuple(f"10.244.{n}.{m + 1}" for m in range(ENDPOINTS)))
        for n in range(HEADLESS)
    ]


def manifest() -> str:
    """All of them as Kubernetes objects in YAML."""
    documents = [_SERVICE.format(**_fields(each), address=each.addresses[0]) for each in services()]
    for each in headless_services():
        documents += [_SERVICE.format(**_fields(each), address="None"), _slice(each)]
    return "---\n".join(documents)


def revised(number: int) -> Service:
    """A headless Service that is changed under load; each of its addresses says of which revision it is."""
    revision = number % REVISIONS
    return Service("revised", "team-0", tuple(f"10.245.{revision}.{m + 1}" for m in range(ENDPOINTS)))


def revised_manifest(number: int) -> str:
    """The Service in one of its revisions."""
    service = revised(number)
    return "---\n".join((_SERVICE.format(**_fields(service), address="None"), _slice(service)))


def records() -> Iterator[Record]:
    """What a server needs to answer the same from a zone: SOA and NS first."""
    yield Record(ZONE, "SOA", f"ns.dns.{ZONE} hostmaster.{ZONE} 1 7200 1800 86400 5")
    yield Record(ZONE, "NS", f"ns.dns.{ZONE}")
    yield Record(f"ns.dns.{ZONE}", "A", "10.96.0.10")
    for each in services():
        yield Record(each.fqdn, "A", each.addresses[0])
        yield Record(f"_http._tcp.{each.fqdn}", "SRV", srv_data(each))
    for each in headless_services():
        for address in each.addresses:
            yield Record(each.fqdn, "A", address)


def srv_data(service: Service) -> str:
    """Priority, weight, port and target of a Service's port."""
    return f"0 100 {PORT} {service.fqdn}"


def zone_file() -> str:
    """The records in zone-file form."""
    return "".join(f"{owner} {TTL} IN {rtype} {data}\n" for owner, rtype, data in records())


def _fields(service: Service) -> dict[str, str | int]:
    return {"name": service.name, "namespace": service.namespace, "port": PORT}


def _slice(service: Service) -> str:
    endpoints = "".join(f"- addresses: [{address}]\n" for address in service.addresses)
    return _SLICE.format(**_fields(service), endpoints=endpoints)


_SERVICE: Final = """\
apiVersion: v1
kind: Service
metadata:
  name: {name}
  namespace: {namespace}
spec:
  clusterIP: {address}
  ports:
  - name: http
    port: {port}
"""

_SLICE: Final = """\
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: {name}-1
  namespace: {namespace}
  labels:
    kubernetes.io/service-name: {name}
addressType: IPv4
endpoints:
{endpoints}ports:
- name: http
  port: {port}
"""
