"""template: answers that are made of the question by templates.

Syntax:
    template CLASS TYPE [ZONES...] {
        match REGEX...
        var NAME EXPRESSION
        expr EXPRESSION
        answer RR...
        additional RR...
        authority RR...
        rcode CODE
        ederror CODE [REASON]
        fallthrough [ZONES...]
    }

A query of the class, type (ANY is all of them) and zones, those of the server block by default, is taken if its name
matches one of the REGEXes, all of them if there are none, and every `expr` is true. RR is the text of a record in Go's
template language, with `.Zone`, `.Name`, `.Class`, `.Type`, `.Match`, `.Group`, `.Message`, `.Question`, `.Remote`,
`.Var`, `.Meta` and the function `parseInt`. `var` sets `.Var.NAME` to what EXPRESSION gives; expressions have the
functions `type()`, `name()`, `class()`, `proto()`, `size()`, `client_ip()`, `port()`, `id()`, `opcode()`, `do()`,
`bufsize()`, `server_ip()`, `server_port()`, `incidr()`, `metadata()`, `group()` and those of the expr language.
`ederror` adds an extended error (RFC 8914). A query in the zones that is not taken is SERVFAIL, unless it may fall
through to the next directive or plugin. Targets of CNAMEs are looked up by the server itself.

Metrics: `coredns_template_matches_total`, `coredns_template_template_failures_total`,
`coredns_template_rr_failures_total`.

Examples:
    . {
        template IN A example {
            match (^|[.])ip-10-(?P<b>[0-9]*)-(?P<c>[0-9]*)-(?P<d>[0-9]*)[.]example[.]$
            answer "{{ .Name }} 60 IN A 10.{{ .Group.b }}.{{ .Group.c }}.{{ .Group.d }}"
            fallthrough
        }
        template ANY ANY invalid {
            rcode NXDOMAIN
            authority "invalid. 60 {{ .Class }} SOA ns.invalid. hostmaster.invalid. (1 60 60 60 60)"
            ederror 21 "Blocked according to RFC2606"
        }
        whoami
    }
"""

from collections.abc import Sequence
from functools import partial

from clusterdns.corefile import Args
from clusterdns.dns import codes
from clusterdns.dns.query import Query
from clusterdns.dns.record import Record
from clusterdns.dns.reply import FOREVER, NEVER, Reply, Unanswered
from clusterdns.metrics import Metrics
from clusterdns.plugins.base import Next, Plugin, Setting
from clusterdns.plugins.template.data import Match
from clusterdns.plugins.template.options import read_rules
from clusterdns.plugins.template.rule import Failed, Refused, Rule


class TemplatePlugin(Plugin):
    """Answers by the first rule that takes a query."""

    name = "template"

    def __init__(self, rules: Sequence[Rule], metrics: Metrics) -> None:
        self.rules = rules
        self.of_the_question = all(rule.of_the_question for rule in rules)
        labels = ("server", "zone", "view", "class", "type")
        name = "coredns_template_{}_total".format
        self.matches = metrics.counter(name("matches"), "Queries that templates took.", labels)
        failed = (*labels, "section", "template")
        self.unfilled = metrics.counter(name("template_failures"), "Templates that could not be filled in.", failed)
        self.unreadable = metrics.counter(name("rr_failures"), "Templates whose text is no record.", failed)

    async def serve(self, query: Query, next: Next) -> Reply:
        for rule in self.rules:
            try:
                match = rule.match(query)
            except Refused:
                raise Unanswered(codes.SERVFAIL, "", self.name) from None
            if match is not None:
                return await self._answer(rule, match)
        reply = await next(query)
        if reply.good_until == NEVER or self.of_the_question:
            return reply
        reply = reply.copy()
        reply.good_until = NEVER
        return reply

    async def _answer(self, rule: Rule, match: Match) -> Reply:
        labels = (match.query.server.address, match.zone, match.query.view, match.qclass, match.qtype)
        self.matches.add(labels)
        match.query.also_count(partial(self.matches.add, labels))
        if rule.rcode == codes.SERVFAIL:
            raise Unanswered(codes.SERVFAIL, "", self.name)
        reply = Reply.to(match.query, rule.rcode, codes.AA)
        if self.of_the_question:
            reply.good_until = FOREVER
        try:
            for record in rule.records("answer", match):
                reply.answer.append(record)
                if record.rtype == codes.CNAME and match.query.qtype in (codes.A, codes.AAAA):
                    await self._follow(record, match.query, reply)
            reply.additional += rule.records("additional", match)
            reply.authority += rule.records("authority", match)
        except Failed as failed:
            counter = self.unreadable if failed.filled else self.unfilled
            counter.add((*labels, failed.section, failed.template))
            raise Unanswered(codes.SERVFAIL, str(failed)) from None
        reply.opt = rule.opt
        return reply

    async def _follow(self, record: Record, query: Query, reply: Reply) -> None:
        """Adds what a CNAME points at, as the server itself would answer (CoreDNS's upstream)."""
        found = await query.server.ask(query, record.rdata, query.qtype)
        if found is None:
            reply.good_until = NEVER
            return
        reply.answer += found.answer
        reply.flags = reply.flags & ~codes.TC | found.flags & codes.TC
        reply.good_until = min(reply.good_until, found.good_until)


def setup(args: Args, setting: Setting) -> Plugin:
    """Reads `template`. Raises `CorefileError` for unknown classes, types, codes and functions."""
    rules = read_rules(args)
    doubts = [doubt for rule in rules for doubt in rule.doubts]

    async def warn() -> None:
        for doubt in doubts:
            setting.world.log.warning(str(doubt), TemplatePlugin.name)

    setting.on_start(warn)
    setting.on_check(lambda: doubts)
    return TemplatePlugin(rules, setting.world.metrics)
