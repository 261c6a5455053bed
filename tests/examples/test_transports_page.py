"""docs/transports.md tells no lies: its Corefiles are served, and its commands print what it shows."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from serving import CLUSTERDNS, PATIENCE, ROOT, free_port

PAGE = (ROOT / "docs/transports.md").read_text()
COREFILES = re.findall(r"```corefile\n(.*?)```", PAGE, flags=re.DOTALL)
SHOWN = re.findall(r"^\$ (\S.*)\n((?:[^$`].*\n)+)", PAGE, flags=re.MULTILINE)
MISSING = [program for program in ("kdig", "curl") if shutil.which(program) is None]


@pytest.mark.skipif(bool(MISSING), reason=f"needs {MISSING}")
def test_what_the_page_shows_is_what_happens(serve, tmp_path: Path) -> None:
    ports = {name: str(free_port()) for name in ("8853", "8443")}

    def here(text: str) -> str:
        for name, port in ports.items():
            text = text.replace(name, port)
        return text

    (tmp_path / "Corefile").write_text(here(f". {{\n whoami\n}}\n{COREFILES[0]}"))
    server = None
    for command, printed in SHOWN:
        command = here(command.replace("clusterdns", " ".join(CLUSTERDNS), 1))
        shown = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE)
        first = printed.splitlines()[0]
        assert shown.stdout.splitlines()[:1] == [first], (command, shown.stderr)
        if server is None:
            server = serve("--conf", tmp_path / "Corefile", cwd=tmp_path)


def test_each_corefile_of_the_page_is_right(tmp_path: Path) -> None:
    subprocess.run([*CLUSTERDNS, "cert", "certs"], cwd=tmp_path, check=True, capture_output=True, timeout=PATIENCE)
    for corefile in COREFILES:
        (tmp_path / "Corefile").write_text(corefile)
        command = [*CLUSTERDNS, "check", "--conf", "Corefile"]
        checked = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE)
        assert checked.returncode == 0, checked.stdout + checked.stderr
