"""Run by test_lab_resolver in namespaces of its own: the lab, with the node's cache at port 53 and glibc's resolver set
up as a Pod's. Prints as JSON the addresses that glibc finds for each name.

    resolve_in_lab.py FOLDER NAME...
"""

import json
import sys
from pathlib import Path

from laboratory import TIERS, laboratory
from namespace import resolve, set_up

NODE_CACHE = "169.254.20.10"  # where NodeLocal DNSCache listens
RESOLV_CONF = f"""\
nameserver {NODE_CACHE}
search default.svc.cluster.local svc.cluster.local cluster.local company.example
options ndots:5
"""


def main(folder: Path, names: list[str]) -> None:
    set_up(folder, RESOLV_CONF, [NODE_CACHE])
    with laboratory(folder, {**TIERS, "node-cache": 53}, ask_at=NODE_CACHE):
        print(json.dumps({name: resolve(name) for name in names}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
