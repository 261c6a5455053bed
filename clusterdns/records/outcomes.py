"""What a table says to a question: values, named after what DNS calls them.

`Found` is a positive answer, `Missing` is NODATA or NXDOMAIN (RFC 2308), `Elsewhere` one that another server has to
complete.
"""

from dataclasses import dataclass

from clusterdns.dns.record import Record


@dataclass(frozen=True, slots=True)
class Found:
    """Records of the answer section, and those that go with them in the additional section."""

    records: tuple[Record, ...]
    additional: tuple[Record, ...] = ()


@dataclass(frozen=True, slots=True)
class Missing:
    """No records: of that type if the name `exists` (NODATA), of any type if not (NXDOMAIN)."""

    soa: Record
    exists: bool = False


@dataclass(frozen=True, slots=True)
class Alias:
    """CNAME records, each the target of the one before, and the target of the last, which is outside the zone."""

    chain: tuple[Record, ...]
    target: bytes  # as the object spells it


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Records of the answer section, and the aliases whose targets have to be asked for to complete it.

    `otherwise` is the answer if it comes to nothing.
    """

    records: tuple[Record, ...]
    aliases: tuple[Alias, ...]
    otherwise: Missing


Outcome = Found | Missing | Elsewhere


def say_the_same(one: Outcome | None, other: Outcome | None) -> bool:
    """Do two answers to a question differ in nothing but the SOA record of a denial, which changes all the time?"""
    match one, other:
        case Missing(), Missing():
            return one.exists == other.exists
        case Elsewhere(), Elsewhere():
            return (one.records, one.aliases) == (other.records, other.aliases)
    return one == other
