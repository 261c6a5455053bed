"""ready: a page that says OK once all plugins are ready to answer, and names those that are not.

Syntax:
    ready [ADDRESS] {
        monitor until-ready|continuously
    }

ADDRESS is host:port, `:8181` by default; the path is /ready. The page asks the plugins of all server blocks that have
`ready`. A plugin that was ready once is not asked again, unless `monitor` says `continuously`. Of the plugins here only
erratic has something to say: kubernetes has all of its objects before the first query.

Examples:
    . {
        ready localhost:8091
        whoami
    }
"""

from contextlib import suppress
from typing import Final

from clusterdns.corefile import Args
from clusterdns.plugins.base import Page, Setting, World

_MODES: Final = ("until-ready", "continuously")


class Readiness:
    """Which of a server block's plugins are ready."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.continuously = False
        self._once: set[str] = set()

    def missing(self) -> list[str]:
        """The names of the plugins that are not ready yet."""
        checks = self.setting.ready_checks
        missing = [name for name, ready in checks.items() if name not in self._once and not ready()]
        if not self.continuously:
            self._once.update(checks.keys() - set(missing))
        return missing


def _read(world: World) -> tuple[int, str]:
    """Status and body of the page."""
    missing = ",".join(sorted({name for block in world.readiness for name in block()}))
    if not missing:
        return 200, "OK"
    world.log.info(f'Plugins not ready: "{missing}"', "ready")
    return 503, missing


def setup(args: Args, setting: Setting) -> None:
    """Reads `ready`. Raises `CorefileError` for an address without port and for other ways to monitor."""
    world = setting.world
    readiness = Readiness(setting)
    page = Page(":8181", "/ready", lambda: _read(world))
    for _ in args.once("ready [ADDRESS]"):
        for address in args.words(most=1):
            page.address = args.address(address, "address")
        for _ in args.options({"monitor": "monitor until-ready|continuously"}):
            (mode,) = args.words(1, 1)
            readiness.continuously = args.choice(mode, "way to monitor", _MODES) == _MODES[1]
    setting.pages.append(page)

    async def start() -> None:
        world.readiness.append(readiness.missing)

    async def stop() -> None:
        with suppress(ValueError):  # it was never started
            world.readiness.remove(readiness.missing)

    setting.on_start(start)
    setting.on_stop(stop)
