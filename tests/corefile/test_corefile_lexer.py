import pytest

from clusterdns.corefile.lexer import tokens


def words(text: str) -> list[str]:
    return [str(word) for word in tokens(text, "Corefile")]


def lines(text: str) -> list[tuple[int, str]]:
    return [(word.place.line, str(word)) for word in tokens(text, "Corefile")]


def test_words_are_separated_by_white_space_and_know_their_line() -> None:
    assert lines(". {\n\tcache  30\n\n}\n") == [(1, "."), (1, "{"), (2, "cache"), (2, "30"), (4, "}")]


def test_a_word_knows_its_file() -> None:
    (word,) = tokens("\n\ncache", "/etc/coredns/Corefile")
    assert str(word.place) == "/etc/coredns/Corefile:3"


@pytest.mark.parametrize("blank", ["\u00a0", "\u0085", "\u2003", "\u3000", "\v", "\f"])
def test_every_blank_of_unicode_separates_words(blank: str) -> None:
    assert words(f"a{blank}b") == ["a", "b"]


def test_control_characters_that_python_takes_for_blanks_do_not_separate_words() -> None:
    assert words("a\x1cb") == ["a\x1cb"]


def test_a_brace_is_a_word_only_when_it_stands_alone() -> None:
    assert words("cache {}") == ["cache", "{}"]
    assert words("cache{ }") == ["cache{", "}"]


def test_carriage_returns_are_not_there() -> None:
    assert lines("a\r\nb\rc\r\n") == [(1, "a"), (2, "bc")]


def test_a_byte_order_mark_is_skipped_at_the_start_only() -> None:
    assert words("\ufeffa \ufeffb") == ["a", "\ufeffb"]


def test_a_comment_goes_to_the_end_of_the_line() -> None:
    assert lines("# one\na # two { }\nb") == [(2, "a"), (3, "b")]


def test_a_comment_inside_a_word_goes_to_the_end_of_the_word() -> None:
    assert words("a#b c\nd") == ["a", "c", "d"]


def test_quotes_hold_blanks_braces_and_comments() -> None:
    assert words('log "{type} # {name}" x') == ["log", "{type} # {name}", "x"]


def test_quotes_hold_newlines_and_the_word_stands_where_it_begins() -> None:
    assert lines('a "b\nc" d\ne') == [(1, "a"), (1, "b\nc"), (2, "d"), (3, "e")]


def test_only_a_quote_is_escaped_in_quotes() -> None:
    assert words(r'"a\"b" "\." "\\" "\n"') == ['a"b', r"\.", r"\\", r"\n"]


def test_a_quote_inside_a_word_is_an_ordinary_character() -> None:
    assert words('a"b c"') == ['a"b', 'c"']


def test_a_word_ends_with_its_closing_quote() -> None:
    assert words('"a"b') == ["a", "b"]


def test_empty_quotes_are_an_empty_word() -> None:
    assert words('a "" b') == ["a", "", "b"]


@pytest.mark.parametrize(("text", "expected"), [('a "b c', ["a", "b c"]), ('a "b\\', ["a", "b"]), ('a "', ["a"])])
def test_quotes_that_are_not_closed_go_to_the_end_of_the_file(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_words_follow_each_other_on_a_line_by_where_the_first_ends() -> None:
    before, after, below = tokens('"a\nb" c\nd', "Corefile")
    assert before.same_line(after)
    assert not before.earlier_line(after)
    assert not after.same_line(below)
    assert after.earlier_line(below)
