"""Values in templates as Go has them: what is true, what fields and elements they have, how they are printed.

Knows no syntax. Raises `TemplateFailed` for what Go's text/template gives up on.
"""

from collections.abc import Callable, Mapping
from typing import Any

from clusterdns.corefile.expression import text_of
from clusterdns.plugins.template.gotemplate.errors import TemplateFailed


class Struct:
    """A value with fields, such as the query. A field that takes arguments is a callable."""

    def __init__(self, **fields: Any) -> None:
        self.fields = fields


class Texts(dict[str, str]):
    """A map of texts: what it lacks is an empty text, while other maps have no value for it."""


def kind_of(value: Any) -> str:
    """What Go would call the value's type."""
    for kind, of in (("bool", bool), ("int", int), ("float64", float), ("string", str), ("map", Mapping)):
        if isinstance(value, of):
            return kind
    return "struct" if isinstance(value, Struct) else "nil" if value is None else "slice"


def is_true(value: Any) -> bool:
    """Is the value other than zero and not empty?"""
    return isinstance(value, Struct) or bool(value)


def print_value(value: Any) -> str:
    """The value as an action writes it into the text."""
    if value is None:
        return "<no value>"
    if isinstance(value, Mapping):
        return f"map[{' '.join(f'{key}:{print_value(value[key])}' for key in sorted(value))}]"
    if isinstance(value, (list, tuple)):
        return f"[{' '.join(map(print_value, value))}]"
    if isinstance(value, Struct):
        return f"{{{' '.join(print_value(each) for each in value.fields.values())}}}"
    if isinstance(value, Callable):  # type: ignore[arg-type]
        raise TemplateFailed("a function can't be printed")
    return text_of(value)


def field(value: Any, name: str, arguments: list[Any]) -> Any:
    """A field of a struct, called if it takes arguments, or what a map has under the name."""
    if isinstance(value, Struct) and name in value.fields:
        found = value.fields[name]
        if callable(found):
            return found(*arguments)
    elif isinstance(value, Mapping):
        found = value.get(name, zero(value))
    else:
        raise TemplateFailed(f"can't evaluate field {name} in {kind_of(value)}")
    if arguments:
        raise TemplateFailed(f"{name} has arguments but is no function")
    return found


def zero(mapping: Mapping[str, Any]) -> Any:
    """What a map gives for a missing key."""
    return "" if isinstance(mapping, Texts) else None


def element(value: Any, key: Any) -> Any:
    """An element of a list, text or map."""
    if isinstance(value, Mapping):
        if not isinstance(key, str):
            raise TemplateFailed(f"value has type {kind_of(key)}; should be string")
        return value.get(key, zero(value))
    if not isinstance(value, (list, tuple, str)):
        raise TemplateFailed(f"can't index item of type {kind_of(value)}")
    items = value.encode() if isinstance(value, str) else value
    if type(key) is not int:
        raise TemplateFailed(f"cannot index slice/array with type {kind_of(key)}")
    if not 0 <= key < len(items):
        raise TemplateFailed(f"index out of range: {key}")
    return items[key]
