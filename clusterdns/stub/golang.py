"""How Go's own resolver walks the search list (package net without cgo, 1.19 to 1.25).

It goes on whatever it hears. The error is what became of the name as it was given.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from clusterdns.dns import codes
from clusterdns.stub.resolvconf import ResolvConf
from clusterdns.stub.rules import UNFIT, Candidate, Rules, Then, Tried, Verdict
from clusterdns.stub.steps import Heard, outcome

_NO_SUCH_HOST: Final = "no such host"


class Go(Rules):
    title = "Go"
    unfit = Verdict(Then.NEXT, _NO_SUCH_HOST, UNFIT)

    def searches(self, conf: ResolvConf, types: tuple[int, ...]) -> tuple[str, ...]:
        return tuple(each for each in conf.search if each != ".")

    def candidates(self, conf: ResolvConf, name: str, types: tuple[int, ...]) -> Iterator[Candidate]:
        """None below onion, which are no names of DNS (RFC 7686)."""
        return (each for each in super().candidates(conf, name, types) if not each.name.lower().endswith(".onion."))

    def judge(self, heard: Mapping[int, Heard], candidate: Candidate) -> Verdict:
        if any(each.found for each in heard.values()):
            return Verdict(Then.FOUND)
        last = [*heard.values()][-1]
        return Verdict(Then.NEXT, _error(last), outcome(last))

    def error(self, tried: Tried) -> str:
        given = [verdict.error for candidate, verdict in tried if candidate.given]
        return next(iter([*given, *(verdict.error for _, verdict in tried)]), _NO_SUCH_HOST)


def _error(heard: Heard) -> str:
    if heard.rcode is None:
        return "i/o timeout"
    return _NO_SUCH_HOST if heard.rcode in (codes.NOERROR, codes.NXDOMAIN) else "server misbehaving"
