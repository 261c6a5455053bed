"""How musl walks the search list (1.2.3 to 1.2.5: `getaddrinfo`).

It goes on at NXDOMAIN only, and a name with enough dots is asked as it is and nowhere else. SERVFAIL and REFUSED are
no replies to it: it asks again until its time is up (`timeout`, 5 s), and stops.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from clusterdns.dns import codes
from clusterdns.stub.limits import exceeds_musl
from clusterdns.stub.resolvconf import ResolvConf
from clusterdns.stub.rules import UNFIT, Candidate, Rules, Then, Verdict
from clusterdns.stub.steps import Heard, joined, outcome

_ADDRESSES: Final = {codes.A, codes.AAAA}


class Musl(Rules):
    title = "musl"
    unfit = Verdict(Then.NEXT, "EAI_NONAME", UNFIT)

    def together(self, conf: ResolvConf) -> bool:
        return True

    def searches(self, conf: ResolvConf, types: tuple[int, ...]) -> tuple[str, ...]:
        """None for other types than A and AAAA (`res_search` is `res_query`), nor those of a line that is too long."""
        if not _ADDRESSES.issuperset(types) or exceeds_musl(conf):
            return ()
        return conf.search

    def candidates(self, conf: ResolvConf, name: str, types: tuple[int, ...]) -> Iterator[Candidate]:
        if name.count(".") >= conf.ndots:
            return iter([Candidate(joined(name), given=True)])
        return super().candidates(conf, name, types)

    def judge(self, heard: Mapping[int, Heard], candidate: Candidate) -> Verdict:
        for each in heard.values():
            match each.rcode:
                case codes.NOERROR:
                    continue
                case codes.NXDOMAIN:
                    return Verdict(Then.NEXT, "EAI_NONAME", outcome(each))
            return Verdict(Then.STOP, "EAI_AGAIN", outcome(each))
        if any(each.found for each in heard.values()):
            return Verdict(Then.FOUND)
        return Verdict(Then.STOP, "EAI_NODATA", "NODATA")  # before 1.2.4 the program was told EAI_NONAME
