"""What a name below a cluster's zone asks for, read from its labels.

The shapes of the DNS specification of Kubernetes, as far as CoreDNS goes with them (its `parseRequest`): underscores of
port and protocol may be left out. Knows no object: whether there is anything at a path is for `schema` to say.
"""

from typing import Final, NamedTuple

SERVICE: Final = b"svc"
POD: Final = b"pod"


class Path(NamedTuple):
    """A place in the tree of names. What the name doesn't say is empty, and an empty port or protocol is any."""

    kind: bytes  # `SERVICE` or `POD`
    namespace: bytes = b""
    name: bytes = b""  # of a Service; of a Pod its address with dashes
    endpoint: bytes = b""
    cluster: bytes = b""  # that an imported endpoint is in
    port: bytes = b""
    protocol: bytes = b""
    topology: bytes = b""  # the zone that endpoints shall be in
    prefer: bool = False  # when none is in that zone, take all


def parse_path(labels: list[bytes], *, multicluster: bool = False, zonal: bool = False) -> Path | None:
    """The path that `labels`, those left of the zone in lower case, stand for; None for a shape that there isn't.

    `multicluster` is for zones of ServiceImports, `zonal` for names such as `ZONE.pin._zone.web.default.svc`.
    """
    kind = labels[-1]
    if kind not in (SERVICE, POD):
        return None
    namespace = labels[-2] if len(labels) > 1 else b""
    name = labels[-3] if len(labels) > 2 else b""
    left = labels[:-3]
    if len(left) > 2:
        return _zonal_path(left, namespace, name) if zonal and not multicluster and kind == SERVICE else None
    match left:
        case []:
            return Path(kind, namespace, name)
        case [endpoint]:
            return Path(kind, namespace, name, endpoint)
        case [port, protocol] if not multicluster or b"_" in (port[:1], protocol[:1]):
            return Path(kind, namespace, name, port=port.removeprefix(b"_"), protocol=protocol.removeprefix(b"_"))
        case [endpoint, cluster]:
            return Path(kind, namespace, name, endpoint, cluster)
    return None


def _zonal_path(left: list[bytes], namespace: bytes, name: bytes) -> Path | None:
    """The endpoints in a topology zone, whose own name may have dots."""
    match left:
        case [*topology, (b"pin" | b"prefer") as directive, b"_zone"]:
            return Path(SERVICE, namespace, name, topology=b".".join(topology), prefer=directive == b"prefer")
    return None
