"""Services and what is behind them: Service, ServiceImport, Endpoints, EndpointSlice, as far as DNS is concerned."""

import msgspec

from clusterdns.cluster.objects_base import Labels, Object, Part


class ServicePort(Part):
    name: str = ""
    protocol: str = "TCP"
    port: int = 0
    target_port: int | str | None = None
    node_port: int = 0
    app_protocol: str | None = None


class ServiceSpec(Part):
    type: str = "ClusterIP"
    cluster_ip: str = msgspec.field(default="", name="clusterIP")  # "" not given, "None" headless
    cluster_ips: list[str] = msgspec.field(default_factory=list, name="clusterIPs")
    ip_families: list[str] = []
    ip_family_policy: str = ""
    external_ips: list[str] = msgspec.field(default_factory=list, name="externalIPs")
    load_balancer_ip: str = msgspec.field(default="", name="loadBalancerIP")
    external_name: str = ""
    ports: list[ServicePort] = []
    selector: Labels = {}
    publish_not_ready_addresses: bool = False


class LoadBalancerIngress(Part):
    ip: str = ""
    hostname: str = ""


class LoadBalancerStatus(Part):
    ingress: list[LoadBalancerIngress] = []


class ServiceStatus(Part):
    load_balancer: LoadBalancerStatus = msgspec.field(default_factory=LoadBalancerStatus)


class Service(Object):
    kind = "Service"

    spec: ServiceSpec = msgspec.field(default_factory=ServiceSpec)
    status: ServiceStatus = msgspec.field(default_factory=ServiceStatus)

    @property
    def headless(self) -> bool:
        return "None" in (self.spec.cluster_ip, *self.spec.cluster_ips)


class ServiceImportPort(Part):
    name: str = ""
    protocol: str = "TCP"
    port: int = 0


class ServiceImportSpec(Part):
    type: str = "ClusterSetIP"
    ips: list[str] = []
    ports: list[ServiceImportPort] = []


class ServiceImport(Object):
    kind = "ServiceImport"
    api_version = "multicluster.x-k8s.io/v1alpha1"

    spec: ServiceImportSpec = msgspec.field(default_factory=ServiceImportSpec)


class ObjectReference(Part):
    kind: str = ""
    namespace: str = ""
    name: str = ""
    uid: str = ""


class EndpointAddress(Part):
    ip: str = ""
    hostname: str = ""
    node_name: str | None = None
    target_ref: ObjectReference | None = None


class EndpointPort(Part):
    """A port of Endpoints or of an EndpointSlice; `port` None means all ports."""

    name: str | None = None
    protocol: str = "TCP"
    port: int | None = None
    app_protocol: str | None = None


class EndpointSubset(Part):
    addresses: list[EndpointAddress] = []
    not_ready_addresses: list[EndpointAddress] = []
    ports: list[EndpointPort] = []


class Endpoints(Object):
    kind = "Endpoints"

    subsets: list[EndpointSubset] = []


class EndpointConditions(Part):
    ready: bool | None = None
    serving: bool | None = None
    terminating: bool | None = None


class Endpoint(Part):
    addresses: list[str] = []
    conditions: EndpointConditions = msgspec.field(default_factory=EndpointConditions)
    hostname: str | None = None
    node_name: str | None = None
    target_ref: ObjectReference | None = None
    zone: str | None = None


class EndpointSlice(Object):
    kind = "EndpointSlice"
    api_version = "discovery.k8s.io/v1"

    address_type: str = ""
    endpoints: list[Endpoint] = []
    ports: list[EndpointPort] = []
