"""Is an object right, by the rules of the API server of Kubernetes 1.34 with its default feature gates?

Only where DNS is concerned: names, addresses, ports, readiness, how many Pods there are. Looks at one object by
itself; what several objects may not have in common, the registry knows. One module of rules per group of kinds.
"""

from collections.abc import Callable, Iterator
from typing import Any

from clusterdns.cluster.objects import Object
from clusterdns.cluster.problems import Finding
from clusterdns.cluster.validate_endpoints import validate_endpoint_slice, validate_endpoints
from clusterdns.cluster.validate_pods import validate_node, validate_pod
from clusterdns.cluster.validate_service import validate_service, validate_service_import
from clusterdns.cluster.validate_values import dns_label, labels
from clusterdns.cluster.validate_workloads import (
    validate_cron_job,
    validate_job,
    validate_replication_controller,
    validate_workload,
)


def _namespace(namespace: Object) -> Iterator[Finding]:
    yield from dns_label(("metadata", "name"), namespace.name)


_RULES: dict[str, Callable[[Any], Iterator[Finding]]] = {
    "Namespace": _namespace,
    "Node": validate_node,
    "Service": validate_service,
    "ServiceImport": validate_service_import,
    "Endpoints": validate_endpoints,
    "EndpointSlice": validate_endpoint_slice,
    "Pod": validate_pod,
    "ReplicationController": validate_replication_controller,
    "ReplicaSet": validate_workload,
    "Deployment": validate_workload,
    "StatefulSet": validate_workload,
    "DaemonSet": validate_workload,
    "Job": validate_job,
    "CronJob": validate_cron_job,
}


def validate(obj: Object) -> Iterator[Finding]:
    """What the API server would refuse in an object, with the path of each value."""
    meta = obj.metadata
    if not meta.name:
        yield Finding(("metadata", "name"), "is missing", "name or generateName", servable=False)
        return
    if obj.namespaced:
        yield from dns_label(("metadata", "namespace"), meta.namespace)
    yield from labels(("metadata", "labels"), meta.labels)
    yield from _RULES[obj.kind](obj)
