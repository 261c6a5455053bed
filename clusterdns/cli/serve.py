"""`clusterdns serve`: answers for a cluster until a signal ends it."""

import asyncio
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from clusterdns.cli.corefile import read_corefile
from clusterdns.cli.listening import defaults, listening_hosts
from clusterdns.cli.loading import load
from clusterdns.cli.options import Options, cluster_options, read
from clusterdns.cli.process import Process
from clusterdns.cli.ready_file import ready_file
from clusterdns.cluster.problems import Problem
from clusterdns.corefile import CorefileError
from clusterdns.logs import Log
from clusterdns.plugins.base import StartError
from clusterdns.server.binder import Sockets
from clusterdns.server.keeper import Keeper
from clusterdns.server.site import make_sites
from clusterdns.server.sockets import Endpoint


@click.command(
    name="serve",
    epilog="SIGTERM and SIGINT end it once the queries under way are answered. SIGUSR1, and SIGHUP off a terminal, "
    "have it read the Corefile again. Manifests are watched; nothing needs to be said when they change.",
)
@cluster_options
@click.option(
    "--ready-file",
    "ready_path",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help='Write {"host": …, "port": …} into it when it answers, and delete it at the end.',
)
def command(ready_path: Path | None, **given: Any) -> None:
    """Answer for the cluster that the MANIFESTs make: files, folders, or - for standard input.

    Without a MANIFEST the embedded example is served.
    """
    options = read(**given)
    _use_all_files()
    try:
        with _ended_at_once(), ready_file(ready_path) as ready:
            keeper, problems = load(options, Log())
            if problems:
                _give_up(options, keeper, problems)
            status = _serve(options, keeper, ready)
    except StartError as error:
        raise click.ClickException(str(error)) from None
    sys.exit(status)


def _serve(options: Options, keeper: Keeper, ready: Callable[[Endpoint], None]) -> int:
    keeper.world.workers = workers = options.workers or _wanted_workers(options)
    sockets = Sockets(workers)
    if not options.port:
        # Known before the Corefile is read, since its metrics name the port.
        options = replace(options, port=sockets.reserve(listening_hosts(options)))
    if workers == 1:
        return asyncio.run(Process(options, keeper, sockets, ready).run())
    from clusterdns.cli.worker import Worker  # what few need
    from clusterdns.server.workers import Supervisor

    return Supervisor(
        workers,
        sockets,
        lambda share: asyncio.run(Worker(options, keeper, share).run()),
        keeper.world.log,
        ready,
    ).run()


def _wanted_workers(options: Options) -> int:
    """How many processes the Corefile asks for. What is wrong with it is said when it is served."""
    if options.conf is None or not options.conf.is_file():
        return 1
    from clusterdns.plugins.multisocket import workers_of

    with suppress(StartError, CorefileError):
        blocks = [block for block in read_corefile(options).corefile.blocks if "multisocket" in block.plugins]
        return max((workers_of(block.args("multisocket")) for block in blocks), default=1)
    return 1


def _use_all_files() -> None:
    """Lets the process open as many files as it may, since each client of TCP and each upstream takes one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):  # some systems name a limit that they then refuse
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _give_up(options: Options, keeper: Keeper, problems: list[Problem]) -> None:
    """Says everything that is wrong, with the Corefile too, and ends the process."""
    sentences = list(map(str, problems))
    with keeper.world.log.muted():
        try:
            sentences += map(str, make_sites(read_corefile(options).corefile, keeper.world, defaults(options))[1])
        except StartError as error:
            sentences.append(str(error))
    click.echo("\n".join(sentences), err=True)
    sys.exit(1)


@contextmanager
def _ended_at_once() -> Iterator[None]:
    """Before anything is served a signal to end ends the process, and there is nothing yet to reload.

    Who has served has said what signals mean to the last moments.
    """
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1)}
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    try:
        yield
    except BaseException:
        for number, handler in before.items():
            signal.signal(number, handler)
        raise
