"""What a walk is made of: questions that a resolver asks, what it heard, and how it ends. Values only."""

from collections.abc import Generator, Mapping
from typing import NamedTuple

from clusterdns.dns import codes
from clusterdns.dns.names import BadName, encode_name
from clusterdns.dns.reply import Reply


class Ask(NamedTuple):
    """A name that is asked next, in presentation form with a final dot, and for which types.

    The types go out together, unless not `together`: then each after the reply to the one before. `why` is a sentence
    on what led to this name.
    """

    name: str
    types: tuple[int, ...]
    why: str
    together: bool = True


class Heard(NamedTuple):
    """What came back for one type.

    `rcode` is None when nothing came in time. `found`: the answer has records of the type that was asked. `alias`: it
    has a CNAME, whether or not that led anywhere.
    """

    rcode: int | None
    found: bool = False
    alias: bool = False


def heard_of(reply: Reply | None, qtype: int) -> Heard:
    """What a resolver makes of a reply to a question for this type; None is that there was none."""
    if reply is None:
        return Heard(None)
    types = {record.rtype for record in reply.answer}
    found = bool(types) if qtype == codes.ANY else qtype in types
    return Heard(reply.rcode, found and reply.rcode == codes.NOERROR, codes.CNAME in types)


class Ended(NamedTuple):
    """The end: the name that was found, or the error that the program gets, and why.

    The error is as the resolver spells it: `EAI_NONAME` as by getaddrinfo, whatever the types.
    """

    name: str
    error: str
    why: str


Walk = Generator[Ask, Mapping[int, Heard], Ended]


def outcome(heard: Heard) -> str:
    """`NXDOMAIN`, `NODATA`, `SERVFAIL` …, or `not answered in time`."""
    if heard.rcode is None:
        return "not answered in time"
    if heard.rcode == codes.NOERROR:
        return "answered" if heard.found else "NODATA"
    return codes.rcode_text(heard.rcode)


def joined(name: str, domain: str = "") -> str:
    """A name under a domain of the search list, with its final dot."""
    return f"{name}.{domain.strip('.')}".rstrip(".") + "."


def fits(name: str) -> bool:
    """Can it be asked: is no label empty or over 63 octets, and the whole not over 255?"""
    try:
        encode_name(name)
    except BadName:
        return False
    return True
