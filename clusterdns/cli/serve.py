"""`clusterdns serve`: answers for a cluster until a signal ends it."""

import asyncio
import hashlib
import io
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import click

from clusterdns import __version__
from clusterdns.cli.corefile import DEFAULT_HOSTS, Source, read_corefile
from clusterdns.cli.options import Options, cluster_options, read
from clusterdns.cli.words import describe_addresses, describe_cluster, suggest_questions
from clusterdns.corefile import Corefile
from clusterdns.logs import Log
from clusterdns.plugins.base import StartError
from clusterdns.server.gather import Gatherer, tell
from clusterdns.server.keeper import Keeper
from clusterdns.server.server import ConfigError, Endpoint, Server, has_ipv6_loopback
from clusterdns.server.site import Defaults, make_sites
from clusterdns.server.sockets import Bound, bind
from clusterdns.server.workers import Share, Supervisor, Wanted
from clusterdns.web.pages import Pages

_NO_RELOAD = 3600.0  # seconds between looks whether a reload of the Corefile has brought the reload plugin


@click.command(name="serve")
@cluster_options
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    default=1,
    show_default=True,
    metavar="N",
    help="How many processes answer.",
)
def command(workers: int, **given: Any) -> None:
    """Answer for the cluster that the MANIFESTs make: files, folders, or - for standard input.

    Without a MANIFEST the embedded example is served.
    """
    options = read(**given)
    log = Log()
    try:
        source = read_corefile(options)
        if workers == 1:
            status = asyncio.run(_Process(options, source, log).run())
        else:
            if "-" in options.manifests:
                # Each worker reads a copy of its own.
                sys.stdin = io.TextIOWrapper(io.BytesIO(sys.stdin.buffer.read()))
            options = replace(options, port=options.port or _free_port(options))
            status = Supervisor(workers, _work(options, log), _wanted(options, log), log).run()
    except OSError as error:
        raise click.ClickException(f"{error.filename or options.conf}: {error.strerror or error}") from None
    except (StartError, ConfigError) as error:
        raise click.ClickException(str(error)) from None
    sys.exit(status)


class _Process:
    """One process that answers: the keeper with its manifests, the server with its Corefile, and the pages."""

    def __init__(self, options: Options, source: Source, log: Log, share: Share | None = None) -> None:
        self._options = options
        self._source = source
        self._log = log
        self._share = share
        self._keeper = Keeper(options.settings, options.manifests, log)
        self._corefile: Corefile = source.parse()
        self._stop = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> int:
        """Serves until a signal comes; the exit status."""
        problems = self._keeper.load()
        if problems:
            click.echo("\n".join(map(str, problems)), err=True)
            return 1
        world = self._keeper.world
        world.fail = self._fail
        inherited = dict(self._share.sockets) if self._share else _first_sockets(self._options)
        port = next((bound.port for bound in inherited.values()), self._options.port)
        server = Server(
            world, Defaults(port, listening_hosts(self._options)), {(b.host, b.port): b for b in inherited.values()}
        )
        server.lenient_pages = self._source.builtin
        pages = Pages(self._log, self._share.pages if self._share else None)
        if self._is_first():
            server.open_pages = pages.open
        try:
            await server.start(self._corefile)
        except (ConfigError, StartError) as error:
            click.echo(f"Error: {error}" if isinstance(error, StartError) else str(error), err=True)
            await server.stop()
            return 1
        self._handle_signals(server)
        self._start_tasks(server)
        self._announce(server)
        await self._stop.wait()
        for task in self._tasks:
            task.cancel()
        await server.stop()
        await pages.close()
        return self._status

    _status = 0

    def _is_first(self) -> bool:
        return self._share is None or self._share.number == 0

    def _fail(self, sentence: str) -> None:
        """Ends the process because of what a plugin has found out while serving."""
        self._log.write("FATAL", sentence)
        self._status = 1
        self._stop.set()

    def _handle_signals(self, server: Server) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        if self._share is None:
            reload: Callable[[], None] = lambda: self._run(self._reload(server))  # noqa: E731
            loop.add_signal_handler(signal.SIGUSR1, reload)
            loop.add_signal_handler(signal.SIGHUP, self._stop.set if sys.stdin.isatty() else reload)

    def _start_tasks(self, server: Server) -> None:
        self._run(self._keeper.watch())
        if self._share is not None and self._share.number:
            self._run(tell(self._share.channels[0], self._keeper.world.metrics))
        elif self._share is not None:
            self._keeper.world.others = Gatherer(self._share.channels).families
        if self._is_first():
            self._run(self._look_at_corefile(server))

    def _run(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _announce(self, server: Server) -> None:
        if self._share is not None:
            os.write(self._share.ready, b"1")
            os.close(self._share.ready)
        if not self._is_first():
            return
        where = describe_addresses(server.addresses)
        click.echo(f"clusterdns {__version__} answers for {describe_cluster(self._keeper)} on {where}, UDP and TCP.")
        for note in (*self._source.notes, *self._keeper.notes):
            click.echo(note)
        if not self._options.manifests:
            click.echo(
                "Nothing to serve was named, so this is the embedded example (clusterdns init DIR writes it out)."
            )
            click.echo(
                "\nTry:\n" + "\n".join(f"  {line}" for line in suggest_questions(self._keeper, server.addresses))
            )
        sys.stdout.flush()

    async def _look_at_corefile(self, server: Server) -> None:
        """Looks whether the Corefile has changed, as the reload plugin asks for; one that is broken is told once."""
        self._tell_version(server)
        tried = self._corefile
        while True:
            intervals = [site.setting.reload for site in server.sites if site.setting.reload]
            await asyncio.sleep(min(intervals, default=_NO_RELOAD))
            if not intervals or self._options.conf is None:
                continue
            try:
                now = read_corefile(self._options).parse()
            except OSError as error:
                self._log.warning(f"{self._options.conf}: {error.strerror or error}", "reload")
                continue
            if now.blocks == tried.blocks:
                continue
            tried = now
            if self._share is not None:
                os.kill(os.getppid(), signal.SIGUSR1)
            else:
                await self._reload(server)

    async def _reload(self, server: Server) -> None:
        self._log.info("Reloading")
        try:
            source = read_corefile(self._options)
            corefile = source.parse()
            await server.reload(corefile)
        except (ConfigError, StartError, OSError) as error:
            self._log.error(f"not reloaded, what was served still is: {error}")
            failures = self._keeper.world.metrics.counter(
                "coredns_reload_failed_total", "Changed Corefiles that could not be served."
            )
            failures.add()
            return
        self._corefile, self._source = corefile, source
        self._tell_version(server)
        self._log.info("Reloading complete")

    def _tell_version(self, server: Server) -> None:
        """Shows which Corefile is served, where the reload plugin is on."""
        if not any(site.setting.reload for site in server.sites):
            return
        digest = hashlib.sha512(self._source.text.encode()).hexdigest()
        self._log.info(f"Running configuration SHA512 = {digest}", "reload")
        shown = self._keeper.world.metrics.gauge(
            "coredns_reload_version_info", "Which Corefile is served.", ("hash", "value"), common=True
        )
        shown.values.clear()
        shown.set(("sha512", digest), 1)


def listening_hosts(options: Options) -> tuple[str, ...]:
    """Where blocks without `bind` listen; ::1 only where the machine has it."""
    if options.binds:
        return tuple("" if host in ("0.0.0.0", "::", "*") else host for host in options.binds)
    return DEFAULT_HOSTS if has_ipv6_loopback() else DEFAULT_HOSTS[:1]


def _first_sockets(options: Options) -> dict[Endpoint, Bound]:
    """Sockets of a free port, bound before the Corefile is read, so that its metrics name the port."""
    if options.port:
        return {}
    host, *others = listening_hosts(options)
    first = bind(host, 0)
    return {(each.host, each.port): each for each in (first, *(bind(other, first.port) for other in others))}


def _free_port(options: Options) -> int:
    bound = bind(listening_hosts(options)[0], 0)
    bound.close()
    return bound.port


def _work(options: Options, log: Log) -> Callable[[Share], int]:
    return lambda share: asyncio.run(_Process(options, read_corefile(options), log, share).run())


def _wanted(options: Options, log: Log) -> Callable[[], Wanted]:
    """Tells the supervisor where the Corefile wants to listen."""

    def wanted() -> Wanted:
        source = read_corefile(options)
        world = Keeper(options.settings, (), log).world
        sites, problems = make_sites(source.parse(), world, Defaults(options.port, listening_hosts(options)))
        if problems:
            raise ConfigError(problems)
        endpoints = dict.fromkeys((host, port) for site in sites for _, host, port, _ in site.setting.listen)
        # A page of the built-in Corefile may fail to open: its worker tries, and warns.
        pages = [] if source.builtin else [page.address for site in sites for page in site.setting.pages]
        return Wanted(list(endpoints), list(dict.fromkeys(pages)))

    return wanted
