"""Words to server blocks.

Caddy's grammar as CoreDNS has it, word by word rather than by a grammar: a block's keys with commas, braces that may be
left out, snippets, `import` spliced in where it stands. What Caddy accepts by accident is accepted here.
Must not know what directives do, where files are (a `Files` comes in), or the environment (a mapping comes in).
"""

from collections.abc import Collection, Mapping

from clusterdns.corefile.blocks import Corefile, Directive, ServerBlock
from clusterdns.corefile.environment import expand
from clusterdns.corefile.errors import CorefileError, Place, quoted, suggest
from clusterdns.corefile.files import Disk, Files
from clusterdns.corefile.imports import Imports
from clusterdns.corefile.keys import ZoneKey, parse_key
from clusterdns.corefile.lexer import Token, tokens
from clusterdns.corefile.stream import Stream


def parse(
    text: str,
    file: str,
    *,
    env: Mapping[str, str],
    known: Collection[str] | None = None,
    files: Files | None = None,
) -> Corefile:
    """Reads the text of a Corefile.

    `file` is its path: the name in messages, and what relative imports are relative to. `env` answers `{$NAME}`.
    `known` are the names of directives, in the order to show them; None lets every name pass. `files` is what
    `import` reads from, the disk unless given.

    Never raises CorefileError: what is wrong is in `problems`. A word out of place ends the reading; directives and
    zones that nobody knows do not.
    """
    reader = _Parser(Stream(tokens(text, file), Place(file, 1)), env, known, Imports(files or Disk(), env))
    try:
        reader.read()
    except CorefileError as error:
        reader.problems.append(error)
    return Corefile(file, tuple(reader.blocks), tuple(reader.problems), tuple(reader.imports.warnings))


class _Parser:
    def __init__(self, stream: Stream, env: Mapping[str, str], known: Collection[str] | None, imports: Imports) -> None:
        self.stream = stream
        self.env = env
        self.known = known
        self.imports = imports
        self.blocks: list[ServerBlock] = []
        self.problems: list[CorefileError] = []

    def read(self) -> None:
        while self.stream.advance():
            keys, ended = self._keys()
            name = _snippet_name(keys)
            if name is not None and not ended:
                self._snippet(keys[0], name)
                continue
            zones = self._zones(keys)
            directives = [] if ended else self._block()
            if keys:
                self.blocks.append(ServerBlock(tuple(keys), tuple(zones), tuple(directives)))

    def _zones(self, keys: list[Token]) -> list[ZoneKey]:
        zones = []
        for key in keys:
            try:
                zones += parse_key(key)
            except CorefileError as error:
                self.problems.append(error)
        return zones

    def _keys(self) -> tuple[list[Token], bool]:
        """Reads the keys of a block; the flag says that the file ends with them."""
        keys: list[Token] = []
        comma = False
        while True:
            key = self._expanded()
            if key == "import" and self.stream.starts_line():
                self._import()
                self.stream.advance_or_end()
                continue
            if key == "{":
                if comma:
                    raise CorefileError(key.place, "another zone is expected after the comma, not '{'")
                return keys, False
            if key:
                comma = key.endswith(",")
                keys.append(Token(key.removesuffix(","), key.place))
            if not self.stream.advance():
                if comma:
                    raise CorefileError(key.place, "another zone is expected after the comma, but the file ends")
                return keys, True
            if not comma and self.stream.starts_line():
                return keys, False

    def _snippet(self, key: Token, name: str) -> None:
        body: list[Token] = []
        opening = self.stream.current
        if opening != "{":
            raise CorefileError(opening.place, f"snippet {quoted(key)}: '{{' is expected, not {quoted(opening)}")
        depth = 1
        while depth:
            if not self.stream.advance():
                raise CorefileError(opening.place, f"the snippet {quoted(key)} is not closed by a '}}'")
            word = self.stream.current
            depth += (word == "{") - (word == "}")
            body.append(word)
        self.imports.define(key, name, body[:-1])

    def _block(self) -> list[Directive]:
        opening = self.stream.current
        if opening != "{":
            self.stream.unread()
            return self._directives()
        directives = self._directives()
        # Caddy looks at the word it read last, so that a directive's own '}' closes the server block at the file's end.
        if self.stream.current != "}":
            raise CorefileError(opening.place, "the server block that begins here is not closed by a '}'")
        return directives

    def _directives(self) -> list[Directive]:
        directives = []
        while self.stream.advance() and self.stream.current != "}":
            if self.stream.current == "import":
                self._import()
                continue
            directive = self._directive()
            if self.known is None or directive.name in self.known:
                directives.append(directive)
            else:
                problem = f"unknown directive {quoted(directive.name)}"
                self.problems.append(CorefileError(directive.place, problem, hint=suggest(directive.name, self.known)))
        return directives

    def _directive(self) -> Directive:
        name = self._expanded()
        words = [name]
        open_braces: list[Token] = []
        while self.stream.advance():
            word = self.stream.current
            if word == "{":
                open_braces.append(word)
            elif not open_braces and self.stream.starts_line():
                self.stream.unread()
                break
            elif word == "}":
                if not open_braces:
                    problem = f"unexpected '}}' after {quoted(name)}"
                    raise CorefileError(word.place, problem, hint="put it on its own line")
                open_braces.pop()
            elif word == "import" and self.stream.starts_line():
                self._import()
                continue
            self.stream.current = self._expanded()
            words.append(self.stream.current)
        if open_braces:
            raise CorefileError(open_braces[-1].place, f"the block of {quoted(name)} is not closed by a '}}'")
        return Directive(name, tuple(words))

    def _import(self) -> None:
        """Puts what an `import` line names in its place: the next word is the first of it."""
        before = self.stream.before
        line = self.stream.current
        if not self.stream.advance_on_line():
            raise CorefileError(line.place, "import: nothing to import", hint="import FILE|PATTERN|SNIPPET")
        pattern = self._expanded()
        if self.stream.advance_on_line():
            extra = self.stream.current
            raise CorefileError(extra.place, f"import: unexpected {quoted(extra)}", hint="import FILE|PATTERN|SNIPPET")
        self.stream.insert(self.imports.resolve(pattern), before)

    def _expanded(self) -> Token:
        word = self.stream.current
        if "{" not in word:
            return word
        try:
            return Token(expand(word, self.env), word.place)
        except ValueError as error:
            raise CorefileError(word.place, str(error)) from None


def _snippet_name(keys: list[Token]) -> str | None:
    if len(keys) == 1 and keys[0].startswith("(") and keys[0].endswith(")"):
        return keys[0][1:].removesuffix(")")
    return None
