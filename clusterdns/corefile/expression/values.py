"""Kinds of values, what an operator does with two of them, and whether it may.

A kind is `int`, `float`, `string`, `bool`, a list such as `[]string`, or `any` when only the evaluation will tell, as
in the expr language and its checker. Must not know words or syntax.
"""

import math
import operator as operators
from collections.abc import Callable, Collection
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from clusterdns.corefile.patterns import match_groups, parse_pattern

Kind = str
INT: Final = "int"
FLOAT: Final = "float"
STRING: Final = "string"
BOOL: Final = "bool"
ANY: Final = "any"

_MOST_ELEMENTS: Final = 1_000_000  # of a list or range
_NUMBERS: Final = frozenset({INT, FLOAT})


class EvaluationError(Exception):
    """An expression that has no value for this query."""


def list_of(kind: Kind) -> Kind:
    """The kind of a list of such values."""
    return f"[]{kind}"


def element_of(kind: Kind) -> Kind | None:
    """The kind of a list's elements; None if it is no list."""
    return ANY if kind == ANY else kind[2:] if kind.startswith("[]") else None


def fits(kind: Kind, wanted: Kind) -> bool:
    """May a value of `kind` stand where `wanted` is?"""
    if ANY in (kind, wanted) or kind == wanted or (kind == INT and wanted == FLOAT):
        return True
    return kind.startswith("[]") and wanted.startswith("[]") and fits(kind[2:], wanted[2:])


def comparable(left: Kind, right: Kind) -> bool:
    """May two values be asked to be equal?"""
    both = {left, right}
    return ANY in both or both <= _NUMBERS or left == right or all(kind.startswith("[]") for kind in both)


def result_of(operator: str, left: Kind, right: Kind) -> Kind | None:
    """The kind that an operator makes of two kinds; None if it can't."""
    both = {left, right}
    known = both - {ANY}
    match operator:
        case "==" | "!=":
            return BOOL if comparable(left, right) else None
        case "and" | "&&" | "or" | "||":
            return BOOL if known <= {BOOL} else None
        case "<" | ">" | "<=" | ">=":
            return BOOL if known <= _NUMBERS or known <= {STRING} else None
        case "+" if known == {STRING}:
            return STRING if ANY not in both else ANY
        case "+" | "-" | "*":
            return (ANY if ANY in both else FLOAT if FLOAT in both else INT) if known <= _NUMBERS else None
        case "/" | "**" | "^":
            return FLOAT if known <= _NUMBERS else None
        case "%":
            return INT if known <= {INT} else None
        case "..":
            return list_of(INT) if known <= {INT} else None
        case "??":
            return left if left == right else ANY
        case "in":
            element = element_of(right)
            return BOOL if element is not None and comparable(left, element) else None
        case "matches" | "contains" | "startsWith" | "endsWith":
            return BOOL if known <= {STRING} else None
    return None


def kind_of(value: Any) -> Kind:
    """The kind of a value at hand."""
    for kind, of in ((BOOL, bool), (INT, int), (FLOAT, float), (STRING, str)):
        if isinstance(value, of):
            return kind
    return list_of(ANY) if isinstance(value, (list, range)) else ANY


def apply(operator: str, left: Any, right: Any) -> Any:
    """What the operator makes of two values. Raises `EvaluationError`."""
    if result_of(operator, kind_of(left), kind_of(right)) is None:
        raise EvaluationError(f"'{operator}' does not go with {kind_of(left)} and {kind_of(right)}")
    try:
        return _wrapped(_OPERATIONS[operator](left, right))
    except OverflowError:
        return math.inf
    except (ValueError, ZeroDivisionError) as error:
        raise EvaluationError(f"'{operator}': {error}") from None


def comparison(operator: str, left: Kind, right: Kind) -> Callable[[Any, Any], Any] | None:
    """What an operator makes of two values whose kinds are sure, so that `apply` need not look; None if it has to."""
    if operator == "in":
        return _is_one if left == element_of(right) == STRING else None
    if left != right or left not in (BOOL, INT, FLOAT, STRING):
        return None
    return _COMPARISONS.get(operator)


def _is_one(text: str, texts: Collection[str]) -> bool:
    return text in texts


def _wrapped(value: Any) -> Any:
    """An integer of 64 bits, as Go has them."""
    if type(value) is int:
        return (value + 2**63) % 2**64 - 2**63
    return value


def text_of(value: Any) -> str:
    """A value as Go prints it (`%v`)."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _float_text(value)
    if isinstance(value, (list, tuple, range)):
        return f"[{' '.join(map(text_of, value))}]"
    if isinstance(value, dict):
        return f"map[{' '.join(f'{text_of(key)}:{text_of(value[key])}' for key in sorted(value))}]"
    return "<nil>" if value is None else str(value)


def _float_text(value: float) -> str:
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"
    mantissa, _, exponent = f"{Decimal(repr(value)).normalize():e}".partition("e")
    if -4 <= int(exponent) < 6 or not value:
        return f"{Decimal(repr(value)).normalize():f}"
    return f"{mantissa}e{int(exponent):+03d}"


def equal(left: Any, right: Any) -> bool:
    """Are two values equal? 1 and 1.0 are, 1 and true are not."""
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def _contains(left: Any, right: Any) -> bool:
    if isinstance(right, range) and type(left) is int:
        return left in right
    return any(equal(left, each) for each in right)


def _divide(left: float, right: float) -> float:
    if right:
        return left / right
    return math.copysign(math.inf, left) if left else math.nan


def _remainder(left: int, right: int) -> int:
    if not right:
        raise EvaluationError("integer divide by zero")
    return int(math.copysign(abs(left) % abs(right), left))


def _range(first: int, last: int) -> range:
    if last - first >= _MOST_ELEMENTS:
        raise EvaluationError(f"{first}..{last} is too long")
    return range(first, last + 1)


@lru_cache(maxsize=128)
def _pattern(text: str) -> Any:
    return parse_pattern(text)


_COMPARISONS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "==": operators.eq,
    "!=": operators.ne,
    "<": operators.lt,
    ">": operators.gt,
    "<=": operators.le,
    ">=": operators.ge,
    "matches": lambda left, right: match_groups(_pattern(right), left) is not None,
    "contains": operators.contains,
    "startsWith": str.startswith,
    "endsWith": str.endswith,
}

_OPERATIONS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    **_COMPARISONS,
    "==": equal,
    "!=": lambda left, right: not equal(left, right),
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": _divide,
    "**": math.pow,
    "^": math.pow,
    "%": _remainder,
    "..": _range,
    "in": _contains,
}
