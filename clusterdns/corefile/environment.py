"""`{$NAME}` and `{%NAME%}` in a word of a Corefile.

Knows how references are written and replaced, as Caddy does: every reference, in names of zones, of plugins and in
arguments alike, an unset variable by nothing, and what a variable holds may be a reference again.
Must not know the process's environment: a mapping comes in.
"""

from collections.abc import Mapping

from clusterdns.corefile.errors import quoted

# A variable that names itself would be replaced for ever, one that names itself twice would also grow.
_MOST_ROUNDS = 1_000
_LONGEST = 1 << 16


def expand(text: str, env: Mapping[str, str]) -> str:
    """Replaces the references in `text`. Raises `ValueError` if that comes to no end."""
    return _expand(_expand(text, "{%", "%}", env), "{$", "}", env)


def _expand(text: str, opening: str, closing: str, env: Mapping[str, str]) -> str:
    for _ in range(_MOST_ROUNDS):
        start = text.find(opening)
        end = text.find(closing, start) if start >= 0 else -1
        if end <= start + len(opening):
            return text
        name = text[start + len(opening) : end]
        text = text.replace(opening + name + closing, env.get(name, ""))
        if len(text) > _LONGEST:
            break
    raise ValueError(f"the variable in {quoted(text)} refers to itself")
