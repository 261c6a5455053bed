"""resolv.conf: text to value and back (resolv.conf(5)).

The value is what the file says, all of it. What a resolver leaves out or caps is the resolver's, except the numbers of
`options`, which all of them read alike but for their greatest. Knows no file.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class ResolvConf:
    """What a resolv.conf says. `options` are as written: `ndots:5`, `single-request`."""

    nameservers: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    options: tuple[str, ...] = ()

    @property
    def ndots(self) -> int:
        """How many dots make a name that is asked as it is before the search list is walked; 15 at most."""
        return min(self._number("ndots", 1), 15)

    @property
    def timeout(self) -> int:
        """Seconds until a question is asked again, or of the next nameserver; 30 at most."""
        return min(max(self._number("timeout", 5), 1), 30)

    @property
    def attempts(self) -> int:
        """How often all nameservers are asked before a resolver gives up; 5 at most."""
        return min(max(self._number("attempts", 2), 1), 5)

    def has(self, option: str) -> bool:
        """Is an option without a value there, such as `single-request`?"""
        return option in self.options

    def with_option(self, name: str, value: int | str) -> "ResolvConf":
        """The same file, with one option said otherwise."""
        return replace(self, options=merge_options(self.options, [f"{name}:{value}"]))

    def _number(self, name: str, default: int) -> int:
        number = default
        for option in self.options:
            key, _, value = option.partition(":")
            if key == name and value.isascii() and value.isdigit():
                number = int(value)
        return number


def parse_resolv_conf(text: str) -> ResolvConf:
    """Any text is read: the last `search` or `domain` line counts, of `nameserver` and `options` every one.

    Lines that mean nothing are left out, as resolvers do.
    """
    nameservers: list[str] = []
    search: tuple[str, ...] = ()
    options: list[str] = []
    for line in text.splitlines():
        keyword, *words = line.split() or [""]
        if not words or line[0] in "#;":
            continue
        match keyword:
            case "nameserver":
                nameservers.append(words[0])
            case "search":
                search = tuple(words)
            case "domain":
                search = (words[0],)
            case "options":
                options += words
    return ResolvConf(tuple(nameservers), search, tuple(options))


def encode_resolv_conf(conf: ResolvConf) -> str:
    """The text of the file, its lines in the order in which container runtimes write them."""
    lines = [f"nameserver {address}" for address in conf.nameservers]
    if conf.search:
        lines.insert(0, f"search {' '.join(conf.search)}")
    if conf.options:
        lines.append(f"options {' '.join(conf.options)}")
    return "".join(f"{line}\n" for line in lines)


def merge_options(options: Iterable[str], more: Iterable[str]) -> tuple[str, ...]:
    """All options once, each in its first place with its last value."""
    merged: dict[str, str] = {}
    for option in (*options, *more):
        merged[option.partition(":")[0]] = option
    return tuple(merged.values())
