"""quic: what clients of DNS over QUIC (RFC 9250) may take.

Syntax:
    quic {
        max_streams N
        worker_pool_size N
    }

`max_streams`, 256 by default, are the questions that a connection may have under way, and `worker_pool_size`, 1024 by
default, those of all connections that may wait for something.

Examples:
    quic://. {
        tls cert.pem key.pem
        quic {
            max_streams 512
        }
        whoami
    }
"""

from typing import Final

from clusterdns.corefile import Args
from clusterdns.plugins.base import Setting

_OPTIONS: Final = {"max_streams": "max_streams N", "worker_pool_size": "worker_pool_size N"}
_LIMITS: Final = {"max_streams": "quic_streams", "worker_pool_size": "quic_workers"}


def setup(args: Args, setting: Setting) -> None:
    """Reads `quic` into `setting.limits`. Raises `CorefileError` for numbers below 1 and for an option given twice."""
    args.first("quic { … }")
    args.words(most=0)
    for option in args.options(_OPTIONS):
        limit = _LIMITS[option]
        number = args.integer(args.words(least=1, most=1)[0], str(option), least=1)
        if limit in setting.limits:
            raise args.error(f"{option} is given twice", option)
        setting.limits[limit] = number
