import pytest
from chain import Chain, make_query

from clusterdns.corefile import CorefileError
from clusterdns.dns.reply import FOREVER


def test_a_question_for_any_gets_one_hinfo_in_the_case_that_was_asked():
    chain = Chain("example. {\n any\n}")
    assert chain.ask("WEB.example. ANY") == [
        "NOERROR",
        'WEB.example. 8482 HINFO "ANY obsoleted" "See RFC 8482"',
    ]


def test_the_hinfo_may_be_given_again_to_whoever_asks():
    assert Chain("example. {\n any\n}").reply(make_query("web.example. ANY")).good_until == FOREVER


def test_other_questions_go_on():
    chain = Chain("example. {\n any\n whoami\n}")
    assert chain.ask("web.example. A")[1].startswith("additional")


@pytest.mark.parametrize("line", ["any example.org", "any {\n  foo\n }"])
def test_arguments_and_options_are_refused(line):
    with pytest.raises(CorefileError, match=r"Corefile:[23]: any"):
        Chain(f"example. {{\n {line}\n}}")
