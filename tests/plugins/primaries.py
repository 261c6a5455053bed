"""Knot and BIND as primaries of zones: started for a test, changed, and stopped."""

import base64
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dns.exception
from asking import ask
from serving import free_port, wait_until

SECRET = base64.b64encode(b"a secret that both sides know...").decode()
ZONE = """$TTL 60
@ SOA ns host {serial} 1h 1h 1w 5m
@ NS ns
ns A 127.0.0.1
www A {address}
""" + "".join(f"host{number} TXT {'x' * 60}\n" for number in range(1, 2001))
_KNOT = """
server:
    rundir: {folder}
    listen: 127.0.0.1@{port}
database:
    storage: {folder}
key:
  - id: transfer.key
    algorithm: hmac-sha256
    secret: {secret}
remote:
  - id: secondary
    address: 127.0.0.1@{secondary}
acl:
  - id: secondary
    address: 127.0.0.1
    key: transfer.key
    action: transfer
zone:
  - domain: example.org
    storage: {folder}
    file: zone
    notify: secondary
    acl: secondary
    zonefile-load: difference
"""
_BIND = """
options {{
    directory "{folder}";
    pid-file none;
    listen-on port {port} {{ 127.0.0.1; }};
    listen-on-v6 {{ none; }};
    recursion no;
    notify explicit;
}};
controls {{ }};
key "transfer.key" {{ algorithm hmac-sha256; secret "{secret}"; }};
zone "example.org" {{
    type primary;
    file "zone";
    allow-transfer {{ key transfer.key; }};
    also-notify {{ 127.0.0.1 port {secondary}; }};
    ixfr-from-differences yes;
}};
"""


class Primary:
    """One of them, with the zone example.org."""

    def __init__(self, kind: str, folder: Path, secondary: int) -> None:
        self.kind = kind
        self.folder = folder
        self.port = free_port()
        template = {"knotd": _KNOT, "named": _BIND}[kind]
        settings = {"folder": folder, "port": self.port, "secret": SECRET, "secondary": secondary}
        (folder / "conf").write_text(template.format(**settings))
        self.write(1, "192.0.2.1")
        command = ["knotd", "-c", folder / "conf"] if kind == "knotd" else ["named", "-g", "-c", folder / "conf"]
        with (folder / "log").open("w") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        wait_until(self._answers, f"{kind} does not answer")

    def _answers(self) -> bool:
        try:
            return bool(ask("www.example.org.", port=self.port, timeout=0.2).answer)
        except (dns.exception.Timeout, OSError):
            return False

    def write(self, serial: int, address: str) -> None:
        """Writes the zone file."""
        (self.folder / "zone").write_text(ZONE.format(serial=serial, address=address))

    def change(self, serial: int, address: str) -> None:
        """Changes the zone, and tells the secondary."""
        self.write(serial, address)
        self.process.send_signal(1)  # SIGHUP


@contextmanager
def primary(kind: str, folder: Path, secondary: int) -> Iterator[Primary]:
    """A primary that sends NOTIFY to a port of 127.0.0.1."""
    folder.mkdir(exist_ok=True)
    server = Primary(kind, folder, secondary)
    try:
        yield server
    finally:
        server.process.terminate()
        server.process.wait(20)
