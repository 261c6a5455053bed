import os

import pytest
from chain import Chain, at_once

from clusterdns.corefile import CorefileError, parse
from clusterdns.plugins.multisocket import workers_of


def wanted(line: str) -> int:
    (block,) = parse(f". {{\n {line}\n whoami\n}}", "Corefile", env={}).blocks
    return workers_of(block.args("multisocket"))


@pytest.fixture
def four_cpus(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)


def test_as_many_processes_are_wanted_as_are_said(four_cpus):
    assert [wanted(f"multisocket {number}") for number in (1, 3, 4)] == [1, 3, 4]


def test_there_are_no_more_than_cpus(four_cpus):
    assert [wanted("multisocket"), wanted("multisocket 1024")] == [4, 4]


def test_another_number_than_answers_is_told(four_cpus):
    chain = Chain(". {\n multisocket 3\n whoami\n}")
    for start in chain.setting.starts:
        at_once(start())
    assert chain.log.getvalue() == "[INFO] plugin/multisocket: workers asked for: 3; until the next start: 1\n"
    chain.world.workers = 3
    chain.start()
    assert chain.log.getvalue().count("\n") == 1


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("text", "N 'text' is not a number"),
        ("0", "N '0' is less than 1"),
        ("-1", "N '-1' is less than 1"),
        ("1025", "N '1025' is more than 1024"),
        ("2 2", "'2' is one argument too many"),
        ("2 {\n }", "unexpected '{'"),
        ("2\n multisocket 2", "can be used only once"),
    ],
)
def test_other_numbers_are_refused(words, complaint):
    with pytest.raises(CorefileError, match=f"multisocket: {complaint}"):
        wanted(f"multisocket {words}")
