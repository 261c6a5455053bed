"""`clusterdns serve` may have as many clients and upstreams as the system allows."""

import resource
from collections.abc import Callable
from pathlib import Path

from serving import Server


def test_as_many_files_can_be_open_as_the_system_allows(serve: Callable[..., Server]) -> None:
    server = serve()
    limits = Path(f"/proc/{server.process.pid}/limits").read_text()
    (line,) = (line for line in limits.splitlines() if line.startswith("Max open files"))
    assert int(line.split()[3]) == resource.getrlimit(resource.RLIMIT_NOFILE)[1]
