import pytest

from clusterdns.records.selectors import BadSelector, parse_selector

GOLD = {"tier": "gold", "app.kubernetes.io/name": "web"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tier",
        "tier=gold",
        "tier==gold, !old",
        "tier != tin",
        "other!=gold",
        "tier in (gold, silver)",
        "tier notin(tin),app.kubernetes.io/name=web",
        "other notin (,x)",
        "in!=x",
    ],
)
def test_a_selector_matches(text):
    assert parse_selector(text).matches(GOLD)


@pytest.mark.parametrize(
    "text",
    ["!tier", "other", "tier=", "tier=tin", "tier!=gold", "tier in (tin)", "tier notin (gold,tin)", "tier,other"],
)
def test_a_selector_does_not_match(text):
    assert not parse_selector(text).matches(GOLD)


def test_an_empty_value_is_a_value():
    assert parse_selector("old=").matches({"old": ""})
    assert parse_selector("old in (a,)").matches({"old": ""})
    assert not parse_selector("old=").matches({})


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("tier>1", "'>' is not an operator"),
        ("tier gold", "'gold' is not an operator"),
        ("tier=gold,", "'' is not a label"),
        (",tier", "',' is not a label"),
        ("tier in gold", "'\\(' expected before 'gold'"),
        ("tier in (gold", "'\\)' expected"),
        ("tier in ()", "no value"),
        ("tier=a b", "',' expected before 'b'"),
        ("!tier=gold", "',' expected before '='"),
        ("tier=-x", "'-x' is not a label's value"),
        ("/tier=x", "'/tier' is not a label"),
        ("-tier", "'-tier' is not a label"),
        ("a" * 64, "is not a label"),
    ],
)
def test_what_is_no_selector_is_refused(text, problem):
    with pytest.raises(BadSelector, match=problem):
        parse_selector(text)
