import asyncio

import pytest
from chain import Chain

from clusterdns.corefile import CorefileError

UNANSWERED = "example. {{\n errors {{\n{}\n }}\n minimal\n}}"


def chain_of(options=""):
    return Chain(UNANSWERED.format(options))


def test_a_query_without_reply_is_logged_with_its_reason():
    chain = chain_of()
    chain.ask("WEB.example. AAAA")
    assert chain.log.getvalue() == "[ERROR] plugin/errors: 2 web.example. AAAA: plugin/minimal: no next plugin found\n"


def test_a_response_code_without_reason_is_not():
    chain = Chain("example. {\n errors\n template ANY ANY {\n  rcode SERVFAIL\n }\n}")
    assert chain.ask("web.example. A") == ["SERVFAIL unanswered"]
    assert not chain.log.getvalue()


def test_errors_of_a_kind_become_one_line():
    chain = chain_of('consolidate 1m "no next plugin found$" warning')
    for _ in range(3):
        chain.ask("web.example. A")
    chain.clock.now += 59
    chain.repeat()
    assert not chain.log.getvalue()
    chain.clock.now += 1
    chain.repeat()
    summary = "3 errors like 'no next plugin found$' occurred in last 1m0s"
    assert chain.log.getvalue() == f"[WARNING] plugin/errors: {summary}\n"


def test_then_counting_starts_anew():
    chain = chain_of("consolidate 1m next")
    for _ in range(2):
        chain.ask("web.example. A")
        chain.clock.now += 60
        chain.repeat()
    assert chain.log.getvalue().count("1 errors like 'next' occurred in last 1m0s") == 2


def test_the_first_can_be_shown_at_once():
    chain = chain_of("consolidate 1m next info show_first")
    chain.ask("web.example. A")
    assert chain.log.getvalue() == "[INFO] plugin/errors: 2 web.example. A: plugin/minimal: no next plugin found\n"


def test_and_then_one_alone_is_not_told_again():
    chain = chain_of("consolidate 1m next show_first")
    chain.ask("web.example. A")
    chain.clock.now += 60
    chain.repeat()
    assert chain.log.getvalue().count("\n") == 1


def test_but_several_are():
    chain = chain_of("consolidate 90s next show_first")
    chain.ask("web.example. A")
    chain.ask("web.example. A")
    chain.clock.now += 90
    chain.repeat()
    assert chain.log.getvalue().endswith("[ERROR] plugin/errors: 2 errors like 'next' occurred in last 1m30s\n")


def test_other_errors_are_logged_one_by_one():
    chain = chain_of("consolidate 1m timeout")
    chain.ask("web.example. A")
    assert "no next plugin found" in chain.log.getvalue()


def test_the_first_pattern_that_matches_counts():
    chain = chain_of("consolidate 1m next warning\nconsolidate 1m plugin info")
    chain.ask("web.example. A")
    chain.clock.now += 60
    chain.repeat()
    assert chain.log.getvalue() == "[WARNING] plugin/errors: 1 errors like 'next' occurred in last 1m0s\n"


def test_debug_lines_need_the_debug_plugin():
    chain = chain_of("consolidate 1m next debug show_first")
    chain.ask("web.example. A")
    assert not chain.log.getvalue()


def test_what_was_counted_is_told_at_the_end():
    chain = chain_of("consolidate 1h next")
    chain.ask("web.example. A")
    asyncio.run(chain.__aexit__())
    assert "1 errors like 'next' occurred in last 1h0m0s" in chain.log.getvalue()


def test_stack_traces_are_a_wish_to_the_server():
    assert chain_of("stacktrace").setting.stacktrace


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("errors errors.txt", "unknown place for errors 'errors.txt'"),
        ("errors a b", "'b' is one argument too many"),
        ("errors {\n stacktraces\n}", "did you mean 'stacktrace'"),
        ("errors {\n consolidate 1m\n}", "2 arguments expected"),
        ("errors {\n consolidate 1m .* a b c\n}", "'c' is one argument too many"),
        ("errors {\n consolidate 1 .*\n}", "DURATION '1' is not a duration"),
        ("errors {\n consolidate 1m ())\n}", r"'\(\)\)' is not a regular expression"),
        ("errors {\n consolidate 1m " + "a" * 10_001 + "\n}", "is longer than 10000 characters"),
        ("errors {\n consolidate 1m .* extra\n}", "unknown option of consolidate 'extra'"),
        ("errors {\n consolidate 1m .* info debug\n}", "'debug' is a second level"),
        ("errors {\n consolidate 1m .* show_first info\n}", "'info' must stand before show_first"),
        ("errors\nerrors", "only once"),
    ],
)
def test_what_is_wrong_is_said(line, problem):
    with pytest.raises(CorefileError, match=f"errors: .*{problem}"):
        Chain(f". {{\n {line}\n}}")
