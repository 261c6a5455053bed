"""Whose a name is: the namespace that it is in, and the labels of the Service that it is a name of.

Reads a name as people do, from the right, so that it also says whose a name would be that does not exist. Knows a view
and a zone, no record.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from clusterdns.cluster.cluster import SERVICE_NAME_LABEL
from clusterdns.cluster.objects import Service, ServiceImport
from clusterdns.dns.names import Name
from clusterdns.records.addresses import reversed_address
from clusterdns.records.paths import POD, SERVICE
from clusterdns.records.view import View, service_key


class Owner(NamedTuple):
    """A namespace, and the labels of a Service there; None if there is no Service, or none is meant."""

    namespace: str
    labels: Mapping[str, str] | None = None


def owners_of_path(view: View, relative: list[bytes], *, multicluster: bool) -> Iterator[Owner]:
    """The owner of a name by its labels left of the zone, such as `db-0.db.data.svc`."""
    match relative:
        case [*_, service, namespace, kind] if kind == SERVICE:
            found: Service | ServiceImport | None
            key = (namespace, service)
            found = view.service_import(key) if multicluster else view.service(key)
            yield Owner(_text(namespace), None if found is None else found.metadata.labels)
        case [*_, namespace, kind] if kind in (SERVICE, POD):
            yield Owner(_text(namespace))


def owners_of_address(view: View, name: Name) -> Iterator[Owner]:
    """The owners of a reverse name: of the Service with that address, or of those with an endpoint there."""
    address = reversed_address(name) or ""
    for service in view.services_by_ip.get(address, ()):
        yield Owner(service.namespace, service.metadata.labels)
    for part in view.slices_by_ip.get(address, ()):
        behind = view.service(service_key(part.namespace, part.metadata.labels.get(SERVICE_NAME_LABEL, "")))
        yield Owner(part.namespace, None if behind is None else behind.metadata.labels)


def _text(label: bytes) -> str:
    return label.decode("ascii", "replace")
