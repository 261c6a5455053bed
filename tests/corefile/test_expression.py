import math
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterdns.corefile.expression import (
    ANY,
    BOOL,
    FLOAT,
    INT,
    STRING,
    EvaluationError,
    Function,
    is_variable_name,
    parse_expression,
    text_of,
)

SCOPE = {
    "name": Function((), STRING, lambda subject: subject),
    "twice": Function((INT,), INT, lambda _, number: 2 * number),
    "tell": Function((ANY,), STRING, lambda _, value: f"<{value}>"),
    "n": INT,
    "s": STRING,
    "x": ANY,
}


def test_the_names_that_an_expression_asks_for_are_known():
    assert parse_expression("n > 1 ? twice(n) : len(name())", SCOPE).names == {"n", "twice", "len", "name"}
    assert parse_expression("any(['a'], # == s)", SCOPE).names == {"s"}


def evaluate(text):
    return parse_expression(text, SCOPE).evaluate("a.example.", {"n": 2, "s": "text", "x": [1, "b"]})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1_000 + 0x10 + 0b11 + 0o17", 1034),
        ("1.5 + .5 + 1e3", 1002.0),
        ("'it\\'s' + \"\\x41\\u00e9\\n\\101\" + `\\n`", "it'sAé\nA\\n"),
        ("true != false", True),
        ("1 + 2 * 3 - 4", 3),
        ("(1 + 2) * 3", 9),
        ("-2 ** 2", -4.0),
        ("2 ** 3 ** 2", 512.0),
        ("7 / 2", 3.5),
        ("-7 % 3", -1),
        ("1 / 0", math.inf),
        ("9223372036854775807 + 1", -(2**63)),
        ("1 == 1.0", True),
        ("'a' < 'b' and 1 <= 1", True),
        ("1 < n < 3", True),
        ("1 < n < 2", False),
        ("not true or true", True),
        ("not (true or true)", False),
        ("!true || n == 2 && s != ''", True),
        ("n in [1, 2]", True),
        ("n not in [1, 2]", False),
        ("n in 1..5", True),
        ("'a' in ['b', 'c',]", False),
        ("name() matches '^a[.]' and name() contains 'exam'", True),
        ("name() startsWith 'a' and not (name() endsWith 'a')", True),
        ("s not matches '^t'", False),
        ("n > 1 ? 'many' : 'few'", "many"),
        ("['a', 'b'][1]", "b"),
        ("'text'[1:3] + 'text'[:1] + 'text'[-1:]", "extt"),
        ("[1, 2, 3][1:]", [2, 3]),
        ("twice(twice(n))", 8),
        ("n | twice()", 4),
        ("tell(1) + tell('a')", "<1><a>"),
        ("s // and a comment", "text"),
        ("let a = n * 2; let b = a + 1; a * b", 20),
        ("(let a = s; a + a)", "texttext"),
        ("if n > 1 { 'many' } else { 'few' }", "many"),
        ("if n > 2 { 1 } else if n > 1 { let a = 2; a } else { 3 }", 2),
        ("{'a': 1, b: 2,}['b']", 2),
        ("{'a': 1}['b'] == nil", True),
        ("'a' in {a: 1} and 'b' not in {'a': 1}", True),
        ("{'a': 1}['b'] ?? 7", 7),
        ("s ?? 'other'", "text"),
        ("nil == nil and s != nil", True),
        ("1 /* one */ + 1", 2),
    ],
)
def test_an_expression_has_a_value(text, value):
    found = evaluate(text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("len('é') + len([1, 2])", 3),
        ("int('42') + int(1.9)", 43),
        ("float('1.5')", 1.5),
        ("string(1.0) + string(true) + string(1e6) + string([1, 'a'])", "1true1e+06[1 a]"),
        ("upper('a') + lower('B') + trim(' c ') + trim('xdx', 'x')", "Abcd"),
        ("trimPrefix('abc', 'a') + trimSuffix('abc', 'c')", "bcab"),
        ("split('a.b.c', '.') == ['a', 'b', 'c'] and split('a.b.c', '.', 2) == ['a', 'b.c']", True),
        ("split('abc', '') == ['a', 'b', 'c']", True),
        ("replace('a-b-c', '-', '.') + replace('a-b-c', '-', '.', 1)", "a.b.ca.b-c"),
        ("repeat('ab', 2) + join(['a', 'b'], '-') + join(['a', 'b'])", "ababa-bab"),
        ("indexOf('abcb', 'b') + lastIndexOf('abcb', 'b')", 4),
        ("hasPrefix('abc', 'a') and hasSuffix('abc', 'c')", True),
        ("abs(-1) == 1 and ceil(1.2) == 2 and floor(1.8) == 1 and round(2.5) == 3 and round(-2.5) == -3", True),
        ("max(1, 3, 2) + min([4, 5])", 7),
        ("first([1, 2]) + last([1, 2])", 3),
        ("all([1, 2], # > 0) and any([1, 2], # > 1) and none([1], # > 1) and one([1, 2], # > 1)", True),
        ("count([1, 2, 3], # > 1)", 2),
        ("map([1, 2], # * 2)", [2, 4]),
        ("filter(['a', 'b'], # != 'a')", ["b"]),
        ("any([[1], [2]], any(#, # == 2))", True),
        ("['a', 'b'] | map(upper(#)) | join('')", "AB"),
        ("all(['a', 'b'], {len(#) == 1}) and map([1], {let a = #; a + 1})[0] == 2", True),
        ("find([1, 2, 3], # > 1) + findLast([1, 2, 3], {# > 1})", 5),
        ("find(['a'], # == 'b') == nil", True),
        ("count([true, false, true])", 2),
        ("sum([1, 2.5]) + get([1, 2], 1) + (get([1], 5) ?? 10)", 15.5),
        ("concat([1], ['a'], [2]) == [1, 'a', 2] and reverse([1, 2]) == [2, 1] and take([1, 2], 1) == [1]", True),
        ("sort(['b', 'a']) == ['a', 'b'] and sort([1, 2], 'desc') == [2, 1] and uniq([1, 1, 2]) == [1, 2]", True),
        ("keys({a: 1}) == ['a'] and values({a: 1}) == [1] and len({a: 1}) == 1 and get({a: 1}, 'a') == 1", True),
        ("flatten([1, [2, [3]]]) == [1, 2, 3] and mean([1, 2]) == 1.5", True),
        ("median([3, 1, 2]) == 2 and median([4, 1, 2, 9]) == 3", True),
        ("mean([]) + median([])", 0),
        ("findIndex(['a', 'b'], # == 'b')", 1),
        ("findIndex(['a'], # == 'b') == nil", True),
        ("bitnand(7, 2) + bitshl(3, 4) + bitshr(-8, 1)", 49),
        ("bitushr(-1, 60)", 15),
        ("bitshl(1, 63) < 0 and bitshl(1, 64) == 0", True),
        ("bitand(6, 3) + bitor(4, 1) + bitxor(6, 3) + bitnot(0)", 11),
        ("string({b: 1, a: [2]})", "map[a:[2] b:1]"),
    ],
)
def test_functions_are_those_of_the_language(text, value):
    assert evaluate(text) == value


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("1", INT),
        ("1 + 1.0", FLOAT),
        ("1 / 1", FLOAT),
        ("'a' + s", STRING),
        ("n == 1", BOOL),
        ("x", ANY),
        ("[1]", "[]int"),
    ],
)
def test_the_kind_is_known_before_the_value(text, kind):
    assert parse_expression(text, SCOPE).kind == kind


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "unexpected the end"),
        ("1 +", "unexpected the end"),
        ("a b", "unknown name 'a'"),
        ("n n", "unexpected 'n'"),
        ("undefined == 1", "unknown name 'undefined'"),
        ("nmae()", "unknown name 'nmae': did you mean 'name'"),
        ("name", "unknown name 'name'"),
        ("n()", "unknown name 'n'"),
        ("name(1)", r"name\(\) takes no arguments, not 1"),
        ("twice()", r"twice\(\) takes 1 argument, not 0"),
        ("twice('a')", r"twice\(\) takes int, not string"),
        ("'x' + n", "'\\+' does not go with string and int"),
        ("1 == 'a'", "'==' does not go with int and string"),
        ("1 < 'a'", "'<' does not go with"),
        ("1 and true", "'and' does not go with"),
        ("not 1", "'not' does not go with int"),
        ("-'a'", "'-' does not go with string"),
        ("1.5 % 2", "'%' does not go with"),
        ("1 in ['a']", "'in' does not go with"),
        ("'a' in 'abc'", "'in' does not go with"),
        ("n ? 1 : 2", "condition before '\\?' is int"),
        ("true ? 1", "':' is expected"),
        ("n[0]", "int has no element"),
        ("[1]['a']", "no element at an index that is string"),
        ("n[1:]", "int has no part"),
        ("s['a':]", "an index is int"),
        ("any(1, # > 0)", r"any\(\) takes a list, not int"),
        ("any([1], #)", r"any\(\) takes a condition, not int"),
        ("#", "unexpected '#'"),
        ("s matches '())'", "is not a regular expression"),
        ("n not 1", "unexpected 'not'"),
        ("toJSON(1)", "'toJSON' of the expr language is not part of clusterdns"),
        ("let n = 1; n", "'n' can't be the name of a variable, or is taken"),
        ("let a = 1 a", "';' is expected"),
        ("(let a = 1; a) + a", "unknown name 'a'"),
        ("if true { 1 }", "'else' is expected"),
        ("{1 + 1: 2}", "':' is expected"),
        ("{[1]: 2}", "unexpected"),
        ("any([1], {# > 0)", "'}' is expected"),
        ("'abc", "is not understood"),
        ("'\\d'", "is not an escape"),
        ("1a", "'1a' is not a number"),
        ("99999999999999999999", "too large"),
        ("(1", r"'\)' is expected"),
        ("[1 2]", "',' is expected"),
        ("n | 1", "a name is expected"),
        ("(" * 60 + "1" + ")" * 60, "nested too deeply"),
    ],
)
def test_what_is_no_expression_is_refused(text, problem):
    with pytest.raises(ValueError, match=problem):
        parse_expression(text, SCOPE)


@pytest.mark.parametrize(
    "text",
    [
        "1 % 0",
        "int('a')",
        "[1][5]",
        "x[0] + x[1]",
        "len(1)",
        "repeat('a', 1000000)",
        "1..10000000 == [1]",
        "s matches '(' + s",
        "ceil(1e308 * 10)",
    ],
)
def test_an_expression_without_value_says_so(text):
    with pytest.raises(EvaluationError):
        evaluate(text)


def test_an_argument_that_decides_is_enough():
    assert evaluate("false and 1 % 0 == 1") is False
    assert evaluate("true or 1 % 0 == 1") is True


@pytest.mark.parametrize("name", ["a", "_a1", "A_b"])
def test_variables_have_plain_names(name):
    assert is_variable_name(name)


@pytest.mark.parametrize("name", ["1a", "a-b", "", "é", "len", "any", "toJSON", "true", "nil", "in", "let", "not"])
def test_other_names_are_taken_or_no_names(name):
    assert not is_variable_name(name)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1, "1"),
        (2.0, "2"),
        (0.1, "0.1"),
        (1e6, "1e+06"),
        (123456.5, "123456.5"),
        (1.5e-7, "1.5e-07"),
        (0.0001, "0.0001"),
        (-0.5, "-0.5"),
        (0.0, "0"),
        (math.inf, "+Inf"),
        (-math.inf, "-Inf"),
        (math.nan, "NaN"),
        (True, "true"),
        ([1, "a"], "[1 a]"),
        (None, "<nil>"),
    ],
)
def test_values_are_printed_as_go_does(value, text):
    assert text_of(value) == text


@given(st.text(alphabet="ns1.'\"()[]+-*/%<>=!&|?:,# atrueandornotin", max_size=40))
def test_any_text_is_an_expression_with_or_without_value_or_refused(text):
    with suppress(ValueError, EvaluationError):
        parse_expression(text, SCOPE).evaluate("a.", {"n": 1, "s": "s", "x": 1})
