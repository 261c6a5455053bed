"""What unmodified Python finds under `as_pod`, and what is asked for it, is as by the real glibc in a Pod."""

import json
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from serving import CLUSTERDNS

from clusterdns.testing import ClusterDNS

PROGRAM = Path(__file__).parent / "look_up.py"
FAULTS = {
    "fails": "rcode SERVFAIL",
    "refused": "rcode REFUSED",
    "unknown": "rcode NOTIMP",
    "odd": "rcode FORMERR",
    "empty": "empty",
    "once": "rcode SERVFAIL\n times 2",
    "half": "rcode SERVFAIL\n type A",
    "other": "rcode REFUSED\n type AAAA",
    "lost": "drop\n times 1",
}
MANIFEST = """
apiVersion: v1
kind: Pod
metadata: {name: client}
spec:
  containers: [{name: client, image: client}]
  dnsConfig: {options: [{name: timeout, value: '1'}]}
---
apiVersion: v1
kind: Service
metadata: {name: alias}
spec: {type: ExternalName, externalName: plain.default.svc.cluster.local}
"""
SERVICE = """---
apiVersion: v1
kind: Service
metadata: {name: %s}
spec: {clusterIP: 10.96.1.%d, ports: [{port: 80}]}
"""
LOOKUPS: list[list[object]] = [
    *(["getaddrinfo", name, 80] for name in ("plain", "plain.default", "plain.default.svc.cluster.local.", "none")),
    *(["getaddrinfo", name, 80] for name in ("one.two.three.four.five.six", "alias", "10.0.0.1")),
    *(["getaddrinfo", name, 80] for name in FAULTS if name not in ("once", "lost")),
    ["getaddrinfo", "once", 80],
    ["getaddrinfo", "lost", 80],
    ["getaddrinfo", "alias", 80, 2, 1, 0, 2],  # AF_INET, SOCK_STREAM, AI_CANONNAME
    ["getaddrinfo", "plain", 80, 10],  # AF_INET6
    ["gethostbyname", "plain"],
    ["gethostbyname", "fails"],
    ["gethostbyname", "none"],
    ["gethostbyname_ex", "alias"],
    ["gethostbyaddr", "10.96.1.1"],
    ["gethostbyaddr", "10.96.1.99"],
    ["getnameinfo", ["10.96.1.1", 80], 0],
    ["getnameinfo", ["10.96.1.99", 80], 0],
    ["getnameinfo", ["10.96.1.99", 80], 8],  # NI_NAMEREQD
]


def corefile() -> str:
    faults = "".join(f"fault {name}.default.svc.cluster.local {{\n {what}\n }}\n" for name, what in FAULTS.items())
    zones = "kubernetes cluster.local in-addr.arpa ip6.arpa\n"
    return f". {{\n log\n {faults} {zones} }}\n"


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    manifest, conf = tmp_path / "manifest.yaml", tmp_path / "Corefile"
    services = (SERVICE % (name, number) for number, name in enumerate(("plain", *FAULTS), 1))
    manifest.write_text(MANIFEST + "".join(services))
    conf.write_text(corefile())
    return manifest, conf


def really(manifest: Path, conf: Path, log: Path) -> tuple[list[object], list[str]]:
    """What the program finds in a Pod, and what it asks for."""
    options = ("--log", log, "--from", "default/client", "-f", manifest, "--conf", conf)
    command = [*CLUSTERDNS, "run", *options, "--", sys.executable, PROGRAM, json.dumps(LOOKUPS)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if "allows no namespaces" in ran.stderr:
        pytest.skip(ran.stderr)
    assert ran.returncode == 0, ran.stderr
    asked = re.findall(r'"(\w+) IN (\S+)\. ', log.read_text())
    return list(map(json.loads, ran.stdout.splitlines())), [f"{name} {qtype}" for qtype, name in asked]


@pytest.mark.skipif(shutil.which("getent") is None, reason="this machine has no glibc")
def test_what_is_found_and_what_is_asked_is_the_same(
    files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found, asked = really(*files, tmp_path / "log")
    manifest, conf = files
    monkeypatch.setattr(sys, "argv", [str(PROGRAM), json.dumps(LOOKUPS)])

    with ClusterDNS(manifest, corefile=conf) as dns, dns.as_pod(pod="client"):
        runpy.run_path(str(PROGRAM))

    ours = list(map(json.loads, capsys.readouterr().out.splitlines()))
    assert dict(zip(map(str, LOOKUPS), ours, strict=True)) == dict(zip(map(str, LOOKUPS), found, strict=True))
    assert [str(query) for query in dns.queries] == asked
