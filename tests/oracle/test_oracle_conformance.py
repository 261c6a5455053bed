"""CoreDNS's own test tables, asked of us."""

import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from judges import NEEDS_ORACLE, command, judge, oracle

pytestmark = NEEDS_ORACLE

SERVER = command("serve --bare --conf {corefile} --port {port} --bind 0.0.0.0 {manifests}")


@pytest.mark.parametrize("scenarios", ["0[0-5]?-*", "0[6-9]?-*", "1[0-3]?-*", "1[4-9]?-*", "2??-*"])
def test_scenarios_of_coredns_hold(scenarios: str) -> None:
    judge(oracle("conformance", "run.py"), "--jobs", "2", "--only", scenarios, "--server-cmd", SERVER)


@pytest.fixture(scope="module")
def check(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The command line that checks a Corefile, by a process that has started already."""
    path = tmp_path_factory.mktemp("warm") / "socket"
    here = Path(__file__).parent
    server = subprocess.Popen([sys.executable, here / "warm_server.py", path], stdout=subprocess.PIPE)
    with server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"
        client = [sys.executable, "-I", "-S", str(here / "warm_client.py"), str(path)]
        yield f"{shlex.join(client)} check --bare --conf {{corefile}}"
        server.kill()


def test_corefiles_are_accepted_and_rejected_as_by_coredns(check: str) -> None:
    judge(oracle("conformance", "run.py"), "--jobs", "2", "--config-errors", "--check-cmd", check)
