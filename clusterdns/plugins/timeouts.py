"""timeouts: how long clients of TCP, TLS, HTTPS and QUIC have, and how much they may ask.

Syntax:
    timeouts {
        read DURATION
        write DURATION
        idle DURATION
        maxtcpqueries N
    }

`read`, 3s by default, is for the first message of a connection to be there whole; `idle`, 10s, for every later one;
`write`, 5s, for a client to take what it asked for. Each is between 1s and 24h; a bare number counts seconds. After
`maxtcpqueries` a connection over TCP or TLS is closed; -1, the default, is no limit. Of several server blocks on one
address the last one counts.

Examples:
    tls://. {
        timeouts {
            idle 1m
            maxtcpqueries 1000
        }
        whoami
    }
"""

from typing import Final

from clusterdns.corefile import Args
from clusterdns.plugins.base import Setting

_OPTIONS: Final = {
    "read": "read DURATION",
    "write": "write DURATION",
    "idle": "idle DURATION",
    "maxtcpqueries": "maxtcpqueries N",
}
_UNLIMITED: Final = -1
_DAY: Final = 24 * 3600


def setup(args: Args, setting: Setting) -> None:
    """Reads `timeouts` into `setting.limits`. Raises `CorefileError` for values that are out of bounds."""
    for _ in args.each("timeouts { … }"):
        args.words(most=0)
        found = 0
        for option in args.options(_OPTIONS):
            word = args.words(least=1, most=1)[0]
            found += 1
            if option != "maxtcpqueries":
                setting.limits[str(option)] = args.duration(_with_unit(word), str(option), least=1, most=_DAY)
            else:
                queries = args.integer(word, option, least=_UNLIMITED)
                if not queries:
                    raise args.error(f"{option} is neither -1, which is no limit, nor positive", word)
                setting.limits["tcp_queries"] = 0 if queries == _UNLIMITED else queries
        if not found:
            raise args.error("no limit is named", hint=" | ".join(_OPTIONS.values()))


def _with_unit(word: str) -> str:
    return f"{word}s" if word.isdecimal() else word
