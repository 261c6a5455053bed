"""What tests of the whole program share: servers on free ports, stopped when the test ends."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

pytest.register_assert_rewrite("asking", "serving")

from serving import Server, serving  # noqa: E402


@pytest.fixture
def no_node(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the machine's resolv.conf says, no command in this process adds it to a Pod's."""
    monkeypatch.setattr("clusterdns.cli.node.NODE_CONF", Path("/nonexistent/resolv.conf"))


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts `clusterdns serve ARGUMENTS --port PORT --bind 127.0.0.1`, by default on a free port, and waits for it."""
    numbers = count()
    with ExitStack() as running:

        def start(*arguments: str | Path, port: int = 0, **env: str) -> Server:
            log = tmp_path / f"serve-{next(numbers)}.log"
            where = ("--port", str(port), "--bind", "127.0.0.1")
            return running.enter_context(serving(*arguments, *where, port=port, log=log, **env))

        yield start
