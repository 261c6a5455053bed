from contextlib import suppress

import pytest
from chain import Chain, make_query
from hypothesis import assume, given
from hypothesis import strategies as st

from clusterdns.corefile import CorefileError
from clusterdns.dns import codes
from clusterdns.dns.edns import Opt
from clusterdns.dns.names import encode_name, from_labels, parse_name
from clusterdns.dns.record import Record
from clusterdns.dns.reply import FOREVER, NEVER, Dropped, Reply, Unanswered
from clusterdns.plugins.base import Plugin
from clusterdns.records.zones.reader import parse_record

ADDRESS = 'template IN A . {\n answer "{{ .Name }} 60 IN A 192.0.2.1"\n }'

MAPPED = "rewrite type AAAA A\n " + ADDRESS


def chain_of(*rules, below=ADDRESS):
    return Chain(f". {{\n{''.join(f' rewrite {rule}{chr(10)}' for rule in rules)} {below}\n}}")


def asked_below(query, *rules):
    """The question that comes to the plugins below."""
    chain, seen = chain_of(*rules), []
    chain.first = _watch(chain.setting.plugins["rewrite"], seen)
    chain.reply(query)
    return seen[0]


def _watch(rewrite, seen):
    async def below(query):
        seen.append(query.current)
        return Reply.to(query)

    return lambda query: rewrite.serve(query, below)


@pytest.mark.parametrize(
    ("rule", "asked", "instead"),
    [
        ("name old.example new.example", "old.example.", "new.example."),
        ("name exact Old.Example NEW.example", "OLD.example.", "new.example."),
        ("name old.example new.example", "www.old.example.", "www.old.example."),
        ("name prefix x- y-", "x-.example.", "y-.example."),  # a prefix gets a final dot too
        ("name prefix x- y-", "x-a.example.", "x-a.example."),
        ("name suffix .corp.example .example.org", "a.b.corp.example.", "a.b.example.org."),
        ("name suffix com org", "dotcom.", "dotorg."),  # it need not begin with a label
        ("name substring shop store", "a.shop.myshop.example.", "a.store.mystore.example."),
        (r"name regex (.*)\.in\.(eu|us)\.example {2}.{1}.example", "Web.in.EU.example.", "eu.web.example."),
        (r"name regex ^a\.(x)?\.?example b{1}.example", "a.example.", "b.example."),
        (r"name regex (.*)\.(corp)\.example {0}{1}.example", "a.corp.example.", "a.corp.examplea.example."),
    ],
)  # fmt: skip
def test_a_name_is_asked_for_in_place_of_another(rule, asked, instead):
    assert asked_below(make_query(f"{asked} A"), rule)[:-4].lower() == parse_name(instead)


def test_the_client_gets_its_own_name_back():
    chain = chain_of("name old.example new.example")
    assert chain.ask("old.example. A") == ["NOERROR aa", "old.example. 60 A 192.0.2.1"]


def test_the_question_of_the_reply_is_the_clients():
    query = make_query("Old.example. MX")
    chain_of("continue type MX A", "name old.example new.example").reply(query)
    assert query.question == encode_name("Old.example.") + b"\0\x0f\0\1"


def test_a_continued_rule_alone_leaves_the_question_as_it_asked_below():
    """As in CoreDNS, whose clients then see another question than theirs."""
    query = make_query("web.example. MX")
    chain_of("continue type MX A").reply(query)
    assert query.question == parse_name("web.example.") + b"\0\1\0\1"


@pytest.mark.parametrize("kind", ["suffix .old .new", "substring old new", r"regex (.*)\.old {1}.new"])
def test_other_matches_put_names_back_only_if_they_are_told(kind):
    assert chain_of(f"name {kind}").ask("web.old. A")[1] == "web.new. 60 A 192.0.2.1"
    assert chain_of(f"name {kind} answer auto").ask("web.old. A")[1] == "web.old. 60 A 192.0.2.1"


@pytest.mark.parametrize(
    ("record", "put_back"),
    [
        ("web.new. 60 IN SRV 0 1 80 web.new.", "web.old. 60 SRV 0 1 80 web.old."),
        ("web.new. 60 IN MX 10 web.new.", "web.old. 60 MX 10 web.old."),
        ("web.new. 60 IN NS web.new.", "web.old. 60 NS web.old."),
        ("web.new. 60 IN DNAME web.new.", "web.old. 60 DNAME web.old."),
        ("web.new. 60 IN PTR web.new.", "web.old. 60 PTR web.old."),
        ('web.new. 60 IN NAPTR 1 1 "s" "" "" web.new.', 'web.old. 60 NAPTR 1 1 "s" "" "" web.old.'),
        ("web.new. 60 IN SOA web.new. web.new. 1 2 3 4 5", "web.old. 60 SOA web.old. web.new. 1 2 3 4 5"),
        ("web.new. 60 IN RP web.new. web.new.", "web.old. 60 RP web.new. web.new."),
        ("web.new. 60 IN TXT web.new.", 'web.old. 60 TXT "web.new."'),
        ("xweb.new. 60 IN CNAME a.web.new.", "xweb.new. 60 CNAME a.web.old."),
        ("Web.NEW. 60 IN CNAME WEB.new.", "Web.NEW. 60 CNAME WEB.new."),  # CoreDNS minds the case here
    ],
)  # fmt: skip
def test_values_that_are_put_back(record, put_back):
    chain = chain_of("name web.old web.new")
    chain.first = _answer(chain, parse_record(record))
    assert chain.ask("web.old. ANY")[1] == put_back


def _answer(chain, *records, **reply):
    """The chain's rewrite plugin above a plugin that answers this, whatever is asked."""

    class Below(Plugin):
        async def serve(self, query, next):
            answer = Reply.to(query, **reply)
            answer.answer = list(records)
            answer.good_until = FOREVER
            return answer

    below = Below().serve

    async def last(query):
        return await below(query, None)

    return lambda query: chain.setting.plugins["rewrite"].serve(query, last)


def test_all_sections_are_put_back():
    chain = Chain(
        ". {\n rewrite name suffix .old .new answer auto\n template IN SRV . {\n"
        ' answer "{{ .Name }} 60 IN SRV 0 1 80 web.new."\n authority "new. 60 IN NS ns.new."\n'
        ' additional "web.new. 60 IN A 192.0.2.1"\n }\n}'
    )
    assert chain.ask("x.old. SRV") == [
        "NOERROR aa",
        "x.old. 60 SRV 0 1 80 web.old.",
        "authority new. 60 NS ns.old.",
        "additional web.old. 60 A 192.0.2.1",
    ]


def test_an_answer_is_rewritten_as_it_says():
    answer = r"answer name (.*)\.example {1}.out.example value (.*)\.example v.{1}"
    chain = chain_of(rf"name regex (.*)\.in\.example {{1}}.example {answer}")
    chain.first = _answer(chain, parse_record("web.example. 60 IN CNAME www.example."))
    assert chain.ask("web.in.example. ANY")[1] == "web.out.example. 60 CNAME v.www."


def test_rules_are_undone_last_first():
    chain = chain_of("continue name suffix .one .two answer auto", "name suffix .two .three answer auto")
    assert chain.ask("web.one. A")[1] == "web.one. 60 A 192.0.2.1"
    assert chain.ask("web.two. A")[1] == "web.two. 60 A 192.0.2.1"


def test_the_first_rule_that_applies_is_the_last_unless_it_continues():
    assert chain_of("name suffix .a .b", "name suffix .b .c").ask("x.a. A")[1] == "x.b. 60 A 192.0.2.1"
    assert chain_of("continue name suffix .a .b", "name suffix .b .c").ask("x.a. A")[1] == "x.c. 60 A 192.0.2.1"


def test_a_name_that_would_be_none_is_a_failure_that_says_so():
    chain = chain_of("name regex (.*) a..{1}")
    assert chain.ask("web.example. A") == ["SERVFAIL unanswered invalid name after rewrite: a..web.example.."]
    query = make_query("Web.example. A")
    with pytest.raises(Exception, match="invalid name"):
        chain.reply(query)
    assert query.spelled == encode_name("Web.example.")


def test_a_reply_with_a_name_that_would_be_none_is_not_sent():
    chain = chain_of("name regex (.*)[.] {1}.x answer name (.*) {1}." + "y" * 64)
    with pytest.raises(Dropped):
        chain.reply(make_query("web. A"))


def test_a_name_put_back_that_would_be_too_long_is_not_sent():
    chain = chain_of("name regex .* new. answer auto")
    long = ".".join(["x" * 50] * 4) + "."
    chain.first = _answer(chain, Record(encode_name("y" * 60 + ".new."), codes.TXT, 5, b"\1x"))
    with pytest.raises(Dropped):
        chain.reply(make_query(f"{long} A"))


def test_types_and_classes_are_asked_for_in_place_of_others():
    assert asked_below(make_query("web. AAAA"), "type aaaa A") == b"\3web\0\0\1\0\1"
    assert asked_below(make_query("web. CH TXT"), "class CH in") == b"\3web\0\0\x10\0\1"
    assert asked_below(make_query("web. MX"), "type AAAA A") == b"\3web\0\0\x0f\0\1"


@pytest.mark.parametrize(
    ("rule", "ttl"),
    [
        ("web.example 7", 7),
        ("exact web.example 7", 7),
        ("other.example 7", 60),
        ("prefix web 7", 7),  # that is the label `web`
        ("suffix example 90-", 90),
        ("substring .exam 7", 60),
        ("substring b.example 10-50", 50),
        ("regex ^w.b -45", 45),
        ("regex ^w.b 30-90", 60),
    ],
)
def test_ttls_are_brought_between_bounds(rule, ttl):
    assert chain_of(f"ttl {rule}").ask("WEB.example. A")[1] == f"web.example. {ttl} A 192.0.2.1"


def test_the_ttl_of_an_opt_record_is_its_flags_and_so_they_change_as_in_coredns():
    chain = chain_of("ttl regex .* 3600-")
    reply = Reply()
    reply.opt = Opt(1232, codes.DO)

    async def below(_):
        return reply

    chain.first = lambda query: chain.setting.plugins["rewrite"].serve(query, below)
    assert chain.reply(make_query("web. A", opt=Opt(1232))).opt.flags == codes.DO
    reply.opt = Opt(1232, 0)
    assert chain.reply(make_query("web. A", opt=Opt(1232))).opt.flags == 3600
    assert reply.opt.flags == 0


def test_response_codes_are_changed():
    below = "template IN A no.example {\n rcode NXDOMAIN\n }"
    chain = chain_of("rcode exact no.example NXDOMAIN 0", below=below)
    assert chain.ask("no.example. A") == ["NOERROR aa"]
    assert chain.ask("other. A")[0].startswith("SERVFAIL unanswered")


def test_a_code_of_more_than_four_bits_has_the_name_that_it_has_in_coredns():
    below = "template IN A . {\n rcode NXDOMAIN\n }"
    chain = Chain(f". {{\n log . {{rcode}}\n rewrite rcode regex .* NXDOMAIN badsig\n {below}\n}}")
    assert chain.ask("web. A")[0].startswith("BADSIG")
    assert chain.log.getvalue() == "[INFO] BADSIG\n"


def test_a_code_without_a_reply_is_changed_too_and_why_there_is_none_is_logged():
    chain = Chain(". {\n errors\n rewrite rcode regex .* SERVFAIL NXDOMAIN\n minimal\n}")
    assert chain.ask("web.example. A") == ["NXDOMAIN"]
    assert chain.log.getvalue() == ("[ERROR] plugin/errors: 0 web.example. A: plugin/minimal: no next plugin found\n")


def test_the_log_of_errors_names_what_was_asked_instead():
    chain = Chain(". {\n errors\n rewrite continue type MX A\n rewrite name old new\n minimal\n}")
    chain.ask("old. MX")
    assert "0 new. A: " in chain.log.getvalue()


def test_the_query_log_has_the_clients_name_and_what_else_was_asked_instead():
    chain = Chain(f". {{\n log\n rewrite continue type MX A\n rewrite name old. longer.name.\n {ADDRESS}\n}}")
    chain.ask("old. MX")
    assert ' "A IN old. udp 29 false 512" NOERROR' in chain.log.getvalue()


def test_metrics_have_the_zone_and_size_that_came_and_the_type_that_was_asked_instead():
    chain = Chain(
        "old. new. {\n prometheus 127.0.0.1:0\n rewrite continue type MX A\n rewrite name www.old longer.name.new\n"
        f" {ADDRESS}\n}}"
    )
    chain.ask("www.old. MX")
    requests, sizes = (
        next(family for family in chain.world.metrics.collect() if family.name == f"coredns_dns_{name}")
        for name in ("requests_total", "request_size_bytes")
    )
    labels = dict(requests.samples[0].labels)
    assert (labels["zone"], labels["type"]) == ("old.", "A")
    assert next(sample.value for sample in sizes.samples if sample.suffix == "_sum") == 12 + 9 + 4


def test_plugins_above_decide_by_what_the_client_asked():
    chain = Chain(f". {{\n dns64 {{\n allow_ipv4\n }}\n nsid\n rewrite continue edns0 nsid set\n {MAPPED}\n}}")
    assert chain.reply(make_query("web. A", opt=Opt(1232))).opt is None
    assert chain.ask("web. AAAA")[1] == "web. 60 AAAA 64:ff9b::c000:201"


def zone_chain(tmp_path, rule, zone):
    (tmp_path / "zone").write_text("@ 60 SOA ns h 1 2 3 4 5\n" + zone)
    return Chain(f". {{\n rewrite {rule}\n file zone example.\n}}", root=tmp_path)


ALIASES = "a 60 CNAME b\nb A 192.0.2.2\nc A 192.0.2.3\nd A 192.0.2.4\nlong CNAME a\n"


@pytest.mark.parametrize(
    "rule", ["b.example c.example", "exact B.example. c.example.", "prefix b. c.", "regex ^b([.].*)$ c{1}"]
)
def test_an_alias_is_led_elsewhere(tmp_path, rule):
    chain = zone_chain(tmp_path, f"cname {rule}", ALIASES)
    assert chain.ask("a.example. A") == [
        "NOERROR aa",
        "a.example. 60 CNAME c.example.",
        "c.example. 60 A 192.0.2.3",
    ]
    assert chain.ask("d.example. A") == ["NOERROR aa", "d.example. 60 A 192.0.2.4"]


def test_the_first_of_two_aliases_is_led_elsewhere(tmp_path):
    chain = zone_chain(tmp_path, "cname a.example d.example", ALIASES)
    assert chain.ask("long.example. A")[1:] == ["long.example. 60 CNAME d.example.", "d.example. 60 A 192.0.2.4"]


def test_an_alias_that_leads_nowhere_keeps_its_new_target(tmp_path):
    chain = zone_chain(tmp_path, "cname b.example nothere.example", ALIASES)
    assert chain.ask("a.example. A")[1:] == ["a.example. 60 CNAME nothere.example."]


@pytest.mark.parametrize("rule", [r"regex (.*)\.example\. {1}.other", "suffix b.example. c.example"])
def test_an_alias_that_is_led_to_a_name_without_its_final_dot_is_not_sent(tmp_path, rule):
    chain = zone_chain(tmp_path, f"cname {rule}", ALIASES)
    assert chain.ask("a.example. A") == ["dropped"]


def test_an_alias_that_leads_to_itself_ends(tmp_path):
    chain = zone_chain(tmp_path, "cname regex .* a.example.", ALIASES)
    assert chain.ask("a.example. A")[0].startswith("NOERROR")


def test_a_transfer_is_rewritten_message_by_message(tmp_path):
    (tmp_path / "zone").write_text("@ 60 SOA ns h 1 2 3 4 5\nweb A 192.0.2.1\n")
    chain = Chain(
        ". {\n rewrite continue ttl regex .* 7\n rewrite cname b.example c.example\n transfer example {\n to *\n }\n"
        " file zone example\n}",
        root=tmp_path,
    )
    reply = chain.reply(make_query("example. AXFR", transport="tcp"))
    assert {record.ttl for batch in reply.transfer for record in batch} == {7}


@given(
    labels=st.lists(st.binary(min_size=1, max_size=63), max_size=6),
    rule=st.sampled_from([
        "name prefix a b answer auto",
        "name suffix . .example.org answer auto",
        "name substring 0 00 answer auto",
        r"name substring \ . answer value (.*) {1}{1}",
        r"name regex ^(.*)(.)\.$ {2}.{1} answer name (.*) x{1}",
        "name regex [^a] a answer auto",
        "ttl regex (0|a) 5",
    ]),
)  # fmt: skip
def test_whatever_the_name_there_is_a_reply_or_a_reason_for_none(labels, rule):
    wire = from_labels(labels)
    assume(len(wire) <= 255)
    query = make_query("web. CNAME")
    query.rename(wire)
    chain = chain_of(rule)
    chain.first = _answer(chain, Record(wire, codes.CNAME, 5, wire))
    with suppress(Dropped, Unanswered):
        assert all(len(record.owner) <= 255 for record in chain.reply(query).answer)


# What may be kept.


@pytest.mark.parametrize(
    ("rule", "keeps", "case"),
    [
        ("name web.new web.old", FOREVER, True),  # for another name
        ("name web.old web.new", FOREVER, False),
        ("ttl web.old 7", FOREVER, True),
        ("type A AAAA", FOREVER, True),
        ("edns0 local set 0xffee {qname}", FOREVER, False),
        ("edns0 local set 0xffee {protocol}", FOREVER, True),
        ("edns0 local set 0xffee {client_ip}", NEVER, False),
        ("edns0 local set 0xffee {some/label}", NEVER, True),
        ("edns0 subnet set 24 56", NEVER, False),
    ],
)
def test_a_reply_may_be_kept_unless_the_client_decided(rule, keeps, case):
    chain = chain_of(rule)
    zone = parse_name("old")

    async def below(query):
        reply = Reply.to(query)
        reply.good_until, reply.case_zone, reply.still = FOREVER, zone, lambda: True
        return reply

    chain.first = lambda query: chain.setting.plugins["rewrite"].serve(query, below)
    reply = chain.reply(make_query("web.old. A"))
    assert reply.good_until == keeps
    assert keeps == NEVER or (reply.case_zone == zone) == case
    assert reply.still()


@pytest.mark.parametrize(
    ("rule", "passes"),
    [
        ("name a.example b.example", True),
        ("name web.old b.example", False),
        ("name old b.example", False),
        ("name suffix .example .old", True),
        ("name suffix .old .example", False),
        ("name suffix ld .example", False),
        ("ttl suffix b.old 7", False),
        ("ttl prefix b 7", False),
        ("name substring b c", False),
        ("name regex b c", False),
        ("type A AAAA", False),
        ("cname a b", False),
    ],
)
def test_names_that_no_rule_is_for_need_not_come_by(rule, passes):
    assert chain_of(rule).setting.plugins["rewrite"].passes(parse_name("old")) == passes


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ("foo a b", "unknown field 'foo'"),
        ("stop", "a field to rewrite is missing"),
        ("name a.com", "at least 2 words are expected, not 1"),
        ("name infix a b", "unknown match 'infix'"),
        ("name regex ([a b", "is not a regular expression"),
        ("name regex (.*) {1}.{2}.com", "uses 2 groups"),
        ("name exact a.com (b", "is not a regular expression"),
        ("name suffix a b foo auto", "unexpected 'foo'"),
        ("name suffix a b answer", "is missing after 'answer'"),
        ("name suffix a b answer name c", "answer name takes"),
        ("name suffix a b answer auto answer name c d", "does not go with"),
        ("type A", "at least 2 words are expected, not 1"),
        ("type A AAAA MX", "unexpected 'MX'"),
        ("type A XY", "unknown record type 'XY'"),
        ("ttl web - ", "has no bound"),
        ("ttl web 5x", "is not a number of seconds"),
        ("ttl web 9-3", "9 is more than 3"),
        ("rcode web 24 0", "unknown response code '24'"),
        ("rcode web 3 BADVERS", "unknown response code 'BADVERS'"),  # CoreDNS has it as BADSIG only
        ("cname infix a b", "unknown match 'infix'"),
        ("cname a b c d", "unexpected 'd'"),
        ("edns0 local", "are expected after 'edns0'"),
        ("edns0 cookie set", "unknown option 'cookie'"),
        ("edns0 nsid put", "unknown action 'put'"),
        ("edns0 nsid set x", "unexpected 'x'"),
        ("edns0 local set 0xffee", "more is expected after '0xffee'"),
        ("edns0 local set 0x1ffff a", "is more than 65535"),
        ("edns0 local set 1 0xabc", "is not hexadecimal"),
        ("edns0 local set 1 {foo}", "unknown variable '{foo}'"),
        ("edns0 subnet set 33 56", "more than the 32 bits"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(rule, problem):
    with pytest.raises(CorefileError, match=r"^Corefile:2: rewrite: ") as caught:
        chain_of(rule)
    assert problem in str(caught.value)


def test_a_rule_may_stand_in_a_block():
    chain = Chain(". {\n rewrite stop {\n name suffix .old .new\n answer auto\n }\n " + ADDRESS + "\n}")
    assert chain.ask("web.old. A")[1] == "web.old. 60 A 192.0.2.1"
