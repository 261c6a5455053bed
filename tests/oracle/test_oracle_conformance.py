"""CoreDNS's own test tables, asked of us."""

import pytest
from judges import NEEDS_ORACLE, command, judge, oracle

pytestmark = NEEDS_ORACLE

SERVER = command("serve --bare --conf {corefile} --port {port} --bind 0.0.0.0 {manifests}")
CHECK = command("check --bare --conf {corefile}")
# fmt: off
FEATURES_LEFT_OUT = [  # of plugins that we lack
    "acl",
]
PLUGINS = {
    "Corefile": ["corefile"],
    "kubernetes": ["kubernetes"],
    "forward": ["forward"],
    "cache": ["cache"],
    "data": ["hosts", "file", "template", "transfer"],
    "others": [
        "loadbalance", "errors", "log", "health", "ready", "prometheus", "reload", "loop", "bind", "any", "chaos",
        "rewrite", "acl", "view", "autopath", "k8s_external",
    ],
}
# fmt: on


def each(option: str, values: list[str]) -> list[str]:
    return [word for value in values for word in (option, value)]


@pytest.mark.parametrize("scenarios", ["0[0-5]?-*", "0[6-9]?-*", "1[0-3]?-*", "1[4-9]?-*", "2??-*"])
def test_scenarios_of_coredns_hold(scenarios: str) -> None:
    left_out = each("--skip-feature", FEATURES_LEFT_OUT)
    judge(oracle("conformance", "run.py"), "--jobs", "2", "--only", scenarios, "--server-cmd", SERVER, *left_out)


@pytest.mark.parametrize("scenarios", ["19?-acl-*", "20[0-7]-acl-*"])  # another one needs autopath
def test_clients_may_ask_what_coredns_lets_them_ask(scenarios: str) -> None:
    judge(oracle("conformance", "run.py"), "--jobs", "2", "--only", scenarios, "--server-cmd", SERVER)


@pytest.mark.parametrize("kind", PLUGINS)
def test_corefiles_are_accepted_and_rejected_as_by_coredns(kind: str) -> None:
    plugins = each("--plugin", PLUGINS[kind])
    judge(oracle("conformance", "run.py"), "--jobs", "2", "--config-errors", "--check-cmd", CHECK, *plugins)
