"""`clusterdns doctor` on a machine that asks us, and on one that does not."""

import json
from pathlib import Path

import namespace
from commands import run


def test_a_machine_whose_resolv_conf_names_us_is_well(tmp_path: Path) -> None:
    said = json.loads(namespace.run(Path(__file__).with_name("doctor_in_namespace.py"), tmp_path))
    assert said["well"]["status"] == 0, said
    assert said["well"]["text"].startswith("ok       127.0.0.1:53 answers for cluster.local\n")
    assert said["elsewhere"]["status"] == 1
    findings = {finding["code"]: finding for finding in json.loads(said["elsewhere"]["text"])["findings"]}
    assert findings["lookup"]["level"] == "problem"
    assert findings["resolv-conf"]["what"] == "/etc/resolv.conf names 127.0.0.1, and not 127.0.0.2"


def test_a_server_that_is_no_address_is_refused() -> None:
    ran = run("doctor", "--server", "127.0.0.1:x")
    assert ran.returncode == 2
    assert "'x' is no port" in ran.stderr
