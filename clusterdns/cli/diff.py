"""`clusterdns diff`: which names and records change from one set of manifests to another."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click

from clusterdns.cli.corefile import read_corefile
from clusterdns.cli.differences import compare
from clusterdns.cli.differences_text import as_json, as_markdown, as_table
from clusterdns.cli.listening import defaults
from clusterdns.cli.loading import load
from clusterdns.cli.options import Options, compiling_options, read
from clusterdns.cluster import manifest
from clusterdns.cluster.manifest import Manifest
from clusterdns.plugins.base import StartError
from clusterdns.records.table import Table
from clusterdns.server.site import make_sites
from clusterdns.sources.git import PREFIX, GitError, is_revision, read_revision

_FAILED: Final = 2


class Failure(click.ClickException):
    """Two sets that can't be compared, and why."""

    exit_code = _FAILED


@click.command(
    name="diff",
    epilog="""The exit status is 0 if nothing differs, 1 if anything does, 2 if that can't be told.

    \b
    clusterdns diff k8s/ new-k8s/
    clusterdns diff git:main:k8s k8s/
    clusterdns diff git:v1.0:./k8s git:HEAD:./k8s --markdown
    helm template my-release | clusterdns diff rendered.yaml -""",
)
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("--ignore-addresses", is_flag=True, help="Leave out which addresses names have, and names made of one.")
@click.option("--markdown", "style", flag_value="markdown", help="Print it for a pull request.")
@click.option("--json", "style", flag_value="json", help="Print it for programs.")
@compiling_options
def command(old: str, new: str, style: str | None, *, ignore_addresses: bool, **given: Any) -> None:
    """Print which names and records come, go and change from the manifests OLD to the manifests NEW.

    Each is a file, a folder, - for standard input, or git:REV:PATH, as it was in a revision of this git repository:
    PATH from its top, or from here as ./PATH.

    Addresses that the manifests leave out are the same on both sides, as long as nothing changes that decides them.
    """
    if old == new == "-":
        raise click.UsageError("standard input can be one of the two only")
    options = read(**given)
    comparison = compare(_tables(old, options), _tables(new, options), addresses=not ignore_addresses)
    printed = {"json": as_json, "markdown": as_markdown}.get(style or "", as_table)(comparison)
    click.echo(printed)
    sys.exit(1 if comparison.differences else 0)


def _tables(name: str, options: Options) -> list[Table]:
    """The names that some manifests make. Raises `Failure`."""
    if ":" in name and not (is_revision(name) or Path(name).exists()):
        raise Failure(f"{name}: there is no such file or folder ({PREFIX}{name} for what is in a revision)")
    try:
        if is_revision(name):
            keeper, wrong = load(options, given=_of_revision(name))
        else:
            keeper, wrong = load(replace(options, manifests=(name,)))
        problems: list[object] = [*wrong]
        if not problems:  # the tables are there for as long as the sites are
            _sites, odd = make_sites(read_corefile(options).corefile, keeper.world, defaults(options))
            problems += odd
    except (GitError, StartError) as error:
        raise Failure(str(error)) from None
    if problems:
        raise Failure("\n".join(map(str, problems)))
    tables = keeper.world.tables.all()
    if not tables:
        raise Failure(f"{options.conf}: serves no cluster, so there are no names to compare (kubernetes)")
    return tables


def _of_revision(name: str) -> list[Manifest]:
    """The manifests of a revision; files of a folder that turn out to be none are passed over."""
    read_all = [(text, manifest.read(text.text, text.label)) for text in read_revision(name)]
    return [found for text, found in read_all if text.named or found.is_manifest()]
