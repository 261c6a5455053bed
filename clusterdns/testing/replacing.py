"""Attributes of modules and classes that are others for a while. Knows nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

_MISSING: Final = object()


@contextmanager
def replaced(owner: Any, **attributes: Any) -> Iterator[None]:
    """Has other attributes in a module or class, meanwhile."""
    before = {name: vars(owner).get(name, _MISSING) for name in attributes}
    for name, value in attributes.items():
        setattr(owner, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is _MISSING:
                delattr(owner, name)
            else:
                setattr(owner, name, value)
