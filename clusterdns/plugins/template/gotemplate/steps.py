"""What a template is once it was read: steps that write, and values that they write.

A step or value is a function of the state of one filling-in. Knows no syntax.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from clusterdns.plugins.template.gotemplate import values
from clusterdns.plugins.template.gotemplate.errors import TemplateFailed

_MOST_ROUNDS: Final = 1_000  # of a range over a number
_LONGEST: Final = 65_536  # characters that a template may become


@dataclass
class State:
    """How far the filling-in has come: what `.` and the variables are, and the text so far."""

    dot: Any
    variables: dict[int, Any]
    out: list[str] = field(default_factory=list)
    length: int = 0

    def write(self, text: str) -> None:
        """Adds to the text. Raises `TemplateFailed` if it becomes too long."""
        self.out.append(text)
        self.length += len(text)
        if self.length > _LONGEST:
            raise TemplateFailed("the text becomes too long")


Value = Callable[[State], Any]
Step = Callable[[State], None]


def run(steps: list[Step], state: State) -> None:
    """One step after the other."""
    for step in steps:
        step(state)


def run_with(dot: Any, steps: list[Step], state: State) -> None:
    """The steps with another value as `.`."""
    before, state.dot = state.dot, dot
    run(steps, state)
    state.dot = before


def text(plain: str) -> Step:
    """Writes plain text."""
    return lambda state: state.write(plain)


def output(value: Value) -> Step:
    """Writes a value."""
    return lambda state: state.write(values.print_value(value(state)))


def assignment(slot: int, value: Value) -> Step:
    """Sets a variable."""

    def assign(state: State) -> None:
        state.variables[slot] = value(state)

    return assign


def choice(value: Value, slots: list[int], body: list[Step], otherwise: list[Step], *, rebind: bool) -> Step:
    """`if`, and `with` if `.` becomes the value."""

    def choose(state: State) -> None:
        found = value(state)
        if slots:
            state.variables[slots[0]] = found
        if not values.is_true(found):
            run(otherwise, state)
        elif rebind:
            run_with(found, body, state)
        else:
            run(body, state)

    return choose


def repetition(value: Value, slots: list[int], body: list[Step], otherwise: list[Step]) -> Step:
    """`range`; one variable gets the element, two get the index or key and the element."""

    def repeat(state: State) -> None:
        pairs = _pairs(value(state))
        for key, each in pairs:
            state.variables.update(zip(slots, (key, each) if len(slots) == 2 else (each,), strict=False))
            run_with(each, body, state)
        if not pairs:
            run(otherwise, state)

    return repeat


def first(arguments: list[Value], *, wanted: bool) -> Value:
    """`or` looks for the first true value, `and` for the first false one; else they are the last."""

    def value(state: State) -> Any:
        found = None
        for argument in arguments:
            found = argument(state)
            if values.is_true(found) == wanted:
                break
        return found

    return value


def dot(state: State) -> Any:
    """The value of `.`."""
    return state.dot


def field_of(value: Value, name: str, arguments: list[Value]) -> Value:
    """A field, called if it takes arguments."""
    return lambda state: values.field(value(state), name, [argument(state) for argument in arguments])


def _pairs(found: Any) -> list[tuple[Any, Any]]:
    if isinstance(found, Mapping):
        return sorted(found.items())
    if isinstance(found, (list, tuple)):
        return list(enumerate(found))
    if type(found) is int and found <= _MOST_ROUNDS:
        return [(number, number) for number in range(found)]
    raise TemplateFailed(f"range can't iterate over {values.print_value(found)}")
