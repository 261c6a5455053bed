"""prometheus: counts queries and replies, and shows all metrics over HTTP as Prometheus reads them.

Syntax:
    prometheus [ADDRESS] {
        runtime_metrics
        tls FILE
    }

ADDRESS is host:port, `localhost:9153` by default; the path is /metrics. `runtime_metrics` adds those of Python's
garbage collector. `tls` names a file in the format of Prometheus' exporter-toolkit, of which `cert_file` and `key_file`
are understood.

Metrics: `coredns_dns_requests_total`, `_responses_total`, `_do_requests_total`, `_request_duration_seconds`,
`_request_size_bytes`, `_response_size_bytes`, `coredns_panics_total`, `coredns_plugin_enabled`, `coredns_build_info`.

Examples:
    example.org {
        prometheus localhost:9253
        whoami
    }
"""

import platform
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from clusterdns.corefile import Args, join_host_port
from clusterdns.dns.names import ROOT, Name, longest_match, name_text
from clusterdns.dns.query import Query
from clusterdns.dns.reply import NEVER, Dropped, Reply, Unanswered
from clusterdns.metrics import Family
from clusterdns.plugins import COREDNS
from clusterdns.plugins.base import Next, Page, Plugin, Setting, StartError
from clusterdns.traffic import Exchange, exchange_of, length_of, measured

if TYPE_CHECKING:
    from prometheus_client import Metric

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_DEFAULT_ADDRESS: Final = "localhost:9153"
_SYNTAX: Final = "prometheus [ADDRESS]"
_OPTIONS: Final = {"runtime_metrics": "runtime_metrics", "tls": "tls FILE"}
_ROOT_ALONE: Final = (ROOT,)
_WHOLE_NUMBER: Final = re.compile(r"(?<=\d)\.0$", re.MULTILINE)


class Prometheus(Plugin):
    """Counts every query that reaches the chain, also those that the server asks itself."""

    name = "prometheus"

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.traffic = setting.world.traffic
        self.clock = setting.world.clock
        self._below: str | None = None

    def passes(self, zone: Name) -> bool:
        return True

    async def serve(self, query: Query, next: Next) -> Reply:
        name, asked = query.name, query.length  # which may be rewritten below
        try:
            reply = await next(query)
        except Unanswered as outcome:
            self._count(query, name, asked, 0, outcome.rcode, "")
            raise
        except Dropped:
            self._count(query, name, asked, 0, 0, "")
            raise
        plugin = self._below or self._find_below()
        if reply.transfer is not None:
            rcode = reply.rcode
            return measured(query, reply, lambda octets: self._count(query, name, asked, octets, rcode, plugin))
        exchange = self._count(query, name, asked, length_of(query, reply), reply.rcode, plugin)
        if reply.good_until > NEVER:
            query.also_count_sizes(partial(self.traffic.count_again, exchange))
        return reply

    def _count(self, query: Query, name: Name, asked: int, answered: int, rcode: int, plugin: str) -> Exchange:
        zones = self.setting.counted
        zone = longest_match(name, zones) if zones != _ROOT_ALONE else None
        zone_text = "." if zone is None else _text_of(zone)
        exchange = exchange_of(query, query.server.address, zone_text, asked, answered, rcode, plugin)
        self.traffic.count(exchange, self.clock() - query.received)
        return exchange

    def _find_below(self) -> str:
        """The plugin that CoreDNS says has answered: the next one, whichever below it did."""
        names = list(self.setting.plugins)
        self._below = names[names.index(self.name) + 1]
        return self._below


_text_of = lru_cache(maxsize=1024)(name_text)


def render(families: Iterable[Family], *, runtime: bool = False) -> str:
    """Metrics in Prometheus' text format 0.0.4, with those of this process, and of Python's runtime if wanted."""
    from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector, generate_latest

    registry = CollectorRegistry()
    registry.register(_Collected(families))
    ProcessCollector(registry=registry)
    if runtime:
        GCCollector(registry=registry)
        PlatformCollector(registry=registry)
    text = generate_latest(registry).decode()
    return _WHOLE_NUMBER.sub("", text)  # numbers as Go writes them


class _Collected:
    """Families as prometheus-client wants them."""

    def __init__(self, families: Iterable[Family]) -> None:
        self.families = families

    def collect(self) -> "Iterator[Metric]":
        from prometheus_client import Metric

        for family in self.families:
            metric = Metric(family.name.removesuffix("_total"), family.help, family.kind)
            for sample in family.samples:
                metric.add_sample(family.name + sample.suffix, dict(sample.labels), sample.value)
            if family.samples:
                yield metric


def setup(args: Args, setting: Setting) -> Plugin:
    """Reads `prometheus`. Raises `CorefileError` for an address without port and for unknown options."""
    page = Page(_DEFAULT_ADDRESS, "/metrics", lambda: (200, ""), CONTENT_TYPE)
    runtime, web_config = False, None
    for _ in args.once(_SYNTAX):
        for address in args.words(most=1):
            page.address = args.address(address, "address")
        for option in args.options(_OPTIONS):
            if option == "runtime_metrics":
                args.words(most=0)
                runtime = True
            elif web_config is not None:
                raise args.error("tls is given twice", option)
            else:
                web_config = setting.path(args.words(1, 1)[0])

    async def show() -> tuple[int, str]:
        return 200, render(await setting.world.collect(), runtime=runtime)

    page.read = show
    setting.pages.append(page)
    if web_config is not None:
        _use_tls(setting, page, web_config)
    _announce(setting)
    return Prometheus(setting)


def _announce(setting: Setting) -> None:
    """Says in metrics which program this is, and which plugins are there as long as they are."""
    build = setting.world.metrics.gauge(
        "coredns_build_info",
        "Always 1; the labels tell which program this is.",
        ("version", "revision", "goversion"),
        common=True,
    )
    build.set((COREDNS, "clusterdns", f"python{platform.python_version()}"), 1)
    enabled = setting.world.metrics.gauge(
        "coredns_plugin_enabled",
        "1 for each plugin of a server block.",
        ("server", "zone", "view", "name"),
        common=True,
    )

    # CoreDNS shows it also where nothing is ever reloaded.
    setting.world.metrics.counter("coredns_reload_failed_total", "Changed Corefiles that could not be served.")

    announced: list[tuple[str, ...]] = []

    async def start() -> None:
        view = setting.view.view_name if setting.view is not None else ""
        for transport, host, port, zone in setting.listen:
            server = f"{transport}://{join_host_port(host, port)}"
            announced.extend((server, name_text(zone), view, name) for name in setting.plugins)
        for labels in announced:
            enabled.add(labels)

    async def stop() -> None:
        for labels in announced:
            enabled.add(labels, -1)
            if not enabled.values[labels]:
                del enabled.values[labels]

    setting.on_start(start)
    setting.on_stop(stop)


def _use_tls(setting: Setting, page: Page, web_config: Path) -> None:
    async def start() -> None:
        page.certificate = _certificate(web_config)

    def check() -> Iterator[str]:
        try:
            _certificate(web_config)
        except StartError as error:
            yield str(error)

    setting.on_start(start)
    setting.on_check(check)


def _certificate(web_config: Path) -> tuple[Path, Path]:
    """The certificate and key that an exporter-toolkit file names; relative paths begin at the file."""
    try:
        read: Any = yaml.safe_load(web_config.read_text())
        server = read["tls_server_config"]
        return web_config.parent / server["cert_file"], web_config.parent / server["key_file"]
    except OSError as error:
        raise StartError(f"prometheus: tls: {web_config}: {error.strerror or error}") from None
    except (yaml.YAMLError, KeyError, TypeError):
        raise StartError(
            f"prometheus: tls: {web_config} names no certificate (tls_server_config: with cert_file and key_file)"
        ) from None
