"""Run by test_run in namespaces of its own, where another nameserver has port 53 of an address: `clusterdns run` there.

run_in_namespace.py FOLDER
"""

import sys
from pathlib import Path

from commands import run
from namespace import set_up
from serve_in_namespace import upstream

OTHER = "127.0.0.9"
NODES_OWN = """\
apiVersion: v1
kind: Pod
metadata: {name: agent}
spec: {dnsPolicy: Default, containers: [{name: c, image: i}]}
"""


def main(folder: Path) -> None:
    set_up(folder, f"nameserver {OTHER}\n", ["10.9.9.9"])  # with loopback alone, getent shows no address
    manifest = folder / "agent.yaml"
    manifest.write_text(NODES_OWN)
    getent = ("getent", "ahostsv4", "www.example.")
    with upstream(OTHER), upstream("127.0.53.1"):
        print("forwarded:", address(run("run", "--", *getent).stdout))
        print("of the Node:", address(run("run", "-f", manifest, "--from", "default/agent", "--", *getent).stdout))
        both = run("run", "--net", "host", "--", "sh", "-c", f"cat /etc/resolv.conf; {' '.join(getent)}").stdout
        _, nameserver, _, found, *_ = both.splitlines()
        print("on the host:", nameserver.split()[1], address(found))


def address(text: str) -> str:
    return (text.split() or ["nothing"])[0]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
