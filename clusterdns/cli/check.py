"""`clusterdns check`: says everything that is wrong, and starts nothing."""

import sys
from collections.abc import Iterator
from typing import Any

import click

from clusterdns.cli.corefile import read_corefile
from clusterdns.cli.options import Options, cluster_options, read
from clusterdns.cli.serve import listening_hosts
from clusterdns.corefile import CorefileError
from clusterdns.logs import Log
from clusterdns.plugins.base import StartError
from clusterdns.server.keeper import Keeper
from clusterdns.server.site import Defaults, Site, make_sites
from clusterdns.server.sockets import bind


@click.command(name="check")
@cluster_options
@click.option("--strict", is_flag=True, help="Warnings, too, make the exit status 1.")
def command(strict: bool, **given: Any) -> None:
    """Print every problem of a Corefile and of manifests, with file and line.

    The exit status is 1 for what could never be served. What only a start would find, such as a missing file or a taken
    address, is a warning and the status 0.
    """
    options = read(**given)
    errors, warnings = check(options)
    for error in errors:
        click.echo(error)
    for warning in warnings:
        click.echo(f"Warning: {warning}")
    if not errors and not warnings:
        click.echo("Nothing is wrong.")
    sys.exit(1 if errors or (strict and warnings) else 0)


def check(options: Options) -> tuple[list[str], list[str]]:
    """What is wrong with the Corefile and the manifests: errors, and warnings."""
    keeper = Keeper(options.settings, options.manifests, Log())
    errors = [str(problem) for problem in keeper.load()]
    warnings = [str(problem) for problem in keeper.warnings]
    try:
        source = read_corefile(options)
    except OSError as error:
        return [*errors, f"{options.conf}: {error.strerror or error}"], warnings
    corefile = source.parse()
    sites, problems = make_sites(corefile, keeper.world, Defaults(options.port, listening_hosts(options)))
    errors += map(str, problems)
    warnings += [*source.notes, *corefile.warnings]
    for found in _would_find(sites, problems):
        (errors if isinstance(found, CorefileError) else warnings).append(str(found))
    return errors, warnings


def _would_find(sites: list[Site], problems: list[CorefileError]) -> Iterator[CorefileError | str]:
    """What a start would stumble over, as far as that can be seen without one."""
    for site in sites:
        for check_plugin in site.setting.checks:
            yield from check_plugin()
    if problems:
        return
    for host, port in dict.fromkeys((host, port) for site in sites for _, host, port, _ in site.setting.listen):
        try:
            bind(host, port).close()
        except StartError as error:
            yield str(error)
