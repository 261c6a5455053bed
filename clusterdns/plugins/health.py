"""health: a page that says OK for as long as the server runs.

Syntax:
    health [ADDRESS] {
        lameduck DURATION
    }

ADDRESS is host:port, `:8080` by default; the path is /health. With `lameduck` the server answers, and says OK, for
DURATION after it was told to stop.

Metrics: `coredns_health_request_duration_seconds`, `coredns_health_request_failures_total`.

Examples:
    . {
        health localhost:8091 {
            lameduck 1s
        }
        whoami
    }
"""

from typing import Final

from clusterdns.corefile import Args
from clusterdns.metrics import SLIM_DURATION_BUCKETS
from clusterdns.plugins.base import Page, Setting

_LOOK: Final = 1.0  # seconds between looks at how busy the server is


def setup(args: Args, setting: Setting) -> None:
    """Reads `health`. Raises `CorefileError` for an address without port and for what is no duration."""
    page = Page(":8080", "/health", lambda: (200, "OK"))
    for _ in args.each("health [ADDRESS]"):
        for address in args.words(most=1):
            page.address = args.address(address, "address")
        for _ in args.options({"lameduck": "lameduck DURATION"}):
            (word,) = args.words(1, 1)
            setting.lameduck = max(0.0, args.duration(word, "DURATION"))
    setting.pages.append(page)
    _watch_load(setting)


def _watch_load(setting: Setting) -> None:
    """Measures what CoreDNS finds out by asking its own page: for how long a busy server keeps a request waiting."""
    world = setting.world
    durations = world.metrics.histogram(
        "coredns_health_request_duration_seconds", "How long a request would wait.", (), SLIM_DURATION_BUCKETS
    )
    world.metrics.counter("coredns_health_request_failures_total", "Requests for the page that failed.")
    last: list[float] = []

    def look() -> None:
        now = world.clock()
        if last:
            durations.observe((), max(0.0, now - last.pop() - _LOOK))
        last.append(now)

    if world.leads:  # whose page it is
        setting.every(_LOOK, look)
