"""reload: looks now and then whether the Corefile has changed, and serves the new one if it is sound.

Syntax:
    reload [INTERVAL] [JITTER]

INTERVAL is 30s by default and at least 2s; JITTER, 15s by default, is 0s or at least 1s and spreads many servers that
look at the same file. It is at most half of INTERVAL.

Metrics: `coredns_reload_failed_total`, `coredns_reload_version_info`.

Examples:
    . {
        reload 10s 2s
        whoami
    }
"""

from typing import Final

from clusterdns.corefile import Args
from clusterdns.plugins.base import Setting

_SYNTAX: Final = "reload [INTERVAL] [JITTER]"


def setup(args: Args, setting: Setting) -> None:
    """Reads `reload` into `setting.reload`; the server does the rest. Raises `CorefileError` for odd durations."""
    args.first(_SYNTAX)
    words = args.words(most=2)
    interval = args.duration(words[0], "INTERVAL", least=2) if words else 30.0
    jitter = args.duration(words[1], "JITTER") if len(words) > 1 else 15.0
    if jitter and jitter < 1:
        raise args.error(f"JITTER {words[1]!s} is neither 0s nor at least 1s", words[1])
    jitter = min(jitter, interval / 2)
    setting.reload = interval + setting.world.random.uniform(-jitter / 2, jitter / 2)
