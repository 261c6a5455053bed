"""bind: the addresses on which a server block listens, instead of all of the machine.

Syntax:
    bind ADDRESS|INTERFACE... {
        except ADDRESS|INTERFACE...
    }

An interface stands for all addresses that it has at the start. Lines add up.

Examples:
    . {
        bind 127.0.0.1 ::1
        whoami
    }

    . {
        bind lo {
            except ::1
        }
        whoami
    }
"""

from collections.abc import Iterable

from clusterdns import interfaces
from clusterdns.corefile import Args, Token, parse_ip
from clusterdns.plugins.base import Setting


def setup(args: Args, setting: Setting) -> None:
    """Reads `bind`. Raises `CorefileError` for what is neither an address nor an interface of this machine."""
    hosts: list[str] = []
    for _ in args.each("bind ADDRESS|INTERFACE..."):
        wanted = _addresses(args, args.words(least=1))
        unwanted: set[str] = set()
        for _ in args.options({"except": "except ADDRESS|INTERFACE..."}):
            unwanted = set(_addresses(args, args.words(least=1)))
        hosts += [host for host in wanted if host not in unwanted]
    setting.hosts = tuple(dict.fromkeys(hosts))


def _addresses(args: Args, words: Iterable[Token]) -> list[str]:
    found: list[str] = []
    for word in words:
        if of_interface := interfaces.addresses(word):
            found += of_interface
            continue
        try:
            parse_ip(word)
        except ValueError:
            raise args.error(f"'{word}' is neither an IP address nor an interface of this machine", word) from None
        found.append(str(word))
    return found
