import pytest

from clusterdns.corefile import Corefile, parse

KNOWN = ("errors", "log", "cache", "forward", "whoami")


def read(text: str, **env: str) -> Corefile:
    return parse(text, "Corefile", env=env, known=KNOWN)


def accepted(text: str, **env: str) -> list[tuple[list[str], list[list[str]]]]:
    """Keys and directives of each block, as words."""
    corefile = read(text, **env)
    assert corefile.problems == ()
    return [
        ([str(key) for key in block.keys], [[str(word) for word in directive.tokens] for directive in block.directives])
        for block in corefile.blocks
    ]


def problems(text: str, **env: str) -> list[str]:
    return [str(problem) for problem in read(text, **env).problems]


def test_a_block_has_keys_and_directives_in_the_order_of_the_file() -> None:
    assert accepted("example.org example.net {\n  log\n  cache 30\n  log a\n}\n") == [
        (["example.org", "example.net"], [["log"], ["cache", "30"], ["log", "a"]])
    ]


def test_a_file_has_several_blocks() -> None:
    assert accepted("a {\n log\n}\nb {\n errors\n}\n") == [(["a"], [["log"]]), (["b"], [["errors"]])]


def test_an_empty_file_has_no_blocks() -> None:
    assert accepted("") == accepted("# nothing\n") == []


def test_a_directive_has_its_block_with_it() -> None:
    assert accepted(". {\n cache {\n  success 5\n }\n log\n}\n") == [
        (["."], [["cache", "{", "success", "5", "}"], ["log"]])
    ]


@pytest.mark.parametrize("keys", ["a, b {", "a,b {", "a,\nb {", "a,\n\n b {", "a b {"])
def test_keys_go_on_after_a_comma(keys: str) -> None:
    zones = [zone.zone for block in read(f"{keys}\n log\n}}\n").blocks for zone in block.zones]
    assert zones == (["a,b."] if keys == "a,b {" else ["a.", "b."])


@pytest.mark.parametrize("text", ["a, {\n log\n}\n", "a,\n", "a,"])
def test_a_comma_before_nothing_is_refused(text: str) -> None:
    (problem,) = problems(text)
    assert problem.startswith("Corefile:1: another zone is expected after the comma")


def test_braces_can_be_left_out_when_there_is_one_block() -> None:
    assert accepted("example.org\nlog\ncache {\n success 5\n}\n") == [
        (["example.org"], [["log"], ["cache", "{", "success", "5", "}"]])
    ]


def test_a_file_of_zones_alone_is_a_block_that_does_nothing() -> None:
    assert accepted("example.org example.net") == [(["example.org", "example.net"], [])]


def test_a_block_without_zones_is_not_there() -> None:
    assert accepted("{\n log\n}\n") == []
    assert problems("{\n nolog\n}\n") != []


def test_a_server_block_that_is_not_closed_is_refused_at_its_brace() -> None:
    assert problems("a {\n log\n}\n\nb {\n log\n") == [
        "Corefile:5: the server block that begins here is not closed by a '}'"
    ]


def test_the_last_brace_may_be_missing_after_the_block_of_a_directive() -> None:
    assert accepted(". {\n cache {\n success 5\n }\n") == [(["."], [["cache", "{", "success", "5", "}"]])]


def test_a_brace_too_many_is_a_zone() -> None:
    assert accepted(". {\n log\n}\n}\n") == [(["."], [["log"]]), (["}"], [])]


def test_the_block_of_a_directive_that_is_not_closed_is_refused_at_its_brace() -> None:
    assert problems(". {\n cache {\n  success 5\n\n") == ["Corefile:2: the block of 'cache' is not closed by a '}'"]


def test_a_server_block_on_one_line_is_refused() -> None:
    assert problems(". { log }\n") == ["Corefile:1: unexpected '}' after 'log' (put it on its own line)"]


def test_a_directive_goes_on_where_a_quoted_word_ends() -> None:
    assert accepted('. {\n log "a\nb" c\n errors\n}\n') == [(["."], [["log", "a\nb", "c"], ["errors"]])]


def test_unknown_directives_are_all_named_with_what_they_may_have_meant() -> None:
    assert problems(". {\n forwrad . 1.1.1.1\n log\n WhoAmI {\n x\n }\n zzz\n}\n") == [
        "Corefile:2: unknown directive 'forwrad' (did you mean 'forward'?)",
        "Corefile:4: unknown directive 'WhoAmI' (did you mean 'whoami'?)",
        "Corefile:7: unknown directive 'zzz' (known are errors, log, cache, forward, whoami)",
    ]


def test_unknown_directives_are_left_out_of_the_block() -> None:
    (block,) = read(". {\n zzz\n log\n}\n").blocks
    assert block.plugins == {"log"}


def test_problems_of_zones_and_directives_are_listed_together_in_order() -> None:
    corefile = read("a: {\n}\nb..c {\n nolog\n}\nd:99999 {\n nolog\n}\n")
    assert [problem.place.line for problem in corefile.problems] == [1, 3, 4, 6, 7]


def test_what_was_read_before_a_problem_is_there() -> None:
    corefile = read("a {\n log\n}\nb { log }\nc {\n errors\n}\n")
    assert [block.zone_names for block in corefile.blocks] == [("a.",)]
    assert len(corefile.problems) == 1


def test_without_known_names_every_directive_passes() -> None:
    assert parse(". {\n anything\n}\n", "Corefile", env={}).problems == ()


def test_variables_are_replaced_in_zones_directives_and_arguments() -> None:
    text = "{$ZONE}:53, {%ZONE%}.net {\n {$PLUGIN} {%TTL%} x{$TTL}y{$UNSET}\n}\n"
    assert accepted(text, ZONE="example.org", PLUGIN="cache", TTL="30") == [
        (["example.org:53", "example.org.net"], [["cache", "30", "x30y"]])
    ]


def test_a_variable_that_is_not_set_leaves_an_empty_word() -> None:
    assert accepted(". {\n log {$NOPE}\n}\n") == [(["."], [["log", ""]])]


def test_a_variable_may_hold_a_variable() -> None:
    assert accepted(". {\n log {%OUTER%}\n}\n", OUTER="{$INNER}", INNER="x") == [(["."], [["log", "x"]])]


@pytest.mark.parametrize("value", ["{$LOOP}", "{$LOOP}{$LOOP}", "x{$LOOP}"])
def test_a_variable_that_holds_itself_is_refused(value: str) -> None:
    (problem,) = problems(". {\n log {$LOOP}\n}\n", LOOP=value)
    assert problem.startswith("Corefile:2: the variable in ")


@pytest.mark.parametrize("word", ["{$}", "{%%}", "{%}", "{$X", "{%X", "{}", "$X"])
def test_what_is_no_reference_stays(word: str) -> None:
    assert accepted(f". {{\n log {word}\n}}\n", X="y") == [(["."], [["log", word]])]


def test_blocks_that_differ_only_in_comments_are_equal() -> None:
    assert read(". {\n # one\n log a\n}\n").blocks == read(". {\n log a # two\n}\n").blocks
    assert read(". {\n log a\n}\n").blocks != read(". {\n log b\n}\n").blocks


def test_a_block_says_where_it_stands_and_what_it_configures() -> None:
    (block,) = read("\nexample.org {\n log\n\n cache\n log\n}\n").blocks
    assert str(block.place) == "Corefile:2"
    assert block.plugins == {"log", "cache"}
    assert [str(directive.place) for directive in block.directives] == ["Corefile:3", "Corefile:5", "Corefile:6"]


def test_deep_nesting_is_read_or_refused_without_recursion() -> None:
    assert problems(". {\n log " + "{ " * 20_000) == ["Corefile:2: the block of 'log' is not closed by a '}'"]
    assert read(". {\n log " + "{ " * 20_000 + "} " * 20_000 + "\n}\n").problems == ()


def test_an_odd_word_is_shown_on_one_line_and_in_short() -> None:
    assert problems('. {\n "a\nb\x1b[1m"\n}\n')[0].startswith("Corefile:2: unknown directive 'a\\nb\\x1b[1m' ")
    problem, _ = problems('. {\n "' + "word " * 10_000)
    assert "word word ...word word" in problem
    assert len(problem) < 200
