"""debug: a failure of a plugin ends the server instead of being answered by SERVFAIL, and debug lines are logged.

Syntax:
    debug

Examples:
    . {
        debug
        whoami
    }
"""

from clusterdns.corefile import Args
from clusterdns.plugins.base import Setting


def setup(args: Args, setting: Setting) -> None:
    """Reads `debug`. Raises `CorefileError` for arguments."""
    for _ in args.each("debug"):
        args.end()
        setting.debug = True
        setting.world.log.verbose = True
