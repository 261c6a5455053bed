"""`clusterdns get`: prints the whole cluster as the control plane made it, or all of its names."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import click
import msgspec

from clusterdns.cli.corefile import read_corefile
from clusterdns.cli.listening import defaults
from clusterdns.cli.options import Options, cluster_options, read
from clusterdns.cluster.objects import EndpointSlice, Node, Object, Pod, Service, ServiceImport
from clusterdns.dns import codes
from clusterdns.dns.names import name_text
from clusterdns.dns.record import Record
from clusterdns.dns.text import rdata_text, record_text
from clusterdns.logs import Log
from clusterdns.server.keeper import Keeper
from clusterdns.server.server import ConfigError
from clusterdns.server.site import make_sites

_FORMATS = ("table", "yaml", "json", "zone")


@click.command(name="get")
@click.argument("what", type=click.Choice(["objects", "records"]))
@cluster_options
@click.option(
    "-o", "--output", type=click.Choice(_FORMATS), default="table", show_default=True, help="How to print it."
)
def command(what: str, output: str, **given: Any) -> None:
    """Print OBJECTS of the cluster with everything that the control plane adds, or the RECORDS of its names."""
    options = read(**given)
    keeper = Keeper(options.settings, options.manifests, Log())
    problems = keeper.load()
    if problems:
        raise click.ClickException("\n".join(map(str, problems)))
    if what == "objects":
        if output == "zone":
            raise click.UsageError("objects are no zone (-o table, yaml or json)")
        click.echo(_print_objects(list(keeper.cluster), output), nl=False)
    else:
        try:
            records = list(_records(options, keeper))
        except (ConfigError, OSError) as error:
            raise click.ClickException(str(error)) from None
        click.echo(_print_records(records, output), nl=False)


def _print_objects(objects: list[Object], output: str) -> str:
    if output == "table":
        return _columns([("KIND", "NAMESPACE", "NAME", "ADDRESSES"), *map(_row, objects)])
    return _dump({"apiVersion": "v1", "kind": "List", "items": [_plain(each) for each in objects]}, output)


def _plain(object: Object) -> dict[str, Any]:
    """An object as Kubernetes writes it."""
    return {"apiVersion": object.api_version, "kind": object.kind, **msgspec.to_builtins(object)}


def _row(object: Object) -> tuple[str, ...]:
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


def _records(options: Options, keeper: Keeper) -> Iterator[Record]:
    """The records of every kubernetes plugin of the Corefile, each once."""
    with keeper.world.log.muted():
        _sites, problems = make_sites(read_corefile(options).corefile, keeper.world, defaults(options))
    if problems:
        raise ConfigError(problems)
    seen: set[Record] = set()
    for table in keeper.world.tables.all():
        for record in table.records():
            if record not in seen:
                seen.add(record)
                yield record


def _print_records(records: list[Record], output: str) -> str:
    if output == "zone":
        return "".join(f"{record_text(record)}\n" for record in records)
    rows = [_fields(record) for record in records]
    if output == "table":
        return _columns([("NAME", "TTL", "TYPE", "DATA"), *rows])
    keys = ("name", "ttl", "type", "data")
    return _dump([{**dict(zip(keys, row, strict=True)), "ttl": int(row[1])} for row in rows], output)


def _fields(record: Record) -> tuple[str, ...]:
    data = rdata_text(record.rtype, record.rdata, record.rclass)
    return name_text(record.owner), str(record.ttl), codes.type_text(record.rtype), data


def _dump(value: Any, output: str) -> str:
    if output == "json":
        return json.dumps(value, indent=2) + "\n"
    import yaml

    dump: Callable[..., str] = yaml.dump
    return dump(value, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), sort_keys=False, width=120)


def _columns(rows: list[tuple[str, ...]]) -> str:
    """Rows as columns, each as wide as its widest word."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)) for row in rows)
    return "".join(line.rstrip() + "\n" for line in lines)
