"""An explanation: the sentence that helps most, then all that led to it; and the same for machines.

The keys of `as_json` are documented in docs/explain.md and stay. Knows a walk, no terminal.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from clusterdns.cluster.problems import Place, Problem
from clusterdns.corefile import ServerBlock
from clusterdns.dns import codes
from clusterdns.dns.names import name_text
from clusterdns.dns.record import Record
from clusterdns.dns.text import rdata_text
from clusterdns.explain.case import outcome_of
from clusterdns.explain.client import Client
from clusterdns.explain.reason import ANSWERS, RANK, Code, Reason
from clusterdns.explain.searching import REASONS
from clusterdns.explain.serving import Asked
from clusterdns.explain.trace import Passage
from clusterdns.explain.walk import Answered, Step, Walked

TIERS: Final = {
    "cache": "cache",
    "kubernetes": "table",
    "forward": "upstream",
    "file": "zone file",
    "hosts": "hosts file",
}
"""What plugins have their answers from."""


@dataclass(frozen=True)
class Explanation:
    """`summary` says whether the name resolves, to what, or why not, `because` of which reason.

    `walked` is None if nothing was asked. `notes` are sentences on the manifests and the Corefile as a whole, and
    `place` is where the value stands that the reason is about, for whoever knows the manifests.
    """

    name: str
    types: tuple[int, ...]
    resolves: bool
    summary: str
    because: Reason | None = None
    answers: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()  # the others
    walked: Walked | None = None
    notes: tuple[str, ...] = ()
    place: Place | None = None

    @property
    def hint(self) -> str:
        """What would do, empty if nothing has to."""
        return self.because.hint if self.because is not None else ""


def explain(walked: Walked, notes: tuple[str, ...] = ()) -> Explanation:
    """What came of a walk."""
    searching = [reason for find in REASONS for reason in find(walked)]
    reasons = [*searching, *_telling(walked)]
    reasons = sorted(dict.fromkeys(reasons), key=lambda reason: RANK[reason.code])
    told = _success(walked, reasons) if walked.resolves else _failure(walked, reasons)
    return replace(told, walked=walked, notes=notes)


def _telling(walked: Walked) -> list[Reason]:
    """The reasons of the answers that matter: of those that were found, else of the one that tells most."""
    if walked.resolves:
        return [reason for each in walked.found for reason in each.reasons]
    answers = (each.reasons for step in walked.steps for each in step.answers if each.reasons)
    return min(answers, key=lambda reasons: RANK[reasons[0].code], default=[])


def explain_refusal(name: str, types: tuple[int, ...], problems: Sequence[Problem]) -> Explanation:
    """What to say when the manifests are wrong, so that nothing is served; first what concerns the name."""
    words = name.lower().split(".")
    concerned = [each for each in problems if each.about is not None and each.about.name in words]
    ordered = [*concerned, *(each for each in problems if each not in concerned)]
    place = ordered[0].place
    ordered[0] = ordered[0]._replace(place=Place(""))  # it is told beside the sentence
    reasons = tuple(Reason(Code.REFUSED_OBJECT, str(each._replace(hint="")), each.hint) for each in ordered)
    so = "what the API server refuses is not there" if concerned else "nothing is served while manifests are wrong"
    summary = f"{name} does not resolve, since {so}: {reasons[0].sentence}"
    return Explanation(name, types, False, summary, reasons[0], reasons=reasons[1:], place=place)


def _success(walked: Walked, reasons: list[Reason]) -> Explanation:
    answers = tuple(dict.fromkeys(data for each in walked.found for data in answer_of(each)))
    if not answers:
        return _nothing_to_ask(walked)
    because = next((reason for reason in reasons if RANK[reason.code] in ANSWERS), None)
    summary = f"{walked.typed} resolves to {', '.join(answers)}"
    if because is not None:
        summary += f": {because.sentence}"
    rest = tuple(reason for reason in reasons if reason is not because)
    return Explanation(walked.typed, walked.types, True, summary, because, answers, rest)


def _nothing_to_ask(walked: Walked) -> Explanation:
    """Of an address."""
    hint = f"clusterdns explain {walked.typed} PTR asks for its name"
    because = Reason(Code.ANSWERED, walked.ended.why, hint)
    return Explanation(walked.typed, walked.types, True, because.sentence, because, (walked.typed,))


def _failure(walked: Walked, reasons: list[Reason]) -> Explanation:
    because = next(iter(reasons), Reason(Code.NO_REPLY, walked.ended.why))
    summary = f"{walked.typed} does not resolve: {because.sentence}"
    return Explanation(walked.typed, walked.types, False, summary, because, reasons=tuple(reasons[1:]))


def answer_of(answered: Answered) -> list[str]:
    """The data of the records that were asked for, as text."""
    case = answered.case
    records = case.asked.reply.answer if case.asked.reply is not None else []
    return [rdata_text(record.rtype, record.rdata) for record in records if case.qtype in (record.rtype, codes.ANY)]


def tier_of(asked: Asked) -> str:
    """Which part of the server had the answer: `packet cache`, `cache`, `table`, `upstream`, `hosts file`, `zone file`,
    another `plugin`, the `server` itself; or `network` for one that was asked from afar.
    """
    if asked.remote is not None:
        return "network"
    if asked.known:
        return "packet cache"
    plugin = plugin_of(asked.passage)
    return TIERS.get(plugin, "plugin") if plugin else "server"


def plugin_of(passage: Passage | None) -> str:
    """The plugin that answered, or that failed; empty if it came to none, or passed all of them."""
    if passage is None or passage.fell_through:
        return ""
    visit = passage.answered or next((each for each in passage.visits if not each.passed_on), passage.visits[-1])
    return visit.plugin.name


def as_json(explanation: Explanation) -> dict[str, Any]:
    """The explanation as maps, lists, texts, numbers and truth values."""
    walked, place = explanation.walked, explanation.place
    steps = walked.steps if walked is not None else []
    return {
        "name": explanation.name,
        "types": [codes.type_text(qtype) for qtype in explanation.types],
        "resolves": explanation.resolves,
        "summary": explanation.summary,
        "code": str(explanation.because.code) if explanation.because is not None else "",
        "hint": explanation.hint,
        "place": None if place is None else {"file": place.file, "line": place.line},
        "answers": list(explanation.answers),
        "error": walked.ended.error if walked is not None else "",
        "reasons": list(map(_reason, explanation.reasons)),
        "client": _client(walked.client) if walked is not None else None,
        "queries": [_query(step, each) for step in steps for each in step.answers],
        "notes": list(explanation.notes),
    }


def _client(client: Client) -> dict[str, Any]:
    return {
        "namespace": client.namespace,
        "pod": client.pod,
        "resolver": client.resolver,
        "ndots": client.conf.ndots,
        "search": list(client.conf.search),
        "nameservers": list(client.conf.nameservers),
    }


def _reason(reason: Reason) -> dict[str, str]:
    return {"code": str(reason.code), "sentence": reason.sentence, "hint": reason.hint}


def _query(step: Step, answered: Answered) -> dict[str, Any]:
    asked = answered.case.asked
    return {
        "name": step.ask.name,
        "type": codes.type_text(asked.qtype),
        "why": step.ask.why,
        "outcome": outcome_of(answered.case.heard),
        "records": list(map(_record, asked.reply.answer)) if asked.reply is not None else [],
        "server": asked.remote.server if asked.remote is not None else "",
        "transport": "tcp" if asked.tcp else "udp",
        "tier": tier_of(asked),
        **_way(asked.passage),
        "kept": asked.kept,
        "reasons": list(map(_reason, answered.reasons)),
    }


def _way(passage: Passage | None) -> dict[str, Any]:
    """The way through a server block; the same keys where there was none."""
    if passage is None:
        return {
            "block": None,
            "plugin": "",
            "path": [],
            "upstream": "",
            "cached": None,
            "asked_itself": [],
            "further": None,
        }
    visit = passage.visit_of("cache")
    keeps = visit.keeps if visit is not None else None
    return {
        "block": _block(passage.block),
        "plugin": plugin_of(passage),
        "path": [visit.plugin.name for visit in passage.visits],
        "upstream": passage.upstream,
        "cached": None if keeps is None else {"seconds": keeps.left, "denial": keeps.denial},
        "asked_itself": [
            {"name": name_text(inner.name), "type": codes.type_text(inner.qtype), **_way(inner)}
            for inner in passage.inner
        ],
        "further": _way(passage.further) if passage.further is not None else None,
    }


def _block(block: ServerBlock) -> dict[str, Any]:
    return {"file": str(block.place.file), "line": block.place.line, "keys": list(map(str, block.keys))}


def _record(record: Record) -> dict[str, Any]:
    return {
        "name": name_text(record.owner),
        "ttl": record.ttl,
        "type": codes.type_text(record.rtype),
        "data": rdata_text(record.rtype, record.rdata),
    }
