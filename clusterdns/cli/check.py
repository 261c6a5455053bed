"""`clusterdns check`: says everything that is wrong, and starts nothing."""

import sys
from collections.abc import Iterator
from io import StringIO
from typing import Any, Final

import click

from clusterdns.advice.advice import Code as Advised
from clusterdns.advice.rules import advise
from clusterdns.cli.corefile import read_corefile
from clusterdns.cli.listening import defaults, listening_hosts
from clusterdns.cli.loading import load
from clusterdns.cli.options import Options, cluster_options, read
from clusterdns.cli.remarks import CODES, Code, Remark, Remarks, remark
from clusterdns.dns.names import is_subdomain, name_text, parse_name
from clusterdns.logs import Log
from clusterdns.plugins.base import StartError
from clusterdns.plugins.kubernetes import Kubernetes
from clusterdns.server.binder import Sockets
from clusterdns.server.keeper import Keeper
from clusterdns.server.site import Site, make_sites
from clusterdns.server.sockets import Endpoint, bind_page
from clusterdns.web.pages import page_addresses

_WARNING = "[WARNING] "
_ABOVE: Final = frozenset({"hosts", "rewrite", "template"})
"""Plugins that may answer for names that the cluster does not have, before it is asked."""
_ABOUT_NAMES: Final = frozenset({Advised.NAME_NOT_FOUND, Advised.EXTERNAL_NAME_NOT_FOUND})


@click.command(
    name="check",
    epilog="""\b
    clusterdns check k8s/
    clusterdns check --conf Corefile k8s/ --strict --ignore name-not-found
    helm template my-release | clusterdns check -

    docs/checking.md explains each code.""",
)
@cluster_options
@click.option("--strict", is_flag=True, help="Warnings, too, make the exit status 1.")
@click.option(
    "--ignore",
    "ignored",
    multiple=True,
    type=click.Choice(CODES),
    metavar="CODE",
    help="Leave out the warnings with this code, which stands at their end in [].",
)
@click.option("--json", "as_json", is_flag=True, help="Print it for programs.")
def command(strict: bool, ignored: tuple[str, ...], as_json: bool, **given: Any) -> None:
    """Print every problem of a Corefile and of MANIFESTs, with file and line, and start nothing.

    MANIFESTs are files, folders, or - for standard input. Without one the embedded example is checked.

    An error could never be served, and makes the exit status 1. A warning is served as it was given, and probably not
    as it was meant: a selector that matches no Pod, a name in a variable that nobody has. So is what only a start would
    find, such as a missing file or a taken address.
    """
    found = check(read(**given)).without(ignored)
    click.echo(found.json() if as_json else "\n".join(found.lines()))
    sys.exit(1 if found.errors or (strict and found.warnings) else 0)


def check(options: Options) -> Remarks:
    """What is wrong with the Corefile and the manifests."""
    said = StringIO()
    keeper, wrong = load(options, Log(said))
    errors = list(map(remark, wrong))
    found = Remarks(errors, [remark(each, Code.MANIFEST) for each in keeper.warnings], keeper.notes)
    try:
        source = read_corefile(options)
    except StartError as error:
        found.errors.append(Remark(str(error)))
        return found
    sites, problems = make_sites(source.corefile, keeper.world, defaults(options))
    found.errors.extend(map(remark, problems))
    zone = _zone(keeper, options)
    if zone and not options.manifests:
        found.notes.append("No manifest was named, so this is about the embedded example")
    if zone and not errors:
        advice = advise(keeper.cluster, keeper.objects, keeper.manifests, zone)
        alone = all(_is_alone(site, zone) for site in sites)
        found.warnings.extend(remark(each) for each in advice if alone or each.code not in _ABOUT_NAMES)
    found.warnings.extend(remark(each, Code.COREFILE) for each in (*source.notes, *source.corefile.warnings))
    logged = (line.removeprefix(_WARNING) for line in said.getvalue().splitlines() if _WARNING in line)
    found.warnings.extend(remark(line, Code.COREFILE) for line in logged)
    for site in sites:
        for place, look in site.checks:
            found.warnings.extend(
                Remark(doubt, Code.START, *place) if isinstance(doubt, str) else remark(doubt, Code.START)
                for doubt in look()
            )
    if not problems:
        found.warnings.extend(remark(each, Code.START) for each in _taken(options, sites))
    return found


def _is_alone(site: Site, zone: str) -> bool:
    """Does a server block, if it has a cluster, answer for names of the zone from that cluster alone?"""
    plugins = site.setting.plugins
    kubernetes = plugins.get("kubernetes")
    if not isinstance(kubernetes, Kubernetes):
        return True
    passes_on = any(is_subdomain(parse_name(zone), passed) for passed in kubernetes.fallthrough)
    return not passes_on and plugins.keys().isdisjoint(_ABOVE)


def _zone(keeper: Keeper, options: Options) -> str | None:
    """The cluster's domain if the Corefile serves it; else a zone that it does serve, None if there is none."""
    zones = [zone.name for table in keeper.world.tables.all() for zone in table.zones if not zone.reverse]
    domain = options.settings.cluster_domain
    if not zones or parse_name(f"{domain}.".lower()) in zones:
        return domain if zones else None
    return name_text(zones[0]).removesuffix(".")


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
