"""Run by test_run in namespaces of its own, where another nameserver has port 53 of an address: `clusterdns run` there.

run_in_namespace.py FOLDER
"""

import sys
from pathlib import Path

from commands import run
from namespace import set_up
from serve_in_namespace import upstream

OTHER = "127.0.0.9"
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all")
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
    print("refused to a user:", "port 53 of this machine" in run("run", "--net", "host", "true", before=NOBODY).stderr)
    Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").write_text("53")
    print("allowed to a user:", address(run("run", "--net", "host", "getent", "ahostsv4", "web", before=NOBODY).stdout))
    by_ipv6 = run("run", "--service-cidr", "fd00:10:96::/112", "--", "getent", "ahosts", "web").stdout
    print("by IPv6:", address(by_ipv6).startswith("fd00:10:96::"))


def address(text: str) -> str:
    return (text.split() or ["nothing"])[0]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
