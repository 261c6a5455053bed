"""The Corefiles in config/ that other tests don't start: those of the lab are started by the tests of the lab."""

from pathlib import Path

import namespace


def test_the_corefile_of_a_kubeadm_cluster_is_served_unchanged(tmp_path: Path) -> None:
    printed = namespace.run(Path(__file__).with_name("ask_kubeadm.py"), tmp_path)

    assert printed.splitlines() == [
        "http://127.0.0.1:8080/health 200",
        "http://127.0.0.1:8181/ready 200",
        "http://127.0.0.1:9153/metrics 200",
        "10.11.4.10",
    ]
