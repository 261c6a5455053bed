import pytest
from chain import Chain, make_query

from clusterdns.corefile import CorefileError
from clusterdns.dns import codes
from clusterdns.dns.reply import FOREVER, Reply, Unanswered

ANSWER = 'template IN A {\n answer "{{ .Name }} 60 IN A 192.0.2.1"\n }'


def chain_of(*lines, below=ANSWER):
    return Chain(". {\n header {\n" + "\n".join(lines) + f"\n }}\n {below}\n}}")


def test_flags_of_replies_are_set_and_cleared():
    reply = chain_of("response set ra", "response clear aa rd").reply(make_query("web.example. A"))
    assert (reply.flags, len(reply.answer), reply.good_until) == (codes.RA, 1, FOREVER)


def test_the_last_line_that_names_a_flag_wins():
    lines = "response set ra aa", "response clear ra", "RESPONSE CLEAR AA", "response SET AA"
    assert chain_of(*lines).reply(make_query("web.example. A")).flags == codes.AA | codes.RD


def test_flags_of_queries_are_what_the_plugins_below_see():
    chain = chain_of("query clear rd", "query set aa ra")
    query = make_query("web.example. A")
    assert chain.reply(query).flags == codes.AA
    assert query.flags == codes.AA | codes.RA


def test_a_bare_response_code_has_the_flags_of_the_query_only():
    chain = chain_of("query clear rd", "response set ra", below="template IN A {\n rcode SERVFAIL\n }")
    query = make_query("web.example. A")
    with pytest.raises(Unanswered):
        chain.reply(query)
    assert Reply.to(query).flags == 0


def test_above_a_cache_the_query_is_as_it_came():
    for zones in ("", "30 other.example"):  # whether it keeps replies of the name or not
        lines = f"cache {zones}\n header {{\n query clear rd\n }}\n template IN A {{\n rcode SERVFAIL\n }}"
        query = make_query("web.example. A")
        with pytest.raises(Unanswered):
            Chain(f". {{\n {lines}\n}}").reply(query)
        assert Reply.to(query).flags == codes.RD


def test_a_reply_that_others_share_is_not_changed():
    chain = chain_of("response set ra", below=f"{ANSWER}\n cache")
    first, again = (chain.reply(make_query("web.example. A")) for _ in range(2))
    assert first.flags == again.flags


@pytest.mark.parametrize(
    ("block", "complaint"),
    [
        ("header", r"Corefile:2: header: no flag is set or cleared \(query\|response set\|clear aa\|ra\|rd\.\.\.\)"),
        ("header {\n }", "header: no flag is set or cleared"),
        ("header {\n foo set ra\n }", r"Corefile:3: header: unknown direction 'foo' \(known are query, response\)"),
        ("header {\n query\n }", "header: set or clear is missing after 'query'"),
        ("header {\n query foo ra\n }", "header: unknown action 'foo'"),
        ("header {\n query set\n }", "header: 1 argument expected after 'set'"),
        ("header {\n query set ra tc\n }", r"header: unknown flag 'tc' \(known are aa, ra, rd\)"),
    ],
)
def test_what_changes_no_flag_is_refused(block, complaint):
    with pytest.raises(CorefileError, match=complaint):
        Chain(f". {{\n {block}\n}}")
