"""Run by test_doctor_command in namespaces of its own: servers, a resolv.conf, and what the doctor says of them.

Prints, as JSON, exit status and output of each visit.

    doctor_in_namespace.py FOLDER STORY
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import dns.exception
from asking import ask
from commands import run
from namespace import set_up
from serving import serving, wait_until

RESOLV_CONF = "nameserver 127.0.0.1\n"
Visits = dict[str, tuple[int, str]]


def two_servers(folder: Path) -> Visits:
    """Both at port 53, of which resolv.conf names the first."""
    set_up(folder, RESOLV_CONF)
    other = ("--port", "53", "--bind", "127.0.0.2", "--service-cidr", "10.112.0.0/16")
    with (
        serving("--port", "53", "--bind", "127.0.0.1", port=53, log=folder / "log"),
        serving(*other, port=53, host="127.0.0.2", log=folder / "other.log"),
    ):
        return {"named": visit("--server", "127.0.0.1"), "not named": visit("--server", "127.0.0.2", "--json")}


def dnsmasq(folder: Path) -> Visits:
    """It has port 53, and is told of the cluster as the doctor says."""
    set_up(folder, RESOLV_CONF)
    with serving(port=5353, log=folder / "log"):
        with resolving_by_dnsmasq():
            before = visit()
        advice = before[1].partition("write '")[2].partition("'")[0]
        with resolving_by_dnsmasq(f"--{advice}"):
            return {"before": before, "after": visit()}


@contextmanager
def resolving_by_dnsmasq(*options: str) -> Iterator[None]:
    plain = ("--keep-in-foreground", "--user=root", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--pid-file=")
    process = subprocess.Popen(["dnsmasq", *plain, "--listen-address=127.0.0.1", "--bind-interfaces", *options])
    try:
        wait_until(answers, "dnsmasq does not answer")
        yield
    finally:
        process.terminate()
        process.wait()


def answers() -> bool:
    try:
        return bool(ask("version.bind.", "TXT", rdclass="CH", port=53, timeout=0.2))
    except (OSError, dns.exception.Timeout):
        return False


def visit(*options: str) -> tuple[int, str]:
    ran = run("doctor", *options)
    return ran.returncode, ran.stdout


STORIES: dict[str, Callable[[Path], Visits]] = {story.__name__: story for story in (two_servers, dnsmasq)}

if __name__ == "__main__":
    print(json.dumps(STORIES[sys.argv[2]](Path(sys.argv[1]))))
