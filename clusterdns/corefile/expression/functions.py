"""Functions of the expr language itself; those about a query come from whoever evaluates an expression.

Must not know syntax or queries.
"""

import math
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any, Final, NamedTuple

from clusterdns.corefile.expression.values import (
    ANY,
    BOOL,
    FLOAT,
    INT,
    STRING,
    EvaluationError,
    Kind,
    element_of,
    list_of,
    text_of,
)
from clusterdns.corefile.values import parse_integer, parse_number

_MOST_TEXT: Final = 100_000  # characters that `repeat` makes
_BITS: Final = 64
_ALL_BITS: Final = (1 << _BITS) - 1


class Function(NamedTuple):
    """A function: the kinds of its arguments, the kind of its result, and what computes it.

    `call` gets what the expression is evaluated for, then the arguments; it raises `EvaluationError` or ValueError.
    The last `optional` arguments may be left out; `many` says that the last may be repeated.
    """

    arguments: tuple[Kind, ...]
    result: Kind
    call: Callable[..., Any]
    optional: int = 0
    many: bool = False


def _plain(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda _, *arguments: function(*arguments)


def _length(value: Any) -> int:
    if not isinstance(value, (str, list, range, dict)):
        raise EvaluationError(f"{text_of(value)} has no length")
    return len(value)


def _integer(value: Any) -> int:
    return parse_integer(value) if isinstance(value, str) else int(value)


def _number(value: Any) -> float:
    return parse_number(value) if isinstance(value, str) else float(value)


def _split(text: str, separator: str, most: int = -1) -> list[str]:
    if most == 0:
        return []
    if separator:
        return text.split(separator, most - 1 if most > 0 else -1)
    return list(text) if most < 0 else [*text[: most - 1], text[most - 1 :]]


def _repeat(text: str, count: int) -> str:
    if count < 0 or len(text) * count > _MOST_TEXT:
        raise EvaluationError(f"repeat {count} times is too little or too much")
    return text * count


def _round(value: float) -> float:
    return math.copysign(math.floor(abs(value) + 0.5), value)


def _extreme(choose: Callable[[Sequence[Any]], Any]) -> Callable[..., Any]:
    def call(_: Any, *values: Any) -> Any:
        flat = values[0] if len(values) == 1 and isinstance(values[0], (list, range)) else values
        return choose(flat)

    return call


def _get(values: Any, index: Any) -> Any:
    if isinstance(values, dict):
        return values.get(index)
    return values[index] if -len(values) <= index < len(values) else None


def _flat(values: Sequence[Any]) -> list[Any]:
    return [inner for value in values for inner in (_flat(value) if isinstance(value, (list, range)) else [value])]


def _mean(values: Sequence[Any]) -> float:
    return sum(values) / len(values) if values else 0.0


def _median(values: Sequence[Any]) -> float:
    middle = len(values) // 2
    return _mean(sorted(values)[middle - (len(values) % 2 == 0) : middle + 1]) if values else 0.0


def _shift(value: int, places: int) -> int:
    """To the left; within the 64 bits of an integer there."""
    if places < 0:
        raise EvaluationError("a shift by less than no places")
    shifted = value << min(places, _BITS) & _ALL_BITS
    return shifted - (1 << _BITS) if shifted >> _BITS - 1 else shifted


def _sort(values: Sequence[Any], order: str = "asc") -> list[Any]:
    if order not in ("asc", "desc"):
        raise EvaluationError(f"sort takes asc or desc, not {order}")
    return sorted(values, reverse=order == "desc")


FUNCTIONS: Final = {
    "len": Function((ANY,), INT, _plain(_length)),
    "int": Function((ANY,), INT, _plain(_integer)),
    "float": Function((ANY,), FLOAT, _plain(_number)),
    "string": Function((ANY,), STRING, _plain(text_of)),
    "upper": Function((STRING,), STRING, _plain(str.upper)),
    "lower": Function((STRING,), STRING, _plain(str.lower)),
    "trim": Function((STRING, STRING), STRING, _plain(str.strip), 1),
    "trimPrefix": Function((STRING, STRING), STRING, _plain(str.removeprefix)),
    "trimSuffix": Function((STRING, STRING), STRING, _plain(str.removesuffix)),
    "split": Function((STRING, STRING, INT), list_of(STRING), _plain(_split), 1),
    "replace": Function((STRING, STRING, STRING, INT), STRING, _plain(str.replace), 1),
    "repeat": Function((STRING, INT), STRING, _plain(_repeat)),
    "join": Function(
        (list_of(STRING), STRING), STRING, _plain(lambda texts, between="": between.join(map(str, texts))), 1
    ),
    "indexOf": Function((STRING, STRING), INT, _plain(str.find)),
    "lastIndexOf": Function((STRING, STRING), INT, _plain(str.rfind)),
    "hasPrefix": Function((STRING, STRING), BOOL, _plain(str.startswith)),
    "hasSuffix": Function((STRING, STRING), BOOL, _plain(str.endswith)),
    "abs": Function((ANY,), ANY, _plain(abs)),
    "ceil": Function((FLOAT,), FLOAT, _plain(lambda value: float(math.ceil(value)))),
    "floor": Function((FLOAT,), FLOAT, _plain(lambda value: float(math.floor(value)))),
    "round": Function((FLOAT,), FLOAT, _plain(_round)),
    "max": Function((ANY,), ANY, _extreme(max), many=True),
    "min": Function((ANY,), ANY, _extreme(min), many=True),
    "first": Function((list_of(ANY),), ANY, _plain(lambda values: next(iter(values), ""))),
    "last": Function((list_of(ANY),), ANY, _plain(lambda values: values[-1] if len(values) else "")),
    "take": Function((list_of(ANY), INT), list_of(ANY), _plain(lambda values, count: list(values[: max(count, 0)]))),
    "get": Function((ANY, ANY), ANY, _plain(_get)),
    "keys": Function((ANY,), list_of(ANY), _plain(lambda table: list(table))),
    "values": Function((ANY,), list_of(ANY), _plain(lambda table: list(table.values()))),
    "flatten": Function((list_of(ANY),), list_of(ANY), _plain(_flat)),
    "mean": Function((list_of(ANY),), FLOAT, _plain(_mean)),
    "median": Function((list_of(ANY),), FLOAT, _plain(_median)),
    "sum": Function((list_of(ANY),), ANY, _plain(sum)),
    "concat": Function((list_of(ANY),), list_of(ANY), _plain(lambda *lists: list(chain(*lists))), many=True),
    "reverse": Function((list_of(ANY),), list_of(ANY), _plain(lambda values: list(values)[::-1])),
    "sort": Function((list_of(ANY), STRING), list_of(ANY), _plain(_sort), 1),
    "uniq": Function((list_of(ANY),), list_of(ANY), _plain(lambda values: list(dict.fromkeys(values)))),
    "bitand": Function((INT, INT), INT, _plain(int.__and__)),
    "bitor": Function((INT, INT), INT, _plain(int.__or__)),
    "bitxor": Function((INT, INT), INT, _plain(int.__xor__)),
    "bitnot": Function((INT,), INT, _plain(int.__invert__)),
    "bitnand": Function((INT, INT), INT, _plain(lambda value, without: value & ~without)),
    "bitshl": Function((INT, INT), INT, _plain(_shift)),
    "bitshr": Function((INT, INT), INT, _plain(int.__rshift__)),
    "bitushr": Function((INT, INT), INT, _plain(lambda value, places: (value & _ALL_BITS) >> places)),
}

_Test = Callable[[Any], Any]

PREDICATES: Final[dict[str, Callable[[Sequence[Any], _Test], Any]]] = {
    "all": lambda values, test: all(test(value) for value in values),
    "any": lambda values, test: any(test(value) for value in values),
    "none": lambda values, test: not any(test(value) for value in values),
    "one": lambda values, test: sum(bool(test(value)) for value in values) == 1,
    "count": lambda values, test: sum(bool(test(value)) for value in values),
    "filter": lambda values, test: [value for value in values if test(value)],
    "map": lambda values, test: [test(value) for value in values],
    "find": lambda values, test: next((value for value in values if test(value)), None),
    "findIndex": lambda values, test: next((at for at, value in enumerate(values) if test(value)), None),
    "findLast": lambda values, test: next((value for value in reversed(values) if test(value)), None),
}
"""What takes a list and an expression in which `#` is an element of it."""


def predicate_result(name: str, values: Kind, test: Kind) -> Kind:
    """The kind that such a function gives."""
    match name:
        case "filter":
            return list_of(element_of(values) or ANY)
        case "find" | "findLast":
            return element_of(values) or ANY
        case "map":
            return list_of(test)
        case "count" | "findIndex":
            return INT
    return BOOL


RESERVED: Final = frozenset({
    *FUNCTIONS, *PREDICATES, "findLastIndex", "groupBy", "sortBy", "reduce", "type", "splitAfter", "toJSON", "fromJSON",
    "toBase64", "fromBase64", "now", "duration", "date", "timezone", "toPairs", "fromPairs", "true", "false", "nil",
})  # fmt: skip
"""Names in the expr language that no variable can have."""
