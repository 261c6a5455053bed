"""`clusterdns get`: prints the whole cluster as the control plane made it, or all of its names."""

from collections.abc import Iterable
from typing import Any

import click

from clusterdns.cli.corefile import read_corefile
from clusterdns.cli.listening import defaults
from clusterdns.cli.loading import load
from clusterdns.cli.options import Options, cluster_options, read
from clusterdns.cli.output import FORMATS, print_objects, print_records
from clusterdns.dns import codes
from clusterdns.dns.names import is_subdomain, labels, parse_name
from clusterdns.dns.record import Record
from clusterdns.plugins.base import StartError
from clusterdns.server.keeper import Keeper
from clusterdns.server.server import ConfigError
from clusterdns.server.site import make_sites

_REVERSE = tuple(map(parse_name, ("in-addr.arpa.", "ip6.arpa.")))


@click.command(
    name="get",
    epilog="""What -o yaml prints of objects can be served: it is the same cluster.

    \b
    clusterdns get objects k8s/
    clusterdns get records --conf Corefile -o zone k8s/""",
)
@click.argument("what", type=click.Choice(["objects", "records"], case_sensitive=False), metavar="OBJECTS|RECORDS")
@cluster_options
@click.option(
    "-o",
    "--output",
    type=click.Choice(FORMATS, case_sensitive=False),
    default="table",
    show_default=True,
    help="How to print it; zone is for records.",
)
def command(what: str, output: str, **given: Any) -> None:
    """Print all OBJECTS of the cluster, with those that the control plane makes, or the RECORDS of all its names.

    MANIFESTs are files, folders, or - for standard input. Without one it is the embedded example. The names are those
    of the kubernetes plugins in the Corefile.
    """
    options = read(**given)
    if what == "objects" and output == "zone":
        raise click.UsageError("objects are no zone (-o table, yaml or json)")
    keeper, problems = load(options)
    if problems:
        raise click.ClickException("\n".join(map(str, problems)))
    if what == "objects":
        click.echo(print_objects(list(keeper.cluster), output), nl=False)
        return
    try:
        records = _records(options, keeper)
    except (ConfigError, StartError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(print_records(records, output), nl=False)


def _records(options: Options, keeper: Keeper) -> list[Record]:
    """The records of every kubernetes plugin of the Corefile, each once. Raises `ConfigError`, `StartError`."""
    _sites, problems = make_sites(read_corefile(options).corefile, keeper.world, defaults(options))
    if problems:
        raise ConfigError(problems)
    found: Iterable[Record] = (record for table in keeper.world.tables.all() for record in table.records())
    return sorted(dict.fromkeys(found), key=_order)


def _order(record: Record) -> tuple[bool, list[bytes], bool]:
    """Forward zones first, then by owner as RFC 4034 6.1 has it, each zone's SOA record first."""
    reverse = any(is_subdomain(record.owner, top) for top in _REVERSE)
    return reverse, labels(record.owner)[::-1], record.rtype != codes.SOA
