"""What is known of a query before it is answered, as metadata: which Pod asks, and what the name's labels say.

The labels and values are CoreDNS's (plugin/kubernetes/metadata.go). Knows names and objects, no reply.
"""

from collections.abc import Iterator
from typing import Final

from clusterdns.dns.names import ROOT, Name, labels, longest_match
from clusterdns.records.paths import Path, parse_path
from clusterdns.records.table import Table

_BARE: Final[tuple[list[bytes], ...]] = ([], [b"svc"], [b"pod"])
_NOTHING: Final = Path(b"")


def labels_of_query(table: Table, name: Name, client: str) -> Iterator[tuple[str, str]]:
    """Labels without the plugin's name, and their values; `client` is the address of who asks."""
    for pod in table.view.pods_by_ip.get(client, ())[:1]:
        yield "client-namespace", pod.metadata.namespace
        yield "client-pod-name", pod.metadata.name
        for label, value in pod.metadata.labels.items():
            yield f"client-label/{label}", value
    zone = longest_match(name, table.options.zones)
    if zone is None:
        return
    path = _path(name, zone, zonal=table.options.zonal)
    if path is None:
        yield "parse-error", "invalid query name"
        return
    parts = {
        "port-name": path.port,
        "protocol": path.protocol,
        "endpoint": path.endpoint,
        "service": path.name,
        "namespace": path.namespace,
        "kind": path.kind,
    }
    if table.options.zonal:
        parts["zone"] = path.topology
    for label, part in parts.items():
        yield label, part.decode("utf-8", "surrogateescape")


def _path(name: Name, zone: Name, *, zonal: bool) -> Path | None:
    """What the labels stand for, as in a zone of Services: that another one has imported ones is not looked at."""
    relative = labels(name[: len(name) - len(zone)] + ROOT)
    return _NOTHING if relative in _BARE else parse_path(relative, zonal=zonal)
