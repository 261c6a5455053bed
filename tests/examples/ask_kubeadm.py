"""Run by test_config in namespaces of its own: clusterdns with kubeadm's Corefile, which wants port 53 and pages.

Prints the status of each page and the addresses of a Service.

    ask_kubeadm.py FOLDER
"""

import sys
import urllib.request
from pathlib import Path

from asking import addresses
from namespace import set_up
from serving import ROOT, serving

PAGES = ("http://127.0.0.1:8080/health", "http://127.0.0.1:8181/ready", "http://127.0.0.1:9153/metrics")


def main(folder: Path) -> None:
    set_up(folder, "nameserver 192.0.2.1\n")
    corefile = ROOT / "config/kubeadm.Corefile"
    with serving("--conf", corefile, ROOT / "manifests/lab", port=53, log=folder / "log") as server:
        for page in PAGES:
            with urllib.request.urlopen(page, timeout=10) as answer:
                print(page, answer.status)
        print(*addresses(server.ask("service1.default.svc.cluster.local")))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
