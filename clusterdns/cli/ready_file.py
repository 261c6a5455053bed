"""`--ready-file`: tells other programs where the server answers, from its first answer to its end.

    {"host": "127.0.0.1", "port": 34567}

The file appears whole or not at all, so who waits for it need only look whether it is there. Knows a path, no server.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from clusterdns.plugins.base import StartError
from clusterdns.server.sockets import Endpoint

_LOOPBACK = "127.0.0.1"  # where a server that listens everywhere is found


@contextmanager
def ready_file(path: Path | None) -> Iterator[Callable[[Endpoint], None]]:
    """What to call when the server answers, with where that is. Without a path it does nothing.

    There is no such file before, though one may be left from a server that was killed, and none after. Raises
    `StartError` if it can't be written, at once and when it is called.
    """
    if path is None:
        yield lambda _: None
        return
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")

    def write(endpoint: Endpoint) -> None:
        said = json.dumps({"host": endpoint.host or _LOOPBACK, "port": endpoint.port})
        with _as_start_error(path):
            unfinished.write_text(f"{said}\n", encoding="ascii")
            unfinished.replace(path)

    with _as_start_error(path):
        path.unlink(missing_ok=True)
        unfinished.touch()
        unfinished.unlink()
    try:
        yield write
    finally:
        with suppress(OSError):
            path.unlink(missing_ok=True)


@contextmanager
def _as_start_error(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StartError(f"--ready-file {path} can't be written: {error.strerror or error}") from None
