r"""rewrite: asks plugins below for something else than the client did, and puts their replies back or changes them.

Syntax:
    rewrite [continue|stop] name [exact|prefix|suffix|substring|regex] FROM TO [answer auto]
    rewrite [continue|stop] name [exact|prefix|suffix|substring|regex] FROM TO [answer name|value FROM TO]...
    rewrite [continue|stop] type FROM TO
    rewrite [continue|stop] class FROM TO
    rewrite [continue|stop] edns0 local set|append|replace CODE DATA|{VARIABLE} [revert]
    rewrite [continue|stop] edns0 nsid set|append|replace [revert]
    rewrite [continue|stop] edns0 subnet set|append|replace IPV4BITS IPV6BITS [revert]
    rewrite [continue|stop] edns0 local|nsid|subnet unset [CODE]
    rewrite [continue|stop] ttl [exact|prefix|suffix|substring|regex] NAME SECONDS|MIN-MAX|MIN-|-MAX
    rewrite [continue|stop] cname [exact|prefix|suffix|substring|regex] FROM TO
    rewrite [continue|stop] rcode [exact|prefix|suffix|substring|regex] NAME FROM TO

Rules are looked at in the order in which they stand, up to the first that applies; behind one with `continue` the next
are looked at too. A match is `exact` by default. In TO of a regular expression `{1}` is what its first group matched.
FROM, TO and NAME get a final dot if they have none, also those of a prefix or substring: `prefix x- y-` is about the
label `x-`.

The reply repeats the question of the client. Names in it are put back by `name exact`, by others with `answer auto`:
owners, and the names that CNAME, DNAME, SOA, SRV, MX, NAPTR, NS and PTR point at. `answer name` and `answer value`
change the one or the other by a regular expression. `ttl`, `rcode` and `cname` change replies alone; the new target of
a CNAME is looked up by the server itself, and has to end with a dot unless the match is `exact`: otherwise nothing is
answered. The rule that was applied last is undone first.

`edns0` changes options of the query: of local use by their CODE, the name server identifier (RFC 5001), or the client's
subnet (RFC 7871). DATA is text, or octets as 0x…. Variables are {qname}, {qtype}, {client_ip}, {client_port},
{protocol}, {server_ip}, {server_port}, and labels of the metadata plugin such as {kubernetes/client-namespace}. With
`revert` the reply shows the client's options again.

Examples:
    . {
        rewrite name api.example.org api.default.svc.cluster.local
        rewrite name suffix .corp.example .default.svc.cluster.local answer auto
        rewrite continue ttl regex .* 30-300
        rewrite stop {
            name regex (.*)\.eu\.example {1}.example
            answer name (.*)\.example {1}.eu.example
        }
        whoami
    }

    . {
        metadata
        rewrite continue edns0 local set 0xffee {kubernetes/client-namespace} revert
        rewrite edns0 subnet set 24 56
        kubernetes cluster.local
        forward . 9.9.9.9
    }
"""

from collections.abc import Sequence

from clusterdns.corefile import Args
from clusterdns.dns.codes import NOERROR, SERVFAIL
from clusterdns.dns.encode import reply_opt
from clusterdns.dns.names import Name, name_text
from clusterdns.dns.query import Query
from clusterdns.dns.reply import NEVER, Failure, Reply, Unanswered
from clusterdns.plugins.base import Next, Plugin, Setting
from clusterdns.plugins.rewrite.changes import Change, OptionChange, change_reply
from clusterdns.plugins.rewrite.options import read_rules
from clusterdns.plugins.rewrite.rules import Invalid, Rule


class Rewrite(Plugin):
    """Rewrites queries by its rules. The query itself is changed, as plugins above are to see what was asked."""

    name = "rewrite"

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = rules

    def passes(self, zone: Name) -> bool:
        text = name_text(zone)
        return all(rule.spares(text) for rule in self.rules)

    async def serve(self, query: Query, next: Next) -> Reply:
        applied, changes, personal = self._apply(query)
        if changes or (applied and applied[-1].stop):
            reply = await _ask(query, next, changes)
        else:
            if applied:
                query.question = query.current  # CoreDNS puts it back only if there is more to do
            reply = await next(query)
        spelled = any(rule.spelled for rule in applied)
        if reply.good_until == NEVER or not (personal or spelled):
            return reply
        own = reply.copy()
        own.still = reply.still
        if personal:
            own.good_until = NEVER
        if spelled:
            own.case_zone = None
        return own

    def _apply(self, query: Query) -> tuple[list[Rule], list[Change], bool]:
        """The rules that apply, what is to be done to the reply, and whether the client decided anything."""
        applied: list[Rule] = []
        changes: list[Change] = []
        personal = False
        before, *kind = query.spelled, query.qtype, query.qclass
        for rule in self.rules:
            personal = personal or rule.personal
            try:
                further = rule.apply(query)
            except Invalid as error:
                query.rename(before)
                query.retype(*kind)
                raise Unanswered(SERVFAIL, f"invalid name after rewrite: {error}") from None
            if further is not None:
                applied.append(rule)
                changes += further
                if rule.stop:
                    break
        return applied, changes, personal


async def _ask(query: Query, next: Next, changes: Sequence[Change]) -> Reply:
    """The changed reply of the plugins below. That they have none is one too."""
    failure: Unanswered | None = None
    try:
        reply = await next(query)
    except Unanswered as outcome:
        reply, failure = Reply.to(query, outcome.rcode), outcome
        reply.opt = reply_opt(query, reply)
        if reply.opt is not None:
            query.replace_opt(reply.opt)  # whoever is above sees what is echoed, and no more
    reply = await change_reply(query, reply, changes)
    for change in reversed(changes):
        if isinstance(change, OptionChange) and query.opt is not None:
            query.opt = change.revert(query.opt)
    if failure is not None:
        written = Failure(reply.rcode, reply.flags)
        written.opt = reply.opt
        written.cause = Unanswered(NOERROR, failure.reason, failure.plugin)
        return written
    return reply


def setup(args: Args, setting: Setting) -> Plugin:
    """Reads `rewrite`. Raises `CorefileError`."""
    rules = list(read_rules(args))
    for rule in rules:
        setting.world.echoed.update(rule.echoed)
    return Rewrite(rules)
