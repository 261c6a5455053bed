"""Run by test_resolving in namespaces of its own: commands of a page, beside a server as a user would start it.

Prints, as JSON, what each prints.

    resolve_as_shown.py FOLDER COMMAND...
"""

import json
import subprocess
import sys
from pathlib import Path

from namespace import set_up
from serving import CLUSTERDNS, ROOT, serving


def main(folder: Path, commands: list[str]) -> None:
    set_up(folder, "nameserver 192.0.2.1\n")
    with serving(port=5353, log=folder / "log"):
        print(json.dumps({command: printed_by(command) for command in commands}))


def printed_by(command: str) -> str:
    python = " ".join(CLUSTERDNS)
    ran = subprocess.run(
        command.replace("clusterdns", python, 1),
        shell=True,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    return ran.stdout


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
