"""root: the folder in which relative paths of other plugins begin. It may appear later than the server.

Syntax:
    root PATH

Examples:
    . {
        root /etc/coredns
        whoami
    }
"""

from collections.abc import Iterator
from pathlib import Path

from clusterdns.corefile import Args
from clusterdns.plugins.base import Setting


def setup(args: Args, setting: Setting) -> None:
    """Reads `root`. Raises `CorefileError` without a path."""
    for _ in args.each("root PATH"):
        setting.root = Path(args.word("PATH"))

    def missing() -> Iterator[str]:
        if not setting.root.exists():
            yield f"root: {setting.root} does not exist"

    async def warn() -> None:
        for problem in missing():
            setting.world.log.warning(problem.removeprefix("root: "), "root")

    setting.on_check(missing)
    setting.on_start(warn)
