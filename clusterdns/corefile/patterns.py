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
