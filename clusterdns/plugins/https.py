"""https: what clients of DNS over HTTPS (RFC 8484) may take.

Syntax:
    https {
        max_connections N
    }

`max_connections`, 200 by default, are open at a time; 0 is no limit. With one more, that which has asked nothing for
longest is closed.

Examples:
    https://. {
        tls cert.pem key.pem
        https {
            max_connections 400
        }
        whoami
    }
"""

from typing import Final

from clusterdns.corefile import Args
from clusterdns.plugins.base import Setting

_OPTIONS: Final = {"max_connections": "max_connections N"}
_LIMITS: Final = {"max_connections": "https_connections"}


def setup(args: Args, setting: Setting) -> None:
    """Reads `https` into `setting.limits`. Raises `CorefileError` for numbers below 0 and for an option given twice."""
    args.first("https { … }")
    args.words(most=0)
    for option, number in args.numbers(_OPTIONS, least=0).items():
        setting.limits[_LIMITS[option]] = number
