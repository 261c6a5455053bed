from ipaddress import IPv6Address, IPv6Network

import pytest
from chain import Chain, Itself, make_query

from clusterdns.corefile import CorefileError
from clusterdns.dns.edns import Opt
from clusterdns.dns.names import encode_name
from clusterdns.dns.reply import FOREVER
from clusterdns.plugins.dns64 import embed

V4, V6 = "192.0.2.7", "2001:db8::7"


def template(rtype, *lines):
    return f" template IN {rtype} {{\n" + "\n".join(f"  {line}" for line in lines) + "\n }\n"


ADDRESS = template("A", 'answer "{{ .Name }} 60 IN A 192.0.2.1"', 'authority "example. 9 IN NS ns.example."')
NO_DATA = template("AAAA", 'authority "example. 30 IN SOA ns.example. h.example. 1 1 1 1 1"')
WEB = "Web.example. AAAA"


def ask(*templates, line="dns64", question=WEB, client=V6):
    return Chain(f". {{\n {line}\n" + "".join(templates) + "}").ask(question, client=client)


def test_a_name_with_ipv4_addresses_only_gets_them_behind_the_prefix():
    assert ask(NO_DATA, ADDRESS) == [
        "NOERROR", "web.example. 30 AAAA 64:ff9b::c000:201", "authority example. 9 NS ns.example.",
    ]  # fmt: skip


def test_the_reply_has_the_opt_record_of_that_for_the_ipv4_addresses():
    chain = Chain(". {\n dns64\n" + NO_DATA + ADDRESS + "}")
    query = make_query(WEB, client=V6, opt=Opt(1232, options=((8, b"\0\1\0\0"), (10, b"a-cookie"))))
    query.server = Itself(chain)
    opt = chain.reply(query).opt
    assert opt is not None
    assert (opt.size, opt.options) == (1232, ((10, b"a-cookie"),))


def test_without_a_soa_record_the_ttl_is_at_most_ten_minutes():
    long = template("A", 'answer "{{ .Name }} 3600 IN A 192.0.2.1"')
    assert ask(template("AAAA", "rcode NOERROR"), long) == ["NOERROR", "web.example. 600 AAAA 64:ff9b::c000:201"]


def test_all_records_but_addresses_stay_as_they_are():
    cname = template("A", 'answer "{{ .Name }} 60 IN CNAME other.example."', "rcode NXDOMAIN")
    found = ask(NO_DATA, template("A", 'answer "x.example. 60 IN TXT x"', 'additional "y.example. 1 IN A 192.0.2.9"'))
    assert found == ["NOERROR", 'x.example. 60 TXT "x"', "additional y.example. 1 A 192.0.2.9"]
    assert ask(NO_DATA, cname)[0] == "NOERROR"  # whatever the response code of the A records was


@pytest.mark.parametrize(
    "aaaa",
    [
        template("AAAA", 'answer "{{ .Name }} 60 IN AAAA 2001:db8::1"'),
        template("AAAA", "rcode NXDOMAIN", 'authority "example. 30 IN SOA ns.example. h.example. 1 1 1 1 1"'),
        template("AAAA", "rcode SERVFAIL"),
    ],
    ids=["has one", "no such name", "no reply"],
)
def test_names_that_need_no_help_are_left_alone(aaaa):
    assert ask(aaaa, ADDRESS) == ask(aaaa, ADDRESS, line="")


def test_a_refusal_is_taken_for_no_data():
    assert ask(template("AAAA", "rcode REFUSED"), ADDRESS)[1] == "web.example. 60 AAAA 64:ff9b::c000:201"


def test_clients_of_ipv4_are_left_alone_unless_allowed():
    assert ask(NO_DATA, ADDRESS, client=V4) == ask(NO_DATA, ADDRESS, line="")
    assert "c000:201" in ask(NO_DATA, ADDRESS, line="dns64 {\n allow_ipv4\n }", client=V4)[1]


def test_other_questions_are_left_alone():
    assert ask(NO_DATA, ADDRESS, question="web.example. A") == ask(ADDRESS, line="", question="web.example. A")


def test_addresses_that_there_are_can_be_replaced():
    aaaa = template("AAAA", 'answer "{{ .Name }} 60 IN AAAA 2001:db8::1"')
    found = ask(aaaa, ADDRESS, line="dns64 {\n translate_all\n prefix 2001:db8:64::/96\n }")
    assert found[1] == "web.example. 60 AAAA 2001:db8:64::c000:201"


def test_options_behind_a_prefix_on_the_line_count_for_nothing_as_in_coredns():
    assert ask(NO_DATA, ADDRESS, line="dns64 64:9::/96 {\n allow_ipv4\n }", client=V4) == ask(NO_DATA, line="")
    assert ask(NO_DATA, ADDRESS, line="dns64 64:9::/96 {\n allow_ipv4\n }")[1].endswith(" 64:9::c000:201")


def test_what_is_good_for_all_clients_of_ipv6_may_be_kept():
    chain = Chain(f". {{\n dns64\n{NO_DATA}{ADDRESS}}}")
    assert chain.reply(make_query(WEB, client=V6)).good_until == FOREVER


def test_translations_are_counted():
    chain = Chain(f". {{\n dns64\n{NO_DATA}{ADDRESS}}}")
    for client in (V4, V6, V6):
        chain.ask(WEB, client=client)
    counter = chain.world.metrics.counter("coredns_dns64_requests_translated_total", "", ("server",))
    assert counter.values == {("dns://:53",): 2}


@pytest.mark.parametrize(
    ("prefix", "address"),
    [  # RFC 6052 2.4
        ("2001:db8::/32", "2001:db8:c000:221::"),
        ("2001:db8:100::/40", "2001:db8:1c0:2:21::"),
        ("2001:db8:122::/48", "2001:db8:122:c000:2:2100::"),
        ("2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::"),
        ("2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100::"),
        ("2001:db8:122:344::/96", "2001:db8:122:344::192.0.2.33"),
        ("2001:db8:122:344::/72", "2001:db8:122:344:c0:2:2100::"),
    ],
)
def test_addresses_stand_where_the_rfc_wants_them(prefix, address):
    assert embed(IPv6Network(prefix), bytes((192, 0, 2, 33))) == IPv6Address(address).packed


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ("dns64 foobar", "PREFIX 'foobar' is not a network"),
        ("dns64 64:ff9b::/52", "PREFIX '64:ff9b::/52' is not of IPv6 with 32, 40, 48 … 96 bits"),
        ("dns64 {\n prefix 64:ff9b::/104\n }", "PREFIX '64:ff9b::/104' is not of IPv6"),
        ("dns64 {\n prefix 8.8.9.9/24\n }", "PREFIX '8.8.9.9/24' is not of IPv6"),
        ("dns64 {\n prefix\n }", "PREFIX is missing after 'prefix'"),
        ("dns64 {\n prefix 64:ff9b::/96 more\n }", "unknown property 'more'"),
        ("dns64 {\n foobar\n }", "unknown property 'foobar'"),
        ("dns64 64:ff9b::/96 64:ff9b::/96", "'64:ff9b::/96' is one argument too many"),
    ],
)
def test_what_is_no_prefix_is_refused(lines, complaint):
    with pytest.raises(CorefileError, match=f"dns64: {complaint}"):
        Chain(f". {{\n {lines}\n}}")


def test_what_was_asked_below_in_its_place_is_the_question_of_a_translation():
    """As in CoreDNS, which makes the reply of the query that the rewrite plugin has changed."""
    chain = Chain(f". {{\n dns64\n rewrite name old.example web.example\n {NO_DATA}{ADDRESS}}}")
    query = make_query("old.example. AAAA", client=V6)
    reply = chain.reply(query)
    assert [record.owner for record in reply.answer] == [encode_name("web.example.")]
    assert query.asked == encode_name("web.example.")
