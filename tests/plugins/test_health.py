import pytest
from chain import Chain

from clusterdns.corefile import CorefileError, parse
from clusterdns.plugins import health
from clusterdns.plugins.base import Setting, World
from clusterdns.records.tables import Tables


def chain_of(line="health"):
    return Chain(f". {{\n {line}\n whoami\n}}")


def test_the_page_says_ok():
    (page,) = chain_of().setting.pages
    assert (page.address, page.path, page.read()) == (":8080", "/health", (200, "OK"))


def test_its_address_can_be_set():
    (page,) = chain_of("health localhost:1234").setting.pages
    assert page.address == "localhost:1234"


def test_a_lame_duck_answers_for_a_while_longer():
    assert chain_of("health {\n lameduck 5s\n}").setting.lameduck == 5
    assert chain_of().setting.lameduck == 0


def durations(chain):
    """How many requests took as long as each bound, or shorter."""
    family = chain.world.metrics.histogram("coredns_health_request_duration_seconds", "").family()
    return [sample.value for sample in family.samples if sample.suffix == "_bucket"]


def test_a_server_that_keeps_requests_waiting_shows_in_metrics():
    chain = chain_of()
    chain.repeat()
    chain.clock.now += 1.0001
    chain.repeat()
    chain.clock.now += 1.2
    chain.repeat()
    assert durations(chain) == [1, 1, 1, 2, 2, 2]


def test_of_several_workers_only_the_one_with_the_page_is_measured():
    (block,) = parse(". {\n health\n}", "Corefile", env={}).blocks
    measured = []
    for leads in (True, False):
        setting = Setting(World(Tables(), leads=leads), ())
        health.setup(block.args("health"), setting)
        measured.append(len(setting.repeats))
    assert measured == [1, 0]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("health localhost", "address 'localhost' has no port"),
        ("health :1 :2", "':2' is one argument too many"),
        ("health {\n lameduck a\n}", "DURATION 'a' is not a duration"),
        ("health {\n lameduck\n}", "1 argument expected"),
        ("health {\n lamedudk 4\n}", "did you mean 'lameduck'"),
    ],
)
def test_what_is_wrong_is_said(line, problem):
    with pytest.raises(CorefileError, match=f"health: .*{problem}"):
        chain_of(line)
