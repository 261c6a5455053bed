"""Which word was probably meant."""

import pytest

from clusterdns.advice.spelling import closest, misspelled


def test_a_hint_is_the_word_most_like_it() -> None:
    assert closest("wep", ["db", "web"]) == "web"
    assert closest("redis-master", ["redis-leader", "redis-mastr"]) == "redis-mastr"
    assert closest("queue", ["db", "web"]) is None
    assert closest("shoppingassistantservice", ["shippingservice"]) is None
    assert closest("ai-service", ["makeline-service"]) is None


@pytest.mark.parametrize("word", ["pord", "prd", "porod"])
def test_a_slip_of_the_pen_is_found(word: str) -> None:
    assert misspelled(word, ["prod", "dev"]) == "prod"


@pytest.mark.parametrize(
    ("word", "other"), [("team-a", "team-b"), ("dev", "dev2"), ("prod", "prods"), ("app1", "app2"), ("prod", "prod")]
)
def test_names_that_people_choose_beside_each_other_are_no_slips(word: str, other: str) -> None:
    assert misspelled(word, [other]) is None
