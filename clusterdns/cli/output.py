"""Objects and records as text: tables for people, YAML, JSON and zone files for programs. Values in, text out."""

import json
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from clusterdns.cluster.objects import EndpointSlice, Node, Object, Pod, Service, ServiceImport
from clusterdns.dns import codes
from clusterdns.dns.names import name_text
from clusterdns.dns.record import Record
from clusterdns.dns.text import rdata_text, record_text

FORMATS: Final = ("table", "yaml", "json", "zone")


def print_objects(objects: list[Object], output: str) -> str:
    """Objects as a table, or as the `List` that kubectl would print."""
    if output == "table":
        return _columns([("KIND", "NAMESPACE", "NAME", "ADDRESSES"), *map(_object_row, objects)])
    return _dump({"apiVersion": "v1", "kind": "List", "items": list(map(_plain, objects))}, output)


def print_records(records: list[Record], output: str) -> str:
    """Records as a table, as a zone file, or as a list of maps."""
    if output == "zone":
        return "".join(f"{record_text(record)}\n" for record in records)
    if output == "table":
        rows = [tuple(map(str, _fields(record).values())) for record in records]
        return _columns([("NAME", "TTL", "TYPE", "DATA"), *rows])
    return _dump(list(map(_fields, records)), output)


def _plain(object: Object) -> dict[str, Any]:
    """An object as Kubernetes writes it."""
    return {"apiVersion": object.api_version, "kind": object.kind, **msgspec.to_builtins(object)}


def _object_row(object: Object) -> tuple[str, ...]:
    return object.kind, object.namespace, object.name, " ".join(_addresses(object))


def _addresses(object: Object) -> Iterable[str]:
    match object:
        case Service():
            return object.spec.cluster_ips or [object.spec.external_name]
        case Pod():
            return [each.ip for each in object.status.pod_ips] or [object.status.pod_ip]
        case EndpointSlice():
            return [address for endpoint in object.endpoints for address in endpoint.addresses]
        case Node():
            return [each.address for each in object.status.addresses if each.type == "InternalIP"]
        case ServiceImport():
            return object.spec.ips
    return []


def _fields(record: Record) -> dict[str, str | int]:
    return {
        "name": name_text(record.owner),
        "ttl": record.ttl,
        "type": codes.type_text(record.rtype),
        "data": rdata_text(record.rtype, record.rdata, record.rclass),
    }


def _dump(value: Any, output: str) -> str:
    if output == "json":
        return json.dumps(value, indent=2) + "\n"
    import yaml

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return str(yaml.dump(value, Dumper=dumper, sort_keys=False, width=120, allow_unicode=True))


def _columns(rows: list[tuple[str, ...]]) -> str:
    """Rows as columns, each as wide as its widest word."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)) for row in rows)
    return "".join(line.rstrip() + "\n" for line in lines)
