"""Knot and BIND as secondaries of example.org: started for a test, and stopped."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from primaries import SECRET

_KNOT = """
server:
    rundir: {folder}
    listen: 127.0.0.1@{port}
database:
    storage: {folder}
log:
  - target: {folder}/log
    any: debug
{key}
remote:
  - id: primary
    address: 127.0.0.1@{primary}
    {use}
acl:
  - id: primary
    address: 127.0.0.1
    action: notify
zone:
  - domain: example.org
    storage: {folder}
    master: primary
    acl: primary
"""
_KNOT_KEY = f"""
key:
  - id: transfer.key
    algorithm: hmac-sha256
    secret: {SECRET}
"""
_BIND = """
options {{
    directory "{folder}";
    pid-file none;
    listen-on port {port} {{ 127.0.0.1; }};
    listen-on-v6 {{ none; }};
    recursion no;
    notify no;
    dnssec-validation no;
}};
controls {{ }};
{key}
zone "example.org" {{
    type secondary;
    file "zone";
    primaries {{ 127.0.0.1 port {primary} {use}; }};
    allow-notify {{ 127.0.0.1; }};
}};
"""
_BIND_KEY = f'key "transfer.key" {{ algorithm hmac-sha256; secret "{SECRET}"; }};'
_TEMPLATES = {"knotd": (_KNOT, _KNOT_KEY, "key: transfer.key"), "named": (_BIND, _BIND_KEY, 'key "transfer.key"')}


@contextmanager
def secondary(kind: str, folder: Path, port: int, primary: int, *, is_signed: bool) -> Iterator[None]:
    """A secondary at a port of 127.0.0.1 of a primary at another one, which asks by TSIG if `is_signed`."""
    folder.mkdir()
    template, key, use = _TEMPLATES[kind]
    settings = {"key": key, "use": use} if is_signed else {"key": "", "use": ""}
    (folder / "conf").write_text(template.format(folder=folder, port=port, primary=primary, **settings))
    command = ["knotd", "-c", folder / "conf"] if kind == "knotd" else ["named", "-g", "-c", folder / "conf"]
    with (folder / "log").open("a") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)
