"""`clusterdns init`: writes out the example cluster."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import click


@click.command(name="init")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), metavar="DIR")
def command(folder: Path) -> None:
    """Write the example cluster into DIR, to change. Files that are there already stay as they are."""
    try:
        for line in _write(folder):
            click.echo(line)
    except OSError as error:
        raise click.ClickException(f"{error.filename}: {error.strerror}") from None
    click.echo(f"\nServe it with: clusterdns serve {folder}")


def _write(folder: Path) -> Iterator[str]:
    """Writes the files; says of each what has come of it. Raises `OSError`."""
    folder.mkdir(parents=True, exist_ok=True)
    for source in sorted(files("clusterdns").joinpath("example").iterdir(), key=lambda each: each.name):
        if not source.name.endswith(".yaml"):
            continue
        target = folder / source.name
        if target.exists():
            yield f"{target} is there already and stays as it is"
        else:
            target.write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
            yield f"{target} written"
