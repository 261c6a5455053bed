"""What a plugin's `setup` reads its lines of a Corefile with.

A cursor over words that knows lines and braces and goes forward only, as Caddy's Dispenser does: which Corefiles
are accepted follows from how far each step looks. Every complaint has the place of the word that is wrong.
Must not know what any plugin wants.
"""

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Any, NoReturn

from clusterdns.corefile import values
from clusterdns.corefile.addresses import split_host_port
from clusterdns.corefile.errors import CorefileError, Place, quoted, suggest
from clusterdns.corefile.lexer import Token
from clusterdns.corefile.patterns import parse_pattern
from clusterdns.corefile.zones import zones_or


class Args:
    """The words that one server block has for one plugin, read from front to back.

    `zones` are those of the server block, for plugins that take them when they are given none.
    """

    def __init__(self, plugin: str, words: Sequence[Token], zones: Sequence[str] = (".",)) -> None:
        self.plugin = plugin
        self.block_zones = tuple(zones)
        self.hint = ""
        self._words = words
        self._at = -1

    # Lines: directives, their options, their words.

    def each(self, syntax: str = "") -> Iterator[Token]:
        """Yields the name for each directive of the plugin, for plugins that may be given several times.

        Whatever stands unread before the next directive is taken for a directive too, which is CoreDNS's way. The
        syntax line is the hint of every error that has none of its own.
        """
        while self._at + 1 < len(self._words):
            self._at += 1
            self.hint = syntax
            yield self._words[self._at]

    def once(self, syntax: str = "") -> Iterator[Token]:
        """Yields the name of the only directive. Raises `CorefileError` if there is another one, or words left over."""
        first: Token | None = None
        for name in self.each(syntax):
            if first is not None and name != first:
                raise self.error(f"unexpected {quoted(name)}", name)
            if first is not None:
                seen = f"line {first.place.line}" if first.place.file == name.place.file else str(first.place)
                raise self.error(f"can be used only once in a server block, and is already at {seen}", name)
            first = name
            yield name

    def first(self, syntax: str = "") -> Token:
        """Goes to the first directive and returns its name, for plugins that never look at a second one."""
        return next(self.each(syntax))

    def options(self, syntax: Mapping[str, str] | None = None) -> Iterator[Token]:
        """Yields the first word of each line of the block that may follow on this line.

        The rest of the line is read by `word` and `words`; what they leave is the next option. `syntax` has
        the syntax line of every option there is: another one is an error, and errors of an option get its line as
        hint. Blocks inside the block are not known, as in CoreDNS: the first `}` ends it.
        """
        outer = self.hint
        if self._peek_on_line() != "{":
            return
        self._at += 1
        while self._at + 1 < len(self._words):
            self._at += 1
            option = self._words[self._at]
            if option == "}":
                break
            if syntax is not None:
                if option not in syntax:
                    raise self.unknown("property", option, list(syntax))
                self.hint = syntax[option]
            yield option
        self.hint = outer

    def word(self, what: str = "an argument") -> Token:
        """The next word of this line. Raises `CorefileError`, that `what` is missing, if there is none.

        A `{` is a word here, unlike for `words`.
        """
        token = self.word_or_none()
        if token is None:
            raise self.error(f"{what} is missing after {quoted(self._last)}")
        return token

    def word_or_none(self) -> Token | None:
        """The next word of this line, None at its end."""
        token = self._peek_on_line()
        if token is not None:
            self._at += 1
        return token

    def words(self, least: int = 0, most: int | None = None) -> list[Token]:
        """The other words of this line, up to `{`.

        Raises `CorefileError` unless there are `least` to `most` of them.
        """
        opener = self._last
        found: list[Token] = []
        while (following := self._peek_on_line()) not in (None, "{"):
            self._at += 1
            found.append(following)
        if most is not None and len(found) > most:
            raise self.error(f"{quoted(found[most])} is one argument too many for {quoted(opener)}", found[most])
        if len(found) < least:
            raise self.error(f"{_count(least)} expected after {quoted(opener)}, {_count(len(found))} found")
        return found

    def end(self) -> None:
        """Raises `CorefileError` if this line goes on, be it with `{`."""
        token = self.word_or_none()
        if token is not None:
            raise self.error(f"unexpected {quoted(token)}", token)

    def no_options(self) -> None:
        """Raises `CorefileError` if a block with something in it follows on this line."""
        for option in self.options({}):
            raise self.unknown("property", option, ())

    def numbers(self, syntax: Mapping[str, str], least: int) -> dict[str, int]:
        """Reads a block in which each option has one number, from `least` on, and stands at most once.

        Raises `CorefileError`.
        """
        found: dict[str, int] = {}
        for option in self.options(syntax):
            number = self.integer(self.words(least=1, most=1)[0], str(option), least=least)
            if option in found:
                raise self.error(f"{option} is given twice", option)
            found[str(option)] = number
        return found

    # Values of words.

    def integer(self, word: str, what: str, least: int | None = None, most: int | None = None) -> int:
        """Reads a decimal integer from `least` to `most`; `what` is its name in the complaint."""
        try:
            value = values.parse_integer(word)
        except ValueError as error:
            self._fail(what, error, word)
        self._check_range(word, what, value, least, most)
        return value

    def number(self, word: str, what: str, least: float | None = None) -> float:
        """Reads a decimal number with or without fraction."""
        try:
            value = values.parse_number(word)
        except ValueError as error:
            self._fail(what, error, word)
        self._check_range(word, what, value, least, None)
        return value

    def duration(self, word: str, what: str, least: float | None = None, most: float | None = None) -> float:
        """Reads a duration such as `5s` or `1h30m` into seconds; the bounds are in seconds too."""
        try:
            value = values.parse_duration(word)
        except ValueError as error:
            self._fail(what, error, word)
        self._check_range(word, what, value, least, most, " seconds")
        return value

    def ip(self, word: str, what: str) -> IPv4Address | IPv6Address:
        """Reads an IP address without port."""
        try:
            return values.parse_ip(word)
        except ValueError as error:
            self._fail(what, error, word)

    def network(self, word: str, what: str) -> IPv4Network | IPv6Network:
        """Reads a network such as `10.0.0.0/8`."""
        try:
            return values.parse_network(word)
        except ValueError as error:
            self._fail(what, error, word)

    def address(self, word: str, what: str) -> str:
        """Reads an address to listen on, `HOST:PORT` or `:PORT`; neither half is looked into."""
        try:
            split_host_port(word)
        except ValueError as error:
            self._fail(what, error, word)
        return str(word)

    def pattern(self, word: str, what: str) -> Any:
        """Reads a regular expression in RE2's syntax."""
        try:
            return parse_pattern(word)
        except ValueError as error:
            self._fail(what, error, word)

    def choice(self, word: str, what: str, among: Sequence[str], *, any_case: bool = False) -> str:
        """`word` if it is one of the words `among`; with `any_case` in lower case, as those are."""
        chosen = word.lower() if any_case else str(word)
        if chosen not in among:
            raise self.unknown(what, word, among)
        return chosen

    def zones(self, words: Sequence[str]) -> tuple[str, ...]:
        """The zones that `words` name, those of the server block if there are none.

        Networks become reverse zones, ports and schemes are cut off, what is no domain name is left out silently:
        CoreDNS's OriginsFromArgsOrServerBlock.
        """
        return zones_or(words, self.block_zones)

    def fallthrough(self) -> tuple[str, ...]:
        """Reads the rest of a `fallthrough [ZONES...]` line; without zones it is the root."""
        return zones_or(self.words(), (".",))

    # Complaints.

    def error(self, problem: str, at: str | None = None, hint: str | None = None) -> CorefileError:
        """Makes the error to raise: `problem` at the word `at`, or at the word read last."""
        place = at.place if isinstance(at, Token) else self.place
        return CorefileError(place, problem, plugin=self.plugin, hint=self.hint if hint is None else hint)

    def unknown(self, what: str, word: str, known: Sequence[str]) -> CorefileError:
        """Makes the error that says that `word` is none of the `known` ones, and what it may have meant."""
        return self.error(f"unknown {what} {quoted(word)}", word, suggest(word, known) if known else None)

    @property
    def place(self) -> Place:
        """Where the word stands that was read last."""
        return self._last.place

    @property
    def _last(self) -> Token:
        return self._words[max(self._at, 0)]

    def _peek_on_line(self) -> Token | None:
        following = self._at + 1
        if 0 < following < len(self._words) and self._words[self._at].same_line(self._words[following]):
            return self._words[following]
        return None

    def _check_range(
        self, word: str, what: str, value: float, least: float | None, most: float | None, unit: str = ""
    ) -> None:
        if least is not None and value < least:
            raise self.error(f"{what} {quoted(word)} is less than {least:g}{unit}", word)
        if most is not None and value > most:
            raise self.error(f"{what} {quoted(word)} is more than {most:g}{unit}", word)

    def _fail(self, what: str, error: ValueError, word: str) -> NoReturn:
        raise self.error(f"{what} {error}", word) from None


def _count(number: int) -> str:
    return f"{number or 'no'} argument{'' if number == 1 else 's'}"
