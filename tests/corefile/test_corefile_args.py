from collections.abc import Callable
from ipaddress import ip_address, ip_network

import pytest

from clusterdns.corefile import Args, CorefileError, parse

SYNTAX = "cache [TTL] [ZONES...]"
OPTIONS = {"success": "success CAPACITY [TTL]", "keepttl": "keepttl"}


def args(lines: str, zones: str = "example.org") -> Args:
    corefile = parse(f"{zones} {{\n{lines}\n}}\n", "Corefile", env={})
    assert corefile.problems == ()
    return corefile.blocks[0].args("cache")


def complaint(lines: str, read: Callable[[Args], object]) -> str:
    with pytest.raises(CorefileError) as caught:
        read(args(lines))
    return str(caught.value)


def read_once(lines: Args) -> None:
    for _ in lines.once(SYNTAX):
        lines.words()
        for _ in lines.options(OPTIONS):
            lines.words()


def test_words_of_a_line_end_before_its_block() -> None:
    lines = args("cache 30 a b {\n success 5 6\n keepttl\n}")
    assert lines.first() == "cache"
    assert lines.words() == ["30", "a", "b"]
    assert [(option, lines.words()) for option in lines.options()] == [("success", ["5", "6"]), ("keepttl", [])]


def test_a_word_at_a_time_takes_the_brace_too() -> None:
    lines = args("cache 30 {\n}")
    lines.first()
    assert [lines.word(), lines.word_or_none(), lines.word_or_none()] == ["30", "{", None]


def test_a_missing_word_is_named() -> None:
    assert complaint("cache", lambda lines: (lines.first("cache FROM"), lines.word("FROM"))) == (
        "Corefile:2: cache: FROM is missing after 'cache' (cache FROM)"
    )


@pytest.mark.parametrize("lines", ["cache", "cache {\n}", "cache {}"])
def test_a_directive_may_have_no_options(lines: str) -> None:
    cursor = args(lines)
    cursor.first()
    cursor.words()
    assert list(cursor.options(OPTIONS)) == []


def test_what_a_line_has_too_much_is_the_next_option() -> None:
    lines = args("cache {\n success 5 keepttl\n}")
    lines.first()
    seen = []
    for option in lines.options(OPTIONS):
        seen.append(str(option))
        if option == "success":
            assert lines.word() == "5"
    assert seen == ["success", "keepttl"]


def test_a_block_on_one_line_gives_its_brace_to_the_option() -> None:
    lines = args("cache { success 5 }")
    lines.first()
    assert [lines.words() for _ in lines.options()] == [["5", "}"]]


def test_a_block_inside_a_block_is_an_unknown_option() -> None:
    assert complaint("cache {\n keepttl {\n x\n }\n}", read_once) == (
        "Corefile:3: cache: unknown property '{' (known are success, keepttl)"
    )


def test_an_unknown_option_is_named_with_what_it_may_have_meant() -> None:
    assert complaint("cache {\n\n sucess 5\n}", read_once) == (
        "Corefile:4: cache: unknown property 'sucess' (did you mean 'success'?)"
    )


def test_a_directive_given_twice_names_both_places() -> None:
    assert complaint("cache 1\nlog\ncache 2", read_once) == (
        "Corefile:4: cache: can be used only once in a server block, and is already at line 2 (cache [TTL] [ZONES...])"
    )


def test_words_left_over_are_refused_where_the_directive_is_read_once() -> None:
    assert complaint("cache {\n keepttl\n} more", read_once).startswith("Corefile:4: cache: unexpected 'more'")


def test_a_directive_may_be_given_several_times() -> None:
    lines = args("cache a\nlog\ncache b {\n keepttl\n}\ncache")
    assert [[*lines.words(), *lines.options()] for _ in lines.each()] == [["a"], ["b", "keepttl"], []]


def test_too_few_and_too_many_words_are_refused() -> None:
    assert complaint("cache {\n keepttl x\n}", lambda lines: [lines.words(most=0) for _ in _open(lines)]) == (
        "Corefile:3: cache: 'x' is one argument too many for 'keepttl' (keepttl)"
    )
    assert complaint("cache {\n success\n}", lambda lines: [lines.words(2, 3) for _ in _open(lines)]) == (
        "Corefile:3: cache: 2 arguments expected after 'success', no arguments found (success CAPACITY [TTL])"
    )


def test_a_line_that_should_end_is_refused_where_it_goes_on() -> None:
    assert complaint("cache x", lambda lines: (lines.first("cache"), lines.end())) == (
        "Corefile:2: cache: unexpected 'x' (cache)"
    )
    assert "unexpected '{'" in complaint("cache {\n}", lambda lines: (lines.first(), lines.end()))
    empty = args("cache\nlog")
    empty.first()
    empty.end()


def test_a_block_where_none_may_be_is_refused_unless_it_is_empty() -> None:
    assert complaint("cache {\n x\n}", lambda lines: (lines.first("cache"), lines.no_options())) == (
        "Corefile:3: cache: unknown property 'x' (cache)"
    )
    empty = args("cache {\n}")
    empty.first()
    empty.no_options()


def test_an_error_of_an_option_has_the_options_syntax_and_one_after_the_block_the_directives() -> None:
    lines = args("cache {\n success 5\n}")
    for _ in lines.once(SYNTAX):
        for _ in lines.options(OPTIONS):
            (word,) = lines.words(1)
            assert str(lines.error("is odd", word)) == "Corefile:3: cache: is odd (success CAPACITY [TTL])"
        assert str(lines.error("is odd")) == "Corefile:4: cache: is odd (cache [TTL] [ZONES...])"


def test_an_address_to_listen_on_needs_a_port_but_no_host() -> None:
    lines = args("cache localhost:8080 :8080 [::1]:8080 localhost")
    lines.first()
    *right, wrong = lines.words()
    assert [lines.address(word, "address") for word in right] == ["localhost:8080", ":8080", "[::1]:8080"]
    with pytest.raises(CorefileError, match="address 'localhost' has no port"):
        lines.address(wrong, "address")


def test_zones_are_those_given_or_those_of_the_server_block() -> None:
    lines = args("cache a B.example.:53 tls://c 10.4.0.0/15 a..b", zones="Example.org:5353 10.2.0.0/15")
    lines.first()
    assert lines.zones(lines.words()) == ("a.", "b.example.", "c.", "4.10.in-addr.arpa.", "5.10.in-addr.arpa.")
    assert lines.zones([]) == ("example.org.", "2.10.in-addr.arpa.", "3.10.in-addr.arpa.")
    assert lines.zones(["a..b"]) == ()


def test_fallthrough_without_zones_is_for_every_zone() -> None:
    lines = args("cache {\n fallthrough\n fallthrough A 10.0.0.0/8\n}")
    lines.first()
    assert [lines.fallthrough() for _ in lines.options()] == [(".",), ("a.", "10.in-addr.arpa.")]


def test_words_become_values() -> None:
    lines = args("cache 30 1h30m 10.0.0.1 10.0.0.1/8 2.5 lru")
    lines.first()
    count, duration, address, network, number, policy = lines.words()
    assert lines.integer(count, "TTL", 1, 30) == 30
    assert lines.duration(duration, "interval") == 5400.0
    assert lines.ip(address, "source") == ip_address("10.0.0.1")
    assert lines.network(network, "network") == ip_network("10.0.0.0/8")
    assert lines.number(number, "rate") == 2.5
    assert lines.choice(policy, "policy", ("lru", "fifo")) == "lru"


@pytest.mark.parametrize(
    ("word", "read", "problem"),
    [
        ("abc", lambda lines, word: lines.integer(word, "TTL"), "TTL 'abc' is not a number"),
        ("0", lambda lines, word: lines.integer(word, "TTL", least=1), "TTL '0' is less than 1"),
        ("3601", lambda lines, word: lines.integer(word, "TTL", most=3600), "TTL '3601' is more than 3600"),
        ("x", lambda lines, word: lines.number(word, "rate"), "rate 'x' is not a number"),
        ("-1", lambda lines, word: lines.number(word, "rate", least=0), "rate '-1' is less than 0"),
        ("5", lambda lines, word: lines.duration(word, "age"), "age '5' is not a duration such as 5s, 1h30m or 100ms"),
        ("-5s", lambda lines, word: lines.duration(word, "age", least=0), "age '-5s' is less than 0 seconds"),
        ("6m", lambda lines, word: lines.duration(word, "age", most=300), "age '6m' is more than 300 seconds"),
        ("a", lambda lines, word: lines.ip(word, "source"), "source 'a' is not an IP address"),
        ("a", lambda lines, word: lines.network(word, "net"), "net 'a' is not a network such as 10.0.0.0/8"),
    ],
)
def test_a_word_that_is_no_value_is_refused_at_its_place(
    word: str, read: Callable[[Args, str], object], problem: str
) -> None:
    def read_word(lines: Args) -> None:
        for _ in lines.once(SYNTAX):
            read(lines, lines.word())

    assert complaint(f"\ncache {word}\n", read_word) == f"Corefile:3: cache: {problem} ({SYNTAX})"


def test_a_word_that_is_none_of_a_few_is_refused_with_the_nearest() -> None:
    policies = ("random", "round_robin", "sequential")
    assert complaint("cache radnom", lambda lines: (lines.first(), lines.choice(lines.word(), "policy", policies))) == (
        "Corefile:2: cache: unknown policy 'radnom' (did you mean 'random'?)"
    )


def _open(lines: Args) -> object:
    lines.first(SYNTAX)
    return lines.options(OPTIONS)
