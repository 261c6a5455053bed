"""Regular expressions of a Corefile, as Go reads them: RE2's syntax, matched in linear time.

They are matched against names that strangers choose. Must not know who wants a match.
"""

from typing import Any

import re2

from clusterdns.corefile.errors import quoted

_LONGEST = 10_000  # characters; CoreDNS's limit


def parse_pattern(text: str) -> Any:
    """The compiled expression, with the methods of one of Python's `re`. Raises `ValueError` for a bad one."""
    if len(text) > _LONGEST:
        raise ValueError(f"{quoted(text)} is longer than {_LONGEST} characters")
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(text, options)
    except re2.error as error:
        reason = error.args[0]
        told = reason.decode() if isinstance(reason, bytes) else reason
        raise ValueError(f"{quoted(text)} is not a regular expression: {told}") from None


def match_groups(pattern: Any, text: str) -> list[str] | None:
    """What is found of a pattern anywhere in a text, and what each of its groups matched, empty for one that did not.

    None if it is not there. Octets are searched, as RE2 does that: a text would be encoded anyway, and its places
    counted for each group, which takes three times as long.
    """
    found = pattern.search(text.encode("utf-8", "surrogateescape"))
    if found is None:
        return None
    return [group.decode("utf-8", "surrogateescape") if group else "" for group in (found[0], *found.groups())]
