"""Run by test_config in namespaces of its own, where all ports are free: the Corefile that uses every plugin.

Prints an answer of each part of it.

    serve_everything.py FOLDER MANIFESTS
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import dns.message
import dns.query
from asking import addresses
from namespace import set_up
from serving import CLUSTERDNS, ROOT, serving, wait_until

NAMES = (
    "service1.default.svc.cluster.local",
    "gateway.example",
    "a.lucky.example",
    "www.zone.example",
    "www.auto.example",
    "www.sealed.example",
    "www.signed.example",
)


def main(folder: Path, manifests: str) -> None:
    set_up(folder, "nameserver 192.0.2.1\n")
    place = folder / "everything"
    shutil.copytree(ROOT / "config" / "everything", place)
    prepare(place)
    os.chdir(place)
    with serving(
        "--conf", "Corefile", "--port", "53", ROOT / manifests, port=53, log=folder / "log", cwd=place
    ) as server:
        wait_until(lambda: addresses(server.ask(NAMES[-1])), "the signed zone is not served")
        for name in NAMES:
            print(name, *addresses(server.ask(name)))
        question = dns.message.make_query(NAMES[0], "A")
        reply = dns.query.tls(
            question, "127.0.0.1", 10, verify=str(place / "certs/ca.pem"), server_hostname="localhost"
        )
        print("tls", *addresses(reply))


def prepare(place: Path) -> None:
    """Does what the Corefile's comment says, line by line."""
    lines = (place / "Corefile").read_text().splitlines()
    commands = [line.removeprefix("#   ") for line in lines if line.startswith("#   ")][:-1]
    for command in commands:
        command = command.replace("clusterdns", " ".join(CLUSTERDNS), 1)
        subprocess.run(command, shell=True, cwd=place, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
