"""What a Corefile says once it is read: server blocks, their zones, and their directives.

Plain values that others pass on. Must not know how they were read, nor what a directive does.
"""

from dataclasses import dataclass

from clusterdns.corefile.args import Args
from clusterdns.corefile.errors import CorefileError, Place
from clusterdns.corefile.keys import ZoneKey
from clusterdns.corefile.lexer import Token


@dataclass(frozen=True, slots=True)
class Directive:
    """One directive of a server block with all its words: `cache 30 {`, its options, `}`.

    The first of `tokens` is the name of the plugin.
    """

    name: str
    tokens: tuple[Token, ...]

    @property
    def place(self) -> Place:
        """The line on which the directive begins."""
        return self.tokens[0].place


@dataclass(frozen=True, slots=True)
class ServerBlock:
    """A server block: the `zones` it answers for (networks split already) and its directives in file order.

    Keys and directives that were refused are not among `zones` and `directives`.
    """

    keys: tuple[Token, ...]
    zones: tuple[ZoneKey, ...]
    directives: tuple[Directive, ...]

    @property
    def place(self) -> Place:
        """The line on which the first key stands."""
        return self.keys[0].place

    @property
    def zone_names(self) -> tuple[str, ...]:
        """The zones in presentation text, lower-case with final dot, in the order of the keys."""
        return tuple(key.zone for key in self.zones)

    @property
    def plugins(self) -> frozenset[str]:
        """The names of the plugins that the block configures."""
        return frozenset(directive.name for directive in self.directives)

    def args(self, plugin: str) -> Args:
        """What the block says to `plugin`: all its directives, one after the other, for its `setup` to read."""
        words = [token for directive in self.directives if directive.name == plugin for token in directive.tokens]
        return Args(plugin, words, self.zone_names)


@dataclass(frozen=True, slots=True)
class Corefile:
    """A Corefile that was read: its blocks, what is wrong with it, and what is odd but no error.

    Nothing should be served if there are `problems`; the blocks are there so that their plugins can complain too.
    """

    file: str
    blocks: tuple[ServerBlock, ...]
    problems: tuple[CorefileError, ...] = ()
    warnings: tuple[str, ...] = ()
