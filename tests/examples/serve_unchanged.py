"""Run by test_config in namespaces of its own, where all ports are free: a Corefile as it is, with the lab's manifests.

Prints the status of each page, and the addresses of a Service.

    serve_unchanged.py FOLDER PORT ARGUMENT...
"""

import sys
import urllib.request
from pathlib import Path

from asking import addresses
from namespace import set_up
from serving import serving

PAGES = ("http://127.0.0.1:8080/health", "http://127.0.0.1:8181/ready", "http://127.0.0.1:9153/metrics")


def main(folder: Path, port: int, arguments: list[str]) -> None:
    set_up(folder, "nameserver 192.0.2.1\n")
    with serving(*arguments, port=port, log=folder / "log") as server:
        print(*(status(page) for page in PAGES))
        print(*addresses(server.ask("service1.default.svc.cluster.local")))


def status(page: str) -> int | None:
    """The status of a page, None if there is none."""
    try:
        with urllib.request.urlopen(page, timeout=10) as answer:
            assert isinstance(answer.status, int)
            return answer.status
    except OSError:
        return None


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
