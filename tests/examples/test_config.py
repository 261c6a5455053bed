"""The Corefiles in config/ are served as they are, at their own ports."""

import shutil
from pathlib import Path

import namespace
import pytest
from serving import ROOT

from clusterdns.plugins import BUILT

SCRIPT = Path(__file__).with_name("serve_unchanged.py")


def test_the_corefile_of_a_kubeadm_cluster_is_served_with_its_pages(tmp_path: Path) -> None:
    printed = namespace.run(SCRIPT, tmp_path, "53", "--conf", "config/kubeadm.Corefile", "manifests/lab")

    assert printed == "200 200 200\n10.11.4.10\n"


def test_the_lab_is_served_by_the_command_of_its_corefile(tmp_path: Path) -> None:
    command = "--conf config/lab/Corefile --pod-cidr 20.96.0.0/12 manifests/lab"
    assert f"clusterdns serve {command}\n" in (ROOT / "config/lab/Corefile").read_text()

    printed = namespace.run(SCRIPT, tmp_path, "5253", *command.split())

    assert printed == "None None None\n10.11.4.10\n"


@pytest.mark.skipif(shutil.which("dnssec-keygen") is None, reason="needs dnssec-keygen")
def test_one_corefile_has_every_plugin_and_is_served(tmp_path: Path) -> None:
    words = set((ROOT / "config/everything/Corefile").read_text().split())
    assert words >= BUILT

    printed = namespace.run(Path(__file__).with_name("serve_everything.py"), tmp_path, "manifests/lab")

    assert printed.splitlines() == [
        "service1.default.svc.cluster.local 10.11.4.10",
        "gateway.example 192.0.2.90",
        "a.lucky.example 192.0.2.7",
        "www.zone.example 192.0.2.80",
        "www.auto.example 192.0.2.81",
        "www.sealed.example 192.0.2.91",
        "www.signed.example 192.0.2.80",
        "tls 10.11.4.10",
    ]
