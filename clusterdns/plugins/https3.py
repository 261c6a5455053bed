"""https3: what clients of DNS over HTTP/3 may take.

Syntax:
    https3 {
        max_streams N
        max_connections N
    }

`max_streams`, 256 by default, are the questions that a connection may have under way, 0 leaves that to the QUIC library
(128). `max_connections`, 200 by default, are open at a time; 0 is no limit. With one more, that which has asked nothing
for longest is closed.

Examples:
    https3://. {
        tls cert.pem key.pem
        https3 {
            max_streams 512
        }
        whoami
    }
"""

from typing import Final

from clusterdns.corefile import Args
from clusterdns.plugins.base import Setting

_OPTIONS: Final = {"max_streams": "max_streams N", "max_connections": "max_connections N"}
_LIMITS: Final = {"max_streams": "https3_streams", "max_connections": "https3_connections"}


def setup(args: Args, setting: Setting) -> None:
    """Reads `https3` into `setting.limits`. Raises `CorefileError` for numbers below 0 and options given twice."""
    args.first("https3 { … }")
    args.words(most=0)
    for option, number in args.numbers(_OPTIONS, least=0).items():
        setting.limits[_LIMITS[option]] = number
