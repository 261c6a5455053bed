"""Nearly 30,000 recorded answers of CoreDNS, time lines, odd packets, metrics and log lines: ours are equal."""

import pytest
from judges import NEEDS_ORACLE, command, judge, oracle

pytestmark = NEEDS_ORACLE

SERVER = command("serve --bare --conf {conf} --port {port} {manifests}")
SERVER_WITHOUT_MANIFESTS = command("serve --bare --conf {conf} --port {port}")
KINDS = ("[0-9]*.json", "chain-*.json", "more-*.json")
ANSWERS = sorted(path.name for kind in KINDS for path in oracle("golden").glob(kind))


@pytest.mark.parametrize("name", ANSWERS or ["all of them"])
def test_answers_are_those_of_coredns(name: str) -> None:
    judge(oracle("golden", "compare.py"), "--server", SERVER, oracle("golden", name))


def test_caches_age_and_upstreams_fail_as_with_coredns() -> None:
    judge(oracle("golden", "timeline.py"), "--server", SERVER_WITHOUT_MANIFESTS)


def test_odd_packets_are_treated_as_by_coredns() -> None:
    judge(oracle("golden", "wire.py"), "--server", SERVER)


def test_metrics_and_log_and_pages_are_those_of_coredns() -> None:
    judge(oracle("golden", "pages.py"), "--server", SERVER)
