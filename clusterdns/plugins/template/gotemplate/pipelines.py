"""Pipelines of a template: `index .Match 1 | printf "%s."`, from words to a value.

Unknown functions and variables are refused, as in Go; unknown fields of the root, which Go finds only when it fills a
template in, are noted. Must not know blocks.
"""

from collections.abc import Collection
from typing import Any, Final

from clusterdns.corefile import parse_string, suggest
from clusterdns.plugins.template.gotemplate import steps
from clusterdns.plugins.template.gotemplate.errors import BadTemplate
from clusterdns.plugins.template.gotemplate.functions import FUNCTIONS
from clusterdns.plugins.template.gotemplate.steps import Value
from clusterdns.plugins.template.gotemplate.words import Action, Word

ROOT: Final = 0  # the variable `$`
_MISSING: Final = ("define", "template", "block", "break", "continue", "html", "js", "urlquery", "call")
_CHOOSING: Final = ("and", "or")


class Pipelines:
    """Reads the pipeline of one action after the other; variables live as long as their block."""

    def __init__(self, fields: Collection[str]) -> None:
        self.fields = fields
        self.used: set[str] = set()
        self.doubts: list[str] = []
        self.scopes = [{"$": ROOT}]  # names of variables, innermost last; several may have the same
        self.declared = ROOT + 1
        self.inside = 0  # blocks in which `.` is not the root
        self.action: Action = []
        self.at = 0

    @property
    def word(self) -> Word | None:
        return self.action[self.at] if self.at < len(self.action) else None

    def take(self, text: str) -> bool:
        if self.word is None or self.word.kind != "mark" or self.word.text != text:
            return False
        self.at += 1
        return True

    def finish(self) -> None:
        if self.word is not None:
            raise BadTemplate(f"unexpected '{self.word.text}'")

    def assignment(self, most: int = 1) -> tuple[list[int], Value]:
        """The variables that are set, if any, and the pipeline."""
        names: list[str] = []
        start = self.at
        while self.word is not None and self.word.kind == "variable" and len(names) < most:
            names.append(self.word.text)
            self.at += 1
            if self.take(":="):
                value = self.pipeline()
                return self.declare(names), value
            if self.word is not None and not self.word.joined and self.take("="):
                return [self.slot(name) for name in names], self.pipeline()
            if not self.take(","):
                break
        self.at = start
        return [], self.pipeline()

    def pipeline(self) -> Value:
        value = self.command(None)
        while self.take("|"):
            value = self.command(value)
        return value

    def command(self, before: Value | None) -> Value:
        """An operand with its arguments, of which what stands before `|` is the last."""
        word = self.word
        if word is None:
            raise BadTemplate("missing value for command")
        if word.kind == "name" and word.text not in ("true", "false", "nil"):
            self.at += 1
            return self.call(word.text, self.arguments(before))
        value, last = self.operand()
        arguments = self.arguments(before)
        if last is None:
            if arguments:
                raise BadTemplate(f"'{word.text}' is no function")
            return value
        return steps.field_of(value, last, arguments)

    def arguments(self, before: Value | None) -> list[Value]:
        found: list[Value] = []
        while self.word is not None and not (self.word.kind == "mark" and self.word.text in ("|", ")", ",")):
            if self.word.joined:
                raise BadTemplate(f"'{self.word.text}' needs a space before it")
            found.append(self.argument())
        return found if before is None else [*found, before]

    def argument(self) -> Value:
        word = self.word
        if word is not None and word.kind == "name" and word.text not in ("true", "false", "nil"):
            self.at += 1
            return self.call(word.text, [])
        value, last = self.operand()
        return value if last is None else steps.field_of(value, last, [])

    def call(self, name: str, arguments: list[Value]) -> Value:
        if name in _CHOOSING:
            if not arguments:
                raise BadTemplate(f"{name} takes arguments")
            return steps.first(arguments, wanted=name == "or")
        if name in _MISSING:
            raise BadTemplate(f"'{name}' of Go's templates is not part of clusterdns")
        function = FUNCTIONS.get(name)
        if function is None:
            raise BadTemplate(f"unknown function '{name}': {suggest(name, sorted([*FUNCTIONS, *_CHOOSING]))}")
        return lambda state: function(*[argument(state) for argument in arguments])

    # Operands.

    def operand(self) -> tuple[Value, str | None]:
        """A value; with a field name if it is that value's field, which may be a function."""
        word = self.word
        assert word is not None
        self.at += 1
        value: Value = steps.dot if word.kind == "field" else self.simple(word)
        names = [word.text[1:]] if word.kind == "field" else []
        while self.word is not None and self.word.kind == "field" and self.word.joined:
            names.append(self.word.text[1:])
            self.at += 1
        if word.text == "$" or (not self.inside and (word.kind == "field" or word.text == ".")):
            self.use(names)
        if not names:
            return value, None
        for name in names[:-1]:
            value = steps.field_of(value, name, [])
        return value, names[-1]

    def use(self, names: list[str]) -> None:
        """Notes that the root's field is looked at, or all of them where the root itself is."""
        if names and names[0] not in self.fields:
            known = [f".{name}" for name in self.fields]
            self.doubts.append(f"unknown field '.{names[0]}', {suggest(f'.{names[0]}', known)}")
        else:
            self.used.update(names[:1] or self.fields)

    def simple(self, word: Word) -> Value:
        match word.kind, word.text:
            case "mark", ".":
                return steps.dot
            case "mark", "(":
                value = self.pipeline()
                if not self.take(")"):
                    raise BadTemplate("')' is missing")
                return value
            case "variable", name:
                slot = self.slot(name)
                return lambda state: state.variables[slot]
            case (("string" | "number" | "character" | "name"), text):
                constant = _constant(word.kind, text)
                return lambda _: constant
        raise BadTemplate(f"unexpected '{word.text}'")

    def slot(self, name: str) -> int:
        """The number of the innermost variable of that name."""
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        raise BadTemplate(f"undefined variable '{name}'")

    def declare(self, names: list[str]) -> list[int]:
        slots = list(range(self.declared, self.declared + len(names)))
        self.declared += len(names)
        self.scopes[-1].update(zip(names, slots, strict=True))
        return slots


def _constant(kind: str, text: str) -> Any:
    match kind, text:
        case "name", _:
            return {"true": True, "false": False, "nil": None}[text]
        case "number", _:
            digits = text.replace("_", "")
            try:
                return int(digits, 0)
            except ValueError:
                return float(digits)
    try:
        value = parse_string(text)
    except ValueError as error:
        raise BadTemplate(str(error)) from None
    if kind == "string":
        return value
    if len(value) != 1:
        raise BadTemplate(f"{text} is not one character")
    return ord(value)
