"""What the server did: no block for a name, no plugin that answers, an upstream that fails, a reply from the cache.

Knows the way of the question through the server, no object of the cluster.
"""

from collections.abc import Iterator
from itertools import pairwise

from clusterdns.dns import codes
from clusterdns.dns.names import name_text
from clusterdns.dns.reply import Dropped, Unanswered
from clusterdns.explain.case import Case, outcome_of
from clusterdns.explain.reason import Code, Reason
from clusterdns.explain.trace import Visit

_ANOTHER = "an upstream that can be reached, by forward in the Corefile or by --upstream ADDR"
_FAILED = (codes.SERVFAIL, codes.REFUSED, codes.FORMERR, codes.NOTIMP)


def no_block(case: Case) -> Iterator[Reason]:
    """A name that no server block is for."""
    if not case.blocks and case.heard.rcode == codes.REFUSED and case.asked.remote is None:
        zones = ", ".join(dict.fromkeys(case.sites.zones))
        yield Reason(
            Code.NO_BLOCK,
            f"no server block of the Corefile is for {case.text}, so it is refused",
            f"a block for . takes all names that {zones} do not" if zones else "a block for .",
        )


def no_plugin(case: Case) -> Iterator[Reason]:
    """A chain that ends without an answer."""
    passage = case.passage
    if passage is not None and passage.fell_through:
        said = f"no plugin of the server block at {passage.block.place} answers for {case.text}"
        passed = passage.visit_of("kubernetes")
        if passed is not None and passed.passed_on and case.zone is not None:
            said += ": kubernetes lacks it and lets it fall through"
        yield Reason(Code.NO_PLUGIN, f"{said}, which is SERVFAIL", "forward . and an upstream at its end")


def upstream(case: Case) -> Iterator[Reason]:
    """What forward met."""
    passage = case.passage
    visit = passage.visit_of("forward") if passage is not None else None
    if passage is None or visit is None or visit.passed_on:
        return
    where = f"upstream {passage.upstream}" if passage.upstream else "forward"
    if visit.failure is not None:
        yield Reason(Code.UPSTREAM_FAILED, f"{where} gives no answer: {_cause(visit)}", _ANOTHER)
    elif visit.reply is not None and visit.reply.rcode in _FAILED:
        yield Reason(Code.UPSTREAM_FAILED, f"{where} says {codes.rcode_text(visit.reply.rcode)}", _ANOTHER)
    elif case.denied:
        yield Reason(Code.UPSTREAM_DENIED, f"{where} says {outcome_of(case.heard)}: {_denied(case)}", "")


def other_plugin(case: Case) -> Iterator[Reason]:
    """What another plugin than kubernetes and forward denies or fails at."""
    passage = case.passage
    decisive = passage.decisive if passage is not None else None
    if passage is None or decisive is None or case.heard.found or passage.fell_through:
        return
    name = decisive.plugin.name
    if name in ("kubernetes", "forward", "cache"):
        return
    where = f"{name} at {passage.place_of(name)}"
    if decisive.failure is not None and not isinstance(decisive.failure, Dropped | Unanswered):
        yield Reason(Code.PLUGIN_DENIED, f"{where} fails: {decisive.failure or type(decisive.failure).__name__}")
    elif isinstance(decisive.failure, Dropped):
        yield Reason(Code.NO_REPLY, f"{where} gives no reply at all")
    elif name == "hosts" and isinstance(decisive.failure, Unanswered):
        yield Reason(Code.PLUGIN_DENIED, f"{where} has no {case.text} and keeps it from others", "fallthrough in it")
    else:
        yield Reason(Code.PLUGIN_DENIED, f"{where} says {outcome_of(case.heard)}")


def last_word(case: Case) -> Reason:
    """Whose word it is, if that is all there is to say."""
    decisive = case.passage.decisive if case.passage is not None else None
    who = f"{decisive.plugin.name} at {case.place_of(decisive.plugin.name)}" if decisive is not None else "the server"
    if case.heard.found:
        return Reason(Code.ANSWERED, f"{who} says so")
    return Reason(Code.PLUGIN_DENIED, f"{who} says {outcome_of(case.heard)} to {codes.type_text(case.qtype)}")


def rewritten(case: Case) -> Iterator[Reason]:
    """Another question than the client's, which a plugin made of it."""
    passage = case.passage
    if passage is None:
        return
    for visit, following in pairwise(passage.visits):
        if (visit.name, visit.qtype) == (following.name, following.qtype):
            continue
        made = f"{name_text(following.name).removesuffix('.')} {codes.type_text(following.qtype)}"
        where = f"{visit.plugin.name} at {passage.place_of(visit.plugin.name)}"
        why = case.of(following.name, following.qtype).why
        said = f"{where} makes {made} of it"
        yield Reason(Code.REWRITTEN, f"{said}: {why.sentence}" if why else said, why.hint if why else "")


def from_cache(case: Case) -> Iterator[Reason]:
    """A reply that was not asked for anew."""
    ways = case.asked.passage.ways if case.asked.passage is not None else ()
    for passage in ways:
        visit = passage.visit_of("cache")
        if visit is None or visit.had is None or passage.answered is not visit:
            continue
        had, where = visit.had, f"the cache at {passage.place_of('cache')}"
        what = "this negative answer comes" if had.denial else "this answer comes"
        if had.left > 0:
            yield Reason(
                Code.FROM_CACHE,
                f"{what} from {where}, {had.ttl - had.left} seconds old; it is asked anew in {had.left}",
                "a change is seen once that time is over" if had.denial else "",
            )
        else:
            yield Reason(
                Code.FROM_CACHE,
                f"{what} from {where} and is stale: it expired {-had.left} seconds ago (serve_stale)",
                "it is replaced as soon as there is a fresh one",
            )


def silence(case: Case) -> Iterator[Reason]:
    """No reply."""
    dropped = case.passage is not None and case.passage.decisive is not None  # which its plugin tells
    if case.asked.reply is None and not dropped:
        hint = "@SERVER:PORT of one that runs; clusterdns serve is at port 5353 unless told otherwise"
        yield Reason(Code.NO_REPLY, case.asked.silence, hint if case.asked.remote is not None else "")


REASONS = (no_block, no_plugin, upstream, other_plugin, rewritten, from_cache, silence)


def _cause(visit: Visit) -> str:
    """What went wrong, without the sockets that it went wrong at."""
    return str(visit.failure).rpartition(": ")[2]


def _denied(case: Case) -> str:
    if case.heard.rcode == codes.NXDOMAIN:
        return "there is no such name outside the cluster"
    return f"the name exists, and has no {codes.type_text(case.qtype)}"
