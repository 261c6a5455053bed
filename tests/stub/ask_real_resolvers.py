"""Run by test_stub_real_resolvers in namespaces of its own: our server at port 53, and a real resolver that looks up
names of letters. Prints as JSON, for each name, what was asked on its behalf and what the program was told.

    ask_real_resolvers.py FOLDER NDOTS SECONDS COMMAND... -- NAME...
"""

import json
import re
import subprocess
import sys
from pathlib import Path

from letters import SEARCH, corefile
from namespace import set_up
from serving import serving, wait_until

DNS = "10.96.0.10"


def main(folder: Path, ndots: str, seconds: str, command: list[str], names: list[str]) -> None:
    options = f"ndots:{ndots} timeout:{seconds} attempts:1"
    set_up(folder, f"search {' '.join(SEARCH)}\nnameserver {DNS}\noptions {options}\n", [DNS])
    (folder / "Corefile").write_text(corefile())
    with serving("--conf", folder / "Corefile", "--bind", DNS, port=53, host=DNS, log=folder / "log") as server:
        ran = subprocess.run([*command, *names], stdout=subprocess.PIPE, text=True, timeout=60, check=True)
        server.ask("end.example.")
        wait_until(lambda: "asked end.example." in server.log(), "the last question was not logged")
        asked = re.findall(r"asked (\S+)", server.log())
    told = dict(line.split(" ", 1) for line in ran.stdout.splitlines())
    print(json.dumps({name: {"asked": _of(name, asked), "told": told[name]} for name in names}))


def _of(name: str, asked: list[str]) -> list[str]:
    """The names that were asked on behalf of a name, each once, in their order."""
    return list(dict.fromkeys(each for each in asked if each.startswith(f"{name}.")))


if __name__ == "__main__":
    _, folder, ndots, seconds, *words = sys.argv
    main(Path(folder), ndots, seconds, words[: words.index("--")], words[words.index("--") + 1 :])
