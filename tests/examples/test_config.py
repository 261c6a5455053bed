"""The Corefiles in config/ are served as they are, at their own ports."""

from pathlib import Path

import namespace
from serving import ROOT

SCRIPT = Path(__file__).with_name("serve_unchanged.py")


def test_the_corefile_of_a_kubeadm_cluster_is_served_with_its_pages(tmp_path: Path) -> None:
    printed = namespace.run(SCRIPT, tmp_path, "53", "--conf", "config/kubeadm.Corefile", "manifests/lab")

    assert printed == "200 200 200\n10.11.4.10\n"


def test_the_lab_is_served_by_the_command_of_its_corefile(tmp_path: Path) -> None:
    command = "--conf config/lab/Corefile --pod-cidr 20.96.0.0/12 manifests/lab"
    assert f"clusterdns serve {command}\n" in (ROOT / "config/lab/Corefile").read_text()

    printed = namespace.run(SCRIPT, tmp_path, "5253", *command.split())

    assert printed == "None None None\n10.11.4.10\n"
