"""How c-ares walks the search list (1.34: `ares_getaddrinfo`, `ares_search`).

It goes on after NXDOMAIN and NODATA, and stops at anything else; but after a name of one label it goes on at SERVFAIL
and REFUSED too, since some forwarders say so of such names.
"""

from collections.abc import Mapping
from typing import Final

from clusterdns.dns import codes
from clusterdns.stub.resolvconf import ResolvConf
from clusterdns.stub.rules import UNFIT, Candidate, Rules, Then, Tried, Verdict
from clusterdns.stub.steps import Heard, outcome

_ERRORS: Final = {
    None: "ARES_ETIMEOUT",
    codes.NOERROR: "ARES_ENODATA",
    codes.FORMERR: "ARES_EFORMERR",
    codes.SERVFAIL: "ARES_ESERVFAIL",
    codes.NXDOMAIN: "ARES_ENOTFOUND",
    codes.NOTIMP: "ARES_ENOTIMP",
    codes.REFUSED: "ARES_EREFUSED",
}


class CAres(Rules):
    title = "c-ares"
    unfit = Verdict(Then.STOP, "ARES_EBADNAME", UNFIT)

    def together(self, conf: ResolvConf) -> bool:
        return True

    def judge(self, heard: Mapping[int, Heard], candidate: Candidate) -> Verdict:
        if any(each.found for each in heard.values()):
            return Verdict(Then.FOUND)
        last = [*heard.values()][-1]
        goes_on = last.rcode in (codes.NOERROR, codes.NXDOMAIN) or (
            last.rcode in (codes.SERVFAIL, codes.REFUSED) and candidate.name.count(".") == 1
        )
        error = _ERRORS.get(last.rcode, "ARES_ENODATA")
        return Verdict(Then.NEXT if goes_on else Then.STOP, error, outcome(last))

    def error(self, tried: Tried) -> str:
        """NODATA of any name counts for more than that the last one does not exist."""
        errors = [verdict.error for _, verdict in tried]
        return "ARES_ENODATA" if errors[-1] == "ARES_ENOTFOUND" and "ARES_ENODATA" in errors else errors[-1]
