"""Functions of templates: Go's own, and `parseInt`.

Each takes values and gives one, or raises `TemplateFailed`. `and` and `or` are not here, since they need not look at
all their arguments. Knows no syntax.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from clusterdns.plugins.template.gotemplate.errors import TemplateFailed
from clusterdns.plugins.template.gotemplate.values import element, is_true, kind_of, print_value

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_LONGEST: Final = 10_000  # characters that padding may make
_VERB: Final = re.compile(r"%(?P<flags>[-+# 0]*)(?P<width>\d*)(?P<precision>\.\d*)?(?P<verb>.)", re.DOTALL)
_BASIC: Final = frozenset({"bool", "int", "float64", "string"})


def parse_int(text: Any, base: Any, bits: Any) -> int:
    """Go's strconv.ParseUint: an unsigned number in a base, of so many bits."""
    if not isinstance(text, str) or type(base) is not int or type(bits) is not int:
        raise TemplateFailed("parseInt takes a string and two numbers")
    digits = text.lower()
    if base == 0:
        prefixes = {"0x": 16, "0b": 2, "0o": 8}
        base = prefixes.get(digits[:2], 8 if digits[:1] == "0" and len(digits) > 1 else 10)
        digits = digits[2:] if digits[:2] in prefixes else digits
    if not 2 <= base <= 36 or not 0 <= bits <= 64:
        raise TemplateFailed(f"parseInt: invalid base {base} or bit size {bits}")
    if not digits or len(digits) > 255 or not set(digits) <= set(_DIGITS[:base]):
        raise TemplateFailed(f"parseInt: parsing '{text}': invalid syntax")
    value = int(digits, base)
    if value >= 1 << (bits or 64):
        raise TemplateFailed(f"parseInt: parsing '{text}': value out of range")
    return value


def _comparable(left: Any, right: Any) -> None:
    kinds = {kind_of(left), kind_of(right)}
    if not kinds <= _BASIC or len(kinds) > 1:
        raise TemplateFailed("incompatible types for comparison")


def _equal(first: Any, *others: Any) -> bool:
    if not others:
        raise TemplateFailed("missing argument for comparison")
    for other in others:
        if first is not None and other is not None:
            _comparable(first, other)
    return first in others


def _less(left: Any, right: Any) -> bool:
    _comparable(left, right)
    if isinstance(left, bool):
        raise TemplateFailed("invalid type for comparison")
    return bool(left < right)


def _index(value: Any, *keys: Any) -> Any:
    for key in keys:
        value = element(value, key)
    return value


def _slice(value: Any, *bounds: Any) -> Any:
    if not isinstance(value, (str, list)) or len(bounds) > 2 or any(type(bound) is not int for bound in bounds):
        raise TemplateFailed(f"can't slice {kind_of(value)}")
    first = bounds[0] if bounds else 0
    last = bounds[1] if len(bounds) > 1 else len(value)
    if not 0 <= first <= last <= len(value):
        raise TemplateFailed(f"index out of range: {first}:{last}")
    return value[first:last]


def _length(value: Any) -> int:
    if isinstance(value, str):
        return len(value.encode())
    if not isinstance(value, (list, tuple, Mapping)):
        raise TemplateFailed(f"len of type {kind_of(value)}")
    return len(value)


def _print(*values: Any) -> str:
    """Go's fmt.Sprint: a space between two operands of which neither is a string."""
    out = ""
    for at, value in enumerate(values):
        spaced = at and not isinstance(value, str) and not isinstance(values[at - 1], str)
        out += (" " if spaced else "") + print_value(value)
    return out


def _printf(pattern: Any, *values: Any) -> str:
    """Go's fmt.Sprintf without `*` and argument indexes."""
    if not isinstance(pattern, str):
        raise TemplateFailed("printf takes a string")
    rest = list(values)

    def replace(found: re.Match[str]) -> Any:
        verb = found["verb"]
        if verb == "%":
            return "%"
        if not rest:
            return f"%!{verb}(MISSING)"
        if int(found["width"] or 0) > _LONGEST or int((found["precision"] or "")[1:] or 0) > _LONGEST:
            raise TemplateFailed("printf: too wide")
        return _formatted(found, verb, rest.pop(0))

    out = _VERB.sub(replace, pattern)
    extra = ", ".join(f"{kind_of(value)}={print_value(value)}" for value in rest)
    return f"{out}%!(EXTRA {extra})" if rest else out


def _formatted(found: re.Match[str], verb: str, value: Any) -> Any:
    spec = f"%{found['flags']}{found['width']}{found['precision'] or ''}"
    kind = kind_of(value)
    if verb == "v" or (verb == "s" and kind == "string") or (verb == "t" and kind == "bool"):
        return f"{spec}s" % print_value(value)
    if verb == "q" and kind == "string":
        quoted = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}"'
    if verb in "dxXoc" and kind == "int":
        return f"{spec}{verb}" % value
    if verb == "b" and kind == "int":
        return f"{value:{'0' if '0' in found['flags'] else ''}{found['width']}b}"
    if verb in "xX" and kind == "string":
        digits = value.encode().hex()
        return digits.upper() if verb == "X" else digits
    if verb in "eEfFgG" and kind == "float64":
        return f"{spec}{verb}" % value
    return f"%!{verb}({kind}={print_value(value)})"


FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "parseInt": parse_int,
    "eq": _equal,
    "ne": lambda left, right: not _equal(left, right),
    "lt": _less,
    "le": lambda left, right: _less(left, right) or _equal(left, right),
    "gt": lambda left, right: not (_less(left, right) or _equal(left, right)),
    "ge": lambda left, right: not _less(left, right),
    "not": lambda value: not is_true(value),
    "index": _index,
    "slice": _slice,
    "len": _length,
    "print": _print,
    "printf": _printf,
    "println": lambda *values: " ".join(map(print_value, values)) + "\n",
}
