"""multisocket: has several processes answer, each with sockets of its own on the same ports (SO_REUSEPORT).

Syntax:
    multisocket [N]

N is how many, from 1 to 1024, and as many as there are CPUs if it is left out; more than that would answer no faster,
and are not started. Of several server blocks the one that wants most counts for all. It is looked at when the server
starts, and `clusterdns serve --workers` takes its place.

Examples:
    . {
        multisocket 2
        whoami
    }
"""

import os
from typing import Final

from clusterdns.corefile import Args
from clusterdns.plugins.base import Setting

_MOST: Final = 1024


def setup(args: Args, setting: Setting) -> None:
    """Reads `multisocket`, and says at the start if that many do not answer. Raises `CorefileError`."""
    wanted = workers_of(args)
    world = setting.world

    async def start() -> None:
        if world.workers != wanted:
            world.log.info(f"workers asked for: {wanted}; until the next start: {world.workers}", "multisocket")

    setting.on_start(start)


def workers_of(args: Args) -> int:
    """How many processes shall answer. Raises `CorefileError`."""
    wanted = _cpus()
    for _ in args.once("multisocket [N]"):
        for word in args.words(most=1):
            wanted = min(args.integer(word, "N", least=1, most=_MOST), wanted)
    return wanted


def _cpus() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
