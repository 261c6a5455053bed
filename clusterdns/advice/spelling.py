"""Which word was probably meant. Knows nothing of what the words name."""

from collections.abc import Iterable
from typing import Final

_ALIKE: Final = 0.8
"""How much of two words is the same, from 0 to 1, when one may be meant for the other."""
_ALIKE_SHORT: Final = 0.6
_SHORT: Final = 4  # letters


def closest(word: str, words: Iterable[str]) -> str | None:
    """The word most like another one, for a hint; None if none is much like it, and begins or ends like it."""
    from difflib import get_close_matches  # for those who made a mistake only

    alike = _ALIKE_SHORT if len(word) <= _SHORT else _ALIKE
    likely = sorted(other for other in words if other[:1] == word[:1] or other[-1:] == word[-1:])
    return next(iter(get_close_matches(word, likely, 1, alike)), None)


def misspelled(word: str, words: Iterable[str]) -> str | None:
    """The word that another one is a slip of the pen for: letters changed places, or one within it is left out or too
    many. `team-a` is none for `team-b`, nor `dev` for `dev2`: those are names that people choose.
    """
    return next((other for other in sorted(words) if word != other and _is_slip(*sorted((word, other), key=len))), None)


def _is_slip(short: str, long: str) -> bool:
    if len(short) == len(long):
        return sorted(short) == sorted(long)
    if len(short) + 1 != len(long):
        return False
    at = next((index for index, letter in enumerate(short) if letter != long[index]), len(short))
    return at < len(short) and long[at].isalpha() and short[at:] == long[at + 1 :]
