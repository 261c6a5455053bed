"""An explanation as people read it: a sentence, what would do, and a tree of what was asked and answered.

Colours only underline what the words say. Knows an explanation and rich.
"""

from collections.abc import Iterable
from typing import Final, TextIO

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from clusterdns.dns import codes
from clusterdns.dns.names import name_text
from clusterdns.dns.text import rdata_text
from clusterdns.explain.case import outcome_of
from clusterdns.explain.client import Client
from clusterdns.explain.reason import Reason
from clusterdns.explain.report import TIERS, Explanation, plugin_of
from clusterdns.explain.trace import Passage
from clusterdns.explain.walk import Answered, Step, Walked

_ENDLESS: Final = 10_000  # columns, where nobody looks at a screen


def print_tree(explanation: Explanation, stream: TextIO) -> None:
    """Writes it all, in colours if the stream is a terminal that has them."""
    console = Console(file=stream, highlight=False, width=None if stream.isatty() else _ENDLESS)
    console.print(Text(f"{explanation.summary}.", style="bold green" if explanation.resolves else "bold red"))
    if explanation.hint:
        console.print(Text(f"What would do: {explanation.hint}"))
    if explanation.place is not None:
        console.print(Text(f"Where: {explanation.place}"))
    for reason in explanation.reasons:
        console.print(Text(f"- {reason}"))
    if explanation.walked is not None and explanation.walked.steps:
        console.print()
        console.print(_tree(explanation.walked))
    for note in explanation.notes:
        console.print(Text(f"Note: {note}", style="dim"))


def _tree(walked: Walked) -> Tree:
    tree = Tree(Text(_asker(walked.client)), guide_style="dim")
    for step in walked.steps:
        _add_step(tree, step)
    if walked.ended.error:
        tree.add(Text(f"{walked.client.resolver} gives up with {walked.ended.error}: {walked.ended.why}", "dim"))
    return tree


def _asker(client: Client) -> str:
    who = f"Pod {client.namespace}/{client.pod}" if client.pod else f"A Pod of namespace {client.namespace}"
    search = f"search {' '.join(client.conf.search)}" if client.conf.search else "no search list"
    return f"{who} asks by {client.resolver} (ndots:{client.conf.ndots}, {search}):"


def _add_step(tree: Tree, step: Step) -> None:
    """A name, and below it each answer; what is the same for several types is said once."""
    branch = tree.add(Text(step.ask.name, "bold"))
    if step.ask.why:
        branch.add(Text(step.ask.why, "dim"))
    alike: dict[tuple[str, ...], list[Answered]] = {}
    for answered in step.answers:
        said = (_outcome(answered), _from(answered), *map(str, answered.reasons))
        alike.setdefault(said, []).append(answered)
    for together in alike.values():
        _add_answer(branch, together)


def _add_answer(tree: Tree, together: list[Answered]) -> None:
    answered, types = together[0], ", ".join(codes.type_text(each.case.qtype) for each in together)
    asked = answered.case.asked
    line = Text(f"{types:<4}  ")
    line.append(_outcome(answered), "green" if answered.found else "red")
    line.append(f"  {_from(answered)}", "dim")
    branch = tree.add(line)
    if asked.passage is not None:
        _add_beyond(branch, asked.passage)
    _add_reasons(branch, answered.reasons)


def _outcome(answered: Answered) -> str:
    reply = answered.case.asked.reply
    if reply is None or not (answered.found or reply.answer):
        return outcome_of(answered.case.heard)
    records = [f"{_type(record.rtype, answered)}{rdata_text(record.rtype, record.rdata)}" for record in reply.answer]
    return f"{', '.join(records)} (TTL {min(record.ttl for record in reply.answer)})"


def _type(rtype: int, answered: Answered) -> str:
    """The type of a record, if it is not the one that was asked."""
    return "" if rtype == answered.case.qtype else f"{codes.type_text(rtype)} "


def _from(answered: Answered) -> str:
    """Where an answer comes from, and where it is kept."""
    asked = answered.case.asked
    if asked.remote is not None:
        return f"from {asked.remote.server}"
    by = _by(asked.passage) if asked.passage is not None else "by the server itself"
    if asked.known:
        return f"from the packet cache, made {by}"
    return f"{by}, kept in the packet cache" if asked.kept else by


def _by(passage: Passage) -> str:
    """Which plugin answered from what, in which server block."""
    plugin = plugin_of(passage)
    tier = TIERS.get(plugin, "")
    source = f" from upstream {passage.upstream}" if tier == "upstream" else f" from the {tier}" if tier else ""
    said = f"by {plugin or 'no plugin'}{source} in server block {' '.join(passage.block.keys)} ({passage.block.place})"
    visit = passage.visit_of("cache")
    if visit is not None and visit.keeps is not None and visit.passed_on:
        said += f", cached for {visit.keeps.left} s"
    return said


def _add_beyond(tree: Tree, passage: Passage) -> None:
    """What the server asked on behalf of the client: itself, and other server blocks of the same Corefile."""
    for inner in passage.inner:
        asked = f"{name_text(inner.name)} {codes.type_text(inner.qtype)}"
        _add_beyond(tree.add(Text(f"the server asks itself for {asked}: {_by(inner)}", "dim")), inner)
    if passage.further is not None:
        _add_beyond(tree.add(Text(f"there {_by(passage.further)}", "dim")), passage.further)


def _add_reasons(tree: Tree, reasons: Iterable[Reason]) -> None:
    for reason in reasons:
        tree.add(Text(str(reason)))
