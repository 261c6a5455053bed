"""What a server to measure is, and ours: kubeadm's Corefile and the manifests of the bench. Starts nothing."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from bench import cluster

ROOT: Final = Path(__file__).resolve().parent.parent
REVISED: Final = "revised.yaml"


@dataclass(frozen=True)
class Command:
    """How a server is started: its words, its environment, its folder."""

    words: list[str]
    env: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None


class Ports(NamedTuple):
    """Where a server listens on loopback, and where it forwards to.

    It is asked at `encrypted`, too, over `tls` or `https`, where a row wants that.
    """

    own: int
    upstream: int
    transport: str = ""
    encrypted: int = 0


class Server(Protocol):
    """A server to measure. `package` is Debian's, `program` what has to be there."""

    @property
    def name(self) -> str:
        """How the table calls it."""

    @property
    def package(self) -> str:
        """What to install if it is missing."""

    @property
    def program(self) -> str:
        """What is run."""

    def prepare(self, folder: Path, ports: Ports) -> Command:
        """Writes what the server reads into the folder."""


@dataclass(frozen=True)
class ClusterDNS:
    """Ours, with kubeadm's Corefile. `root` is the checkout; `log` adds the query log."""

    name: str = "clusterdns"
    root: Path = ROOT
    workers: int = 1
    log: bool = False
    package: str = "clusterdns"
    program: str = sys.executable

    def prepare(self, folder: Path, ports: Ports) -> Command:
        manifests = folder / "manifests"
        manifests.mkdir()
        (manifests / "cluster.yaml").write_text(cluster.manifest())
        (manifests / REVISED).write_text(cluster.revised_manifest(0))
        corefile = folder / "Corefile"
        corefile.write_text(
            _COREFILE.format(
                port=ports.own,
                upstream=ports.upstream,
                log="log" if self.log else "",
            )
        )
        if ports.transport:
            certificate, key = make_certificate(folder)
            with corefile.open("a") as file:
                file.write(_ENCRYPTED.format(ports=ports, certificate=certificate, key=key))
        words = [self.program, "-m", "clusterdns", "serve", "--conf", str(corefile), "--workers", str(self.workers)]
        path = os.pathsep.join(filter(None, [str(self.root), os.environ.get("PYTHONPATH")]))
        return Command([*words, str(manifests)], {"PYTHONPATH": path}, self.root)


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for localhost and its key, in the folder."""
    command = [sys.executable, "-m", "clusterdns", "cert", str(folder)]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True, capture_output=True)
    return folder / "cert.pem", folder / "key.pem"


# kubeadm's. Pages take any port: nobody asks for them.
_COREFILE: Final = """\
(plugins) {{
    bind 127.0.0.1
    errors
    {log}
    kubernetes cluster.local in-addr.arpa ip6.arpa {{
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }}
    prometheus 127.0.0.1:0
    forward . 127.0.0.1:{upstream} {{
       max_concurrent 1000
    }}
    cache 30 {{
       disable success cluster.local
       disable denial cluster.local
    }}
    loadbalance
}}

.:{port} {{
    import plugins
    health 127.0.0.1:0
    ready 127.0.0.1:0
    loop
    reload
}}
"""
_ENCRYPTED: Final = """\
{ports.transport}://.:{ports.encrypted} {{
    import plugins
    tls {certificate} {key}
}}
"""
