"""Names and hashes in the shape in which Kubernetes generates them, but the same ones each time.

Kubernetes draws the five letters at the end of a Pod's name; here they follow from what the Pod is made from. The
letters are those of `k8s.io/apimachinery/pkg/util/rand`: no vowels, and no digits that look like letters.
"""

from collections.abc import Callable
from hashlib import blake2b
from itertools import count
from typing import Any

import msgspec

ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
RANDOM_LENGTH = 5
MAX_PREFIX = 63 - RANDOM_LENGTH  # of a generated name: what does not fit is cut off

_encode = msgspec.json.Encoder(order="sorted").encode


def template_hash(template: dict[str, Any]) -> str:
    """The hash that names a Pod template in `pod-template-hash` and in revisions, like `5d9c7b66f4`."""
    number = int.from_bytes(blake2b(_encode(template), digest_size=4).digest(), "big")
    return "".join(ALPHABET[ord(digit) % len(ALPHABET)] for digit in str(number))


def generate_name(prefix: str, seed: str) -> str:
    """A name as the API server makes it from `generateName: PREFIX`; the letters added follow from the seed."""
    number = int.from_bytes(blake2b(f"{prefix}/{seed}".encode(), digest_size=8).digest(), "big")
    letters = []
    for _ in range(RANDOM_LENGTH):
        number, letter = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[letter])
    return prefix[:MAX_PREFIX] + "".join(letters)


def generate_names(prefix: str, seed: str, how_many: int, taken: Callable[[str], bool] | None = None) -> list[str]:
    """The first names generated from the seed that differ and are not taken."""
    names: dict[str, None] = {}
    for turn in count():
        if len(names) >= how_many:
            return list(names)
        name = generate_name(prefix, f"{seed}/{turn}")
        if taken is None or not taken(name):
            names[name] = None
    raise AssertionError
