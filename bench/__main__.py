"""`python -m bench`: the command line. Nothing is left behind, also after Ctrl-C.

The exit status is 1 if a run failed (a wrong answer, a server that did not start) or a query was lost.
"""

import signal
import sys
from pathlib import Path
from typing import Any, Final

import click

from bench.load import PACKAGE
from bench.plan import SMALL, Plan, Results, carry_out
from bench.process import has
from bench.report import as_json, small_table, table
from bench.rows import ROWS

TITLES: Final = {row.name: row.title for row in ROWS} | {SMALL: "start, memory and query of a small cluster"}


@click.command()
@click.argument("names", nargs=-1, metavar="[ROW]...", type=click.Choice(list(TITLES)))
@click.option("--pairs", type=click.IntRange(1), default=5, show_default=True, help="Runs of each server, in turn.")
@click.option("--seconds", type=click.FloatRange(0.5, 60), default=4, show_default=True, help="How long a load lasts.")
@click.option(
    "--latency", type=click.FloatRange(0, 60), default=2, show_default=True, help="Seconds at half load; 0 is none."
)
@click.option("--peers", "every_peer", is_flag=True, help="Compare with every server that can do the same.")
@click.option(
    "--against",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Compare with another checkout of clusterdns in place of the peers.",
)
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Also write all that was measured here.")
@click.option("--list", "only_list", is_flag=True, help="Name the rows and stop.")
def main(names: tuple[str, ...], only_list: bool, json_file: Path | None, **how: Any) -> None:
    """Measure clusterdns side by side with other DNS servers. ROWs are those that --list names; none is all."""
    if only_list:
        click.echo("\n".join(f"{name:10} {title}" for name, title in TITLES.items()))
        return
    names = names or tuple(TITLES)
    plan = Plan([row for row in ROWS if row.name in names], SMALL in names, **how)
    if plan.rows:
        _need("dnsperf", PACKAGE)
        _need("knotd", "knot")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    results = carry_out(plan, lambda sentence: click.echo(sentence, err=True))
    _show(results)
    if json_file is not None:
        json_file.write_text(as_json(results.comparisons, results.small))
    sys.exit(bool(results.failures or results.lost))


def _show(results: Results) -> None:
    if results.comparisons:
        click.echo(table(results.comparisons))
    if results.small:
        click.echo("\n" + small_table(results.small))
    for failure in results.failures:
        click.echo(f"failed: {failure}", err=True)


def _need(program: str, package: str) -> None:
    if not has(program):
        raise click.ClickException(f"{program} is missing (apt install {package})")


if __name__ == "__main__":
    main()
