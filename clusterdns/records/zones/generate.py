r"""`$GENERATE` of zone files (BIND's): one line with `$` in it stands for many.

As the reader of CoreDNS does it: `$` is the number, `${OFFSET[,WIDTH[,BASE]]}` the number with an offset, with zeros up
to a width, in base d, o, x or X; `$$` and `\$` are a dollar. Knows nothing of what the lines say.
"""

import re
from collections.abc import Iterator
from typing import Final

_MOST_STEPS: Final = 65535
_LARGEST: Final = 2**31 - 1
_SPAN: Final = re.compile(r"([0-9]+)-([0-9]+)(?:/([0-9]+))?", re.ASCII)
_PLACE: Final = re.compile(r"\$\$|\$\{([^}]*)\}|\$|\\(.?)", re.DOTALL)
_MODIFIER: Final = re.compile(r"([+-]?[0-9]{1,10})(?:,([0-9]{1,3})(?:,([doxX]))?)?", re.ASCII)


def expand(span: str, template: str) -> Iterator[str]:
    """The template's line for each number of `START-STOP[/STEP]`. Raises `ValueError`."""
    match = _SPAN.fullmatch(span)
    if match is None or len(span) > 40:
        raise ValueError(f"$GENERATE: '{span}' is not a range (START-STOP[/STEP])")
    start, stop, step = int(match[1]), int(match[2]), int(match[3] or 1)
    if step == 0 or stop < start or (stop - start) // step > _MOST_STEPS:
        raise ValueError(f"$GENERATE: range '{span}' has no steps, or more than {_MOST_STEPS + 1}")
    for number in range(start, stop + 1, step):
        yield _PLACE.sub(lambda place, number=number: _fill(place, number, start, stop), template)  # type: ignore[misc]


def _fill(place: re.Match[str], number: int, start: int, stop: int) -> str:
    text = place[0]
    if text == "$":
        return str(number)
    if text == "$$":
        return "$"
    if text[0] == "\\":
        return place[2] if place[2] in ("$", "\\") else ""
    modifier = _MODIFIER.fullmatch(place[1])
    if modifier is None or int(modifier[2] or 0) > 255:
        raise ValueError(f"$GENERATE: '{text}' is not a modifier (${{OFFSET[,WIDTH[,BASE]]}})")
    offset = int(modifier[1])
    if start + offset < 0 or stop + offset > _LARGEST:
        raise ValueError(f"$GENERATE: the offset of '{text}' leads out of 0 to {_LARGEST}")
    return format(number + offset, f"0{modifier[2] or 0}{modifier[3] or 'd'}")
