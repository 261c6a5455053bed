"""Run by test_lab_compose in namespaces of its own: what docker-compose.yaml says, without containers.

Each tier of DNS is started by its command, at its address; glibc's resolver is set up as that of the client. Prints as
JSON the addresses that glibc finds for each name.

    resolve_in_compose.py FOLDER NAME...
"""

import json
import sys
from contextlib import ExitStack
from pathlib import Path

from compose import CLIENT, address_of, arguments_of
from laboratory import TIERS
from namespace import resolve, set_up
from serving import serving

RESOLV_CONF = f"""\
nameserver {CLIENT["dns"][0]}
search {" ".join(CLIENT["dns_search"])}
options {" ".join(CLIENT["dns_opt"])}
"""


def main(folder: Path, names: list[str]) -> None:
    set_up(folder, RESOLV_CONF, map(address_of, TIERS))
    with ExitStack() as running:
        for tier in TIERS:
            log = folder / f"{tier}.log"
            running.enter_context(serving(*arguments_of(tier), port=53, log=log, host=address_of(tier)))
        print(json.dumps({name: resolve(name) for name in names}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
