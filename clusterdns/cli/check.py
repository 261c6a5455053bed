"""`clusterdns check`: says everything that is wrong, and starts nothing."""

import sys
from collections.abc import Iterator
from io import StringIO
from typing import Any, NamedTuple

import click

from clusterdns.cli.corefile import read_corefile
from clusterdns.cli.listening import defaults, listening_hosts
from clusterdns.cli.options import Options, cluster_options, read
from clusterdns.logs import Log
from clusterdns.plugins.base import StartError
from clusterdns.server.binder import Sockets
from clusterdns.server.keeper import Keeper, uncollected
from clusterdns.server.site import Site, make_sites
from clusterdns.server.sockets import Endpoint, bind_page
from clusterdns.web.pages import page_addresses

_WARNING = "[WARNING] "


class Findings(NamedTuple):
    """What could never be served, what is odd or only a start would stumble over, and what was passed over."""

    errors: list[str]
    warnings: list[str]
    notes: list[str]


@click.command(name="check")
@cluster_options
@click.option("--strict", is_flag=True, help="Warnings, too, make the exit status 1.")
def command(strict: bool, **given: Any) -> None:
    """Print every problem of a Corefile and of manifests, with file and line, and start nothing.

    The exit status is 1 for what could never be served. What only a start would find, such as a missing file or a taken
    address, is a warning and the status 0.
    """
    errors, warnings, notes = check(read(**given))
    for line in (*errors, *notes):
        click.echo(line)
    for warning in warnings:
        click.echo(f"Warning: {warning}")
    if not errors and not warnings:
        click.echo("Nothing is wrong.")
    sys.exit(1 if errors or (strict and warnings) else 0)


def check(options: Options) -> Findings:
    """What is wrong with the Corefile and the manifests."""
    said = StringIO()
    keeper = Keeper(options.settings, options.manifests, Log(said))
    with uncollected():
        errors = list(map(str, keeper.load()))
    found = Findings(errors, list(map(str, keeper.warnings)), keeper.notes)
    try:
        source = read_corefile(options)
    except StartError as error:
        found.errors.append(str(error))
        return found
    sites, problems = make_sites(source.corefile, keeper.world, defaults(options))
    found.errors.extend(map(str, problems))
    found.warnings.extend((*source.notes, *source.corefile.warnings))
    found.warnings.extend(line.removeprefix(_WARNING) for line in said.getvalue().splitlines() if _WARNING in line)
    for site in sites:
        found.warnings.extend(f"{place}: {problem}" for place, look in site.checks for problem in look())
    if not problems:
        found.warnings.extend(_taken(options, sites))
    return found


def _taken(options: Options, sites: list[Site]) -> Iterator[str]:
    """What can't be had of the addresses that a start would bind."""
    sockets = Sockets()
    for endpoint in dict.fromkeys(Endpoint(*listen[:3]) for site in sites for listen in site.setting.listen):
        try:
            sockets.bind(endpoint)
        except StartError as error:
            yield str(error)
    sockets.keep(())
    pages = [page for site in sites for page in site.setting.pages]
    hosts = () if options.conf else listening_hosts(options)
    for address in dict.fromkeys(address for page in pages for address in page_addresses(page, hosts)):
        try:
            bind_page(address).close()
        except StartError as error:
            yield str(error)
