"""The walk itself: one name after the other, as a resolver's rules have it. Knows which resolvers there are."""

import ipaddress
from typing import Final

from clusterdns.dns import codes
from clusterdns.stub.cares import CAres
from clusterdns.stub.glibc import Glibc
from clusterdns.stub.golang import Go
from clusterdns.stub.musl import Musl
from clusterdns.stub.resolvconf import ResolvConf
from clusterdns.stub.rules import Candidate, Rules, Then, Verdict
from clusterdns.stub.steps import Ask, Ended, Walk, fits

_RULES: Final[dict[str, Rules]] = {"glibc": Glibc(), "musl": Musl(), "go": Go(), "c-ares": CAres()}
RESOLVERS: Final = tuple(_RULES)
ADDRESSES: Final = (codes.A, codes.AAAA)


def walk(resolver: str, conf: ResolvConf, name: str, types: tuple[int, ...] = ADDRESSES) -> Walk:
    """What a resolver asks for a name that a program looks up, by getaddrinfo or the like.

    Yields each `Ask`, is sent a `Heard` for each of its types, and returns `Ended`. What stands in /etc/hosts is not
    looked for. Raises `KeyError` for a resolver that is not one of `RESOLVERS`.
    """
    return _walk(_RULES[resolver], conf, name, types)


def _walk(rules: Rules, conf: ResolvConf, name: str, types: tuple[int, ...]) -> Walk:
    if _is_address(name):
        return Ended(name, "", f"'{name}' is an address: nothing is asked")
    absolute = name.endswith(".")
    candidates = [Candidate(name, given=True)] if absolute else list(rules.candidates(conf, name, types))
    types, together = rules.types(conf, types), rules.together(conf)
    if not types:
        return Ended("", "EAI_NODATA", "the option no-aaaa leaves nothing to ask")
    tried: list[tuple[Candidate, Verdict]] = []
    why = _why_first(conf, name, candidates)
    for candidate in candidates:
        if tried and tried[-1][1].then is Then.LEAVE and not candidate.given:
            continue
        if fits(candidate.name):
            verdict = rules.judge((yield Ask(candidate.name, types, why, together)), candidate)
        else:
            verdict = rules.unfit
        if verdict.then is Then.FOUND:
            return Ended(candidate.name, "", f"{candidate.name} has an answer")
        tried.append((candidate, verdict))
        why = f"{candidate.name} was {verdict.what}: {rules.title} {verdict.then.value}"
        if verdict.then is Then.STOP:
            break
    return Ended("", rules.error(tried), why if verdict.then is Then.STOP else "no name is left to ask")


def _why_first(conf: ResolvConf, name: str, candidates: list[Candidate]) -> str:
    if name.endswith("."):
        return f"'{name}' ends in a dot: it is asked as it is, and nothing else"
    dots = name.count(".")
    has = f"'{name}' has {dots} dot{'' if dots == 1 else 's'}"
    if dots >= conf.ndots:
        return f"{has}, and ndots:{conf.ndots} is enough to ask it as it is" + (" first" if len(candidates) > 1 else "")
    if len(candidates) == 1:
        return "there is no search list"
    return f"{has}, fewer than ndots:{conf.ndots}: the search list comes first"


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
