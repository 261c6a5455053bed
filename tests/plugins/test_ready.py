import asyncio

import pytest
from chain import Chain

from clusterdns.corefile import CorefileError


class Signal:
    """Whether a plugin is ready, and how often it was asked."""

    def __init__(self) -> None:
        self.on = False
        self.asked = 0

    def __call__(self) -> bool:
        self.asked += 1
        return self.on


@pytest.fixture
def started():
    """A chain with `ready` and a plugin that says so itself when it is ready."""

    def start(line="ready"):
        chain = Chain(f". {{\n {line}\n whoami\n}}")
        signal = Signal()
        chain.setting.ready_when("kubernetes", signal)
        chain.start()
        return chain, chain.setting.pages[0], signal

    return start


def test_plugins_that_are_not_ready_are_named(started):
    chain, page, _ = started()
    chain.setting.ready_when("file", lambda: False)
    assert page.read() == (503, "file,kubernetes")
    assert chain.log.getvalue() == '[INFO] plugin/ready: Plugins not ready: "file,kubernetes"\n'


def test_once_all_are_ready_the_page_says_ok(started):
    _, page, signal = started()
    signal.on = True
    assert (page.address, page.path, page.read()) == (":8181", "/ready", (200, "OK"))


def test_who_was_ready_once_is_not_asked_again(started):
    _, page, signal = started()
    signal.on = True
    page.read()
    signal.on = False
    assert page.read() == (200, "OK")
    assert signal.asked == 1


def test_unless_readiness_is_monitored_continuously(started):
    _, page, signal = started("ready {\n monitor continuously\n}")
    signal.on = True
    page.read()
    signal.on = False
    assert page.read() == (503, "kubernetes")


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        ("ready", [503, 503, 503, 200, 200, 200]),
        ("ready {\n monitor continuously\n}", [503, 503, 503, 200, 200, 503]),
    ],
)
def test_erratic_is_ready_for_a_while_or_for_good(line, seen):
    chain = Chain(f". {{\n {line}\n erratic {{\n drop 0\n }}\n}}")
    chain.start()
    statuses = []
    for _ in seen:
        statuses.append(chain.setting.pages[0].read()[0])
        chain.ask("example.org. A")
    assert statuses == seen


def test_a_page_speaks_for_all_server_blocks(started):
    chain, page, signal = started()
    signal.on = True
    chain.world.readiness.append(lambda: ["forward"])
    assert page.read() == (503, "forward")


def test_a_block_that_was_replaced_is_not_asked_any_more(started):
    chain, page, signal = started()
    asyncio.run(chain.__aexit__())
    assert page.read() == (200, "OK")
    assert signal.asked == 0


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("ready localhost", "address 'localhost' has no port"),
        ("ready localhost:1234 b", "'b' is one argument too many"),
        ("ready {\n monitor 404\n}", "unknown way to monitor '404'"),
        ("ready {\n monitro continuously\n}", "did you mean 'monitor'"),
        ("ready\nready", "only once"),
    ],
)
def test_what_is_wrong_is_said(line, problem):
    with pytest.raises(CorefileError, match=f"ready: .*{problem}"):
        Chain(f". {{\n {line}\n whoami\n}}")
