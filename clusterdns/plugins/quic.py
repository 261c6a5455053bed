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
    for option, number in args.numbers(_OPTIONS, least=1).items():
        setting.limits[_LIMITS[option]] = number
