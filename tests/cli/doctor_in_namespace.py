"""Run by test_doctor_command in namespaces of its own: two servers at port 53, of which resolv.conf names the first.

doctor_in_namespace.py FOLDER
"""

import json
import sys
from pathlib import Path

from commands import run
from namespace import set_up
from serving import serving


def main(folder: Path) -> None:
    set_up(folder, "nameserver 127.0.0.1\n")
    other = ("--port", "53", "--bind", "127.0.0.2", "--service-cidr", "10.112.0.0/16")
    with (
        serving("--port", "53", "--bind", "127.0.0.1", port=53, log=folder / "log"),
        serving(*other, port=53, host="127.0.0.2", log=folder / "other.log"),
    ):
        well = run("doctor", "--server", "127.0.0.1")
        elsewhere = run("doctor", "--server", "127.0.0.2", "--json")
    stories = {"well": well, "elsewhere": elsewhere}
    print(json.dumps({name: {"status": ran.returncode, "text": ran.stdout} for name, ran in stories.items()}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
