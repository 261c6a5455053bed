"""Differences between the names of two clusters as text: a table for people, JSON, Markdown for a pull request."""

import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

import click

from clusterdns.cli.differences import Comparison, Difference, How
from clusterdns.cluster.objects import Key, Namespace

_SIGNS: Final = {How.ADDED: "+", How.REMOVED: "-", How.CHANGED: "~"}
_COLOURS: Final = {How.ADDED: "green", How.REMOVED: "red", How.CHANGED: "yellow"}
_SHOWN: Final = 4
"""Records of one set that are shown to people; of more it is told how many."""


def as_table(comparison: Comparison) -> str:
    """By whose the names are, one line for each set of records. Coloured; whoever prints it may drop that."""
    lines = []
    for owner, group in _groups(comparison):
        lines.append(click.style(_title(owner), bold=True))
        widths = [max(len(getattr(each, field)) for each in group) for field in ("name", "type")]
        for each in group:
            words = (_SIGNS[each.how], each.name.ljust(widths[0]), each.type.ljust(widths[1]), _data(each))
            lines.append("  " + click.style(" ".join(words), fg=_COLOURS[each.how]))
        lines.append("")
    return "\n".join([*lines, summary(comparison)])


def as_markdown(comparison: Comparison) -> str:
    """A heading with the summary, and a table for whomever names changed."""
    lines = [f"### {summary(comparison)}"]
    for owner, group in _groups(comparison):
        lines += ["", f"**{_title(owner)}**", "", "| | name | type | data |", "| --- | --- | --- | --- |"]
        lines += [f"| {each.how} | `{each.name}` | {each.type} | {_data(each, quote='`')} |" for each in group]
    return "\n".join(lines)


def as_json(comparison: Comparison) -> str:
    """Everything, nothing shortened."""
    return json.dumps(
        {
            "added": comparison.added,
            "removed": comparison.removed,
            "changed": comparison.changed,
            "differences": [
                {
                    "owner": {"kind": each.owner.kind, "namespace": each.owner.namespace, "name": each.owner.name},
                    "how": each.how,
                    "name": each.name,
                    "type": each.type,
                    "before": each.before,
                    "after": each.after,
                }
                for each in comparison.differences
            ],
        },
        indent=2,
    )


def summary(comparison: Comparison) -> str:
    """How many names came, went and changed, in words: `3 names added, 1 removed`."""
    counts: list[tuple[int, str]] = [(getattr(comparison, how), how) for how in How]
    said = [f"{number} {how}" for number, how in counts if number]
    if not said:
        return "No name changed"
    number, _, how = said[0].partition(" ")
    return ", ".join([f"{number} name{'' if number == '1' else 's'} {how}", *said[1:]])


def _groups(comparison: Comparison) -> Iterator[tuple[Key, list[Difference]]]:
    return ((owner, list(group)) for owner, group in groupby(comparison.differences, key=lambda each: each.owner))


def _title(owner: Key) -> str:
    return f"Pods of namespace {owner.name}" if owner.kind == Namespace.kind else str(owner)


def _data(difference: Difference, quote: str = "") -> str:
    """What records say, servers as HOST:PORT; of a change only what differs."""
    before, after = (
        [_plain(difference.type, text) for text in texts] for texts in (difference.before, difference.after)
    )
    if difference.how is not How.CHANGED:
        return _listed(before or after, quote)
    gone = _listed([text for text in before if text not in after], quote)
    new = _listed([text for text in after if text not in before], quote)
    if gone and new:
        return f"{gone} → {new}"
    return f"also {new}" if new else f"no longer {gone}" if gone else "other weights"


def _plain(rtype: str, text: str) -> str:
    if rtype != "SRV":
        return text
    _priority, _weight, port, target = text.split()
    return f"{target.removesuffix('.')}:{port}"


def _listed(texts: Iterable[str], quote: str) -> str:
    quoted = [f"{quote}{text}{quote}" for text in texts]
    more = len(quoted) - _SHOWN
    return ", ".join(quoted[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
