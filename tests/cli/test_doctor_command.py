"""`clusterdns doctor` on machines that ask us, and on some that do not."""

import json
import shutil
from pathlib import Path

import namespace
import pytest
from commands import run


def visits(folder: Path, story: str) -> dict[str, tuple[int, str]]:
    return json.loads(namespace.run(Path(__file__).with_name("doctor_in_namespace.py"), folder, story))


def test_a_machine_whose_resolv_conf_names_us_is_well(tmp_path):
    said = visits(tmp_path, "two_servers")
    status, text = said["named"]
    assert status == 0, text
    assert text.startswith("ok       127.0.0.1:53 answers for cluster.local\n")
    status, text = said["not named"]
    assert status == 1
    findings = {finding["code"]: finding for finding in json.loads(text)["findings"]}
    assert findings["lookup"]["level"] == "problem"
    assert findings["resolv-conf"]["what"] == "/etc/resolv.conf names 127.0.0.1, and not 127.0.0.2"


def test_dnsmasq_that_does_as_the_doctor_says_asks_us(tmp_path):
    if not shutil.which("dnsmasq"):
        pytest.skip("this machine has no 'dnsmasq'")
    said = visits(tmp_path, "dnsmasq")
    status, text = said["before"]
    assert status == 1
    assert "write 'server=/cluster.local/127.0.0.1#5353' into /etc/dnsmasq.d/clusterdns.conf" in text
    status, text = said["after"]
    assert status == 0, text
    assert "programs on this machine find kubernetes.default.svc.cluster.local. there" in text


def test_a_server_that_is_no_address_is_refused():
    ran = run("doctor", "--server", "127.0.0.1:x")
    assert ran.returncode == 2
    assert "'x' is no port" in ran.stderr


def test_a_server_that_is_a_name_is_refused():
    ran = run("doctor", "--server", "dns.example.com")
    assert ran.returncode == 2
    assert "'dns.example.com' is not an IP address, which is all that resolv.conf can name" in ran.stderr
