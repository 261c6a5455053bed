"""How glibc walks the search list (2.36: `res_search`, and `getaddrinfo` through nss_dns).

It goes on after NXDOMAIN, NODATA and SERVFAIL. Anything else, silence too, ends the search list but not the walk: the
name as it was given is asked all the same.
"""

from collections.abc import Iterator, Mapping

from clusterdns.dns import codes
from clusterdns.stub.resolvconf import ResolvConf
from clusterdns.stub.rules import UNFIT, Candidate, Rules, Then, Tried, Verdict
from clusterdns.stub.steps import Heard, outcome


class Glibc(Rules):
    title = "glibc"
    unfit = Verdict(Then.LEAVE, "EAI_NONAME", UNFIT)

    def types(self, conf: ResolvConf, types: tuple[int, ...]) -> tuple[int, ...]:
        """Without AAAA where the option `no-aaaa` says so (2.36 and later)."""
        return tuple(each for each in types if each != codes.AAAA) if conf.has("no-aaaa") else types

    def candidates(self, conf: ResolvConf, name: str, types: tuple[int, ...]) -> Iterator[Candidate]:
        """Each once: with `.` in the search list the name is asked as it is there, and not again."""
        return iter({each.name: each for each in super().candidates(conf, name, types)}.values())

    def judge(self, heard: Mapping[int, Heard], candidate: Candidate) -> Verdict:
        """A reply that says what there is counts, whatever the other one says; if both fail it is the failure."""
        if any(each.found for each in heard.values()):
            return Verdict(Then.FOUND)
        said = {each.rcode for each in heard.values()}
        if codes.NXDOMAIN in said:
            return Verdict(Then.NEXT, "EAI_NONAME", "NXDOMAIN")
        if any(each.alias and each.rcode == codes.NOERROR for each in heard.values()):
            return Verdict(Then.STOP, "EAI_NONAME", "an alias that leads nowhere")
        if codes.NOERROR in said:
            return Verdict(Then.NEXT, "EAI_NODATA", "NODATA")
        last = [*heard.values()][-1]
        goes_on = last.rcode == codes.SERVFAIL or candidate.given
        return Verdict(Then.NEXT if goes_on else Then.LEAVE, "EAI_AGAIN", outcome(last))

    def error(self, tried: Tried) -> str:
        """Of the name as it was given if that came first, else NODATA or SERVFAIL if there were any, else the last."""
        errors = [verdict.error for _, verdict in tried]
        if tried[0][0].given:
            return errors[0]
        searched = [verdict for candidate, verdict in tried if not candidate.given]
        for each in ("EAI_NODATA", "EAI_AGAIN"):
            if any(verdict.error == each and verdict.then is Then.NEXT for verdict in searched):
                return each
        return errors[-1]
