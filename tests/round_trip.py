"""`clusterdns get`, and whether what it prints of objects is the same cluster again."""

from pathlib import Path

from click.testing import CliRunner

from clusterdns.cli import main

NOWHERE = ("--upstream", "192.0.2.1")


def get(*arguments: str | Path, given: str = "") -> str:
    """What `clusterdns get ARGUMENTS` prints; `given` is its standard input."""
    ran = CliRunner().invoke(main, ["get", *map(str, arguments)], input=given)
    assert ran.exit_code == 0, ran.output
    return ran.output


def check_round_trip(manifests: str, *options: str, output: str = "yaml") -> None:
    """Objects that were printed have to have the records of the manifests that they were made from."""
    made_from = (manifests,) if manifests else ()
    dump = get("objects", "-o", output, *options, *made_from)
    expected = _records(*options, *made_from)
    assert len(expected) > 20

    assert _records(*options, "-", given=dump) == expected


def _records(*arguments: str, given: str = "") -> set[str]:
    """The records, but for those that tell the time."""
    printed = get("records", "-o", "zone", *NOWHERE, *arguments, given=given)
    return {line for line in printed.splitlines() if " SOA " not in line}
