"""Run by test_lab_resolver in network and mount namespaces of its own: the lab, with the node's cache at port 53, and
glibc's resolver set up as a Pod's. Prints as JSON what glibc finds for the names given: addresses, or nothing.

    unshare --net --mount python in_namespace.py FOLDER NAME...
"""

import json
import subprocess
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))

from laboratory import TIERS, laboratory

NODE_CACHE = "169.254.20.10"  # where NodeLocal DNSCache listens
RESOLV_CONF = f"""\
nameserver {NODE_CACHE}
search default.svc.cluster.local svc.cluster.local cluster.local company.example
options ndots:5
"""
FILES = {"/etc/resolv.conf": RESOLV_CONF, "/etc/nsswitch.conf": "hosts: files dns\n"}


def main(folder: Path, names: list[str]) -> None:
    """Sets up the namespace, starts the lab and asks."""
    _run("ip", "link", "set", "lo", "up")
    _run("ip", "address", "add", f"{NODE_CACHE}/32", "dev", "lo")
    for path, text in FILES.items():
        ours = folder / Path(path).name
        ours.write_text(text)
        _run("mount", "--bind", str(ours), path)
    with laboratory(folder, {**TIERS, "node-cache": 53}, ask_at=NODE_CACHE):
        print(json.dumps({name: _resolve(name) for name in names}))


def _resolve(name: str) -> list[str]:
    found = subprocess.run(["getent", "ahostsv4", name], capture_output=True, text=True, timeout=30, check=False)
    return sorted({line.split()[0] for line in found.stdout.splitlines()})


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
