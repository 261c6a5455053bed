"""The order of a section's records: what comes before what, and which records are equals that take turns.

Knows no policy, query or reply.
"""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address
from itertools import groupby
from random import Random
from typing import NamedTuple

from clusterdns.dns import codes
from clusterdns.dns.record import Record

Records = list[Record]
Networks = Sequence[IPv4Network | IPv6Network]


class Sorted(NamedTuple):
    """A section's records by type, each in their old order."""

    cnames: Records
    addresses: Records
    exchanges: Records
    others: Records


class Section(NamedTuple):
    """A section's records, and the places in it whose records are equals, if there are several in a row."""

    records: Records
    equals: list[range]


def sort(records: Records) -> Sorted:
    """Sorts records by type."""
    found = Sorted([], [], [], [])
    for record in records:
        match record.rtype:
            case codes.A | codes.AAAA:
                found.addresses.append(record)
            case codes.CNAME:
                found.cnames.append(record)
            case codes.MX:
                found.exchanges.append(record)
            case _:
                found.others.append(record)
    return found


def arrange(records: Records, preferred: Networks = ()) -> Section:
    """CNAMEs first, and addresses and MXs as equals; addresses in a network that is preferred before all others."""
    cnames, addresses, exchanges, others = sort(records)
    if not preferred:
        return _together(cnames + others, [addresses, exchanges], [])

    def rank(address: Record) -> int:
        return _rank(address, preferred)

    ranks = [list(equals) for _, equals in groupby(sorted(addresses, key=rank), key=rank)]
    return _together(cnames, [*ranks, exchanges], others)


def _together(first: Records, equals: list[Records], last: Records) -> Section:
    """Records behind each other, of which some groups are equals."""
    records, places = list(first), []
    for group in equals:
        if len(group) > 1:
            places.append(range(len(records), len(records) + len(group)))
        records += group
    return Section(records + last, places)


def _rank(record: Record, preferred: Networks) -> int:
    """The index of the first preferred network that has the address, else one past the last."""
    address = ip_address(record.rdata)
    ranks = (rank for rank, network in enumerate(preferred) if address in network)
    return next(ranks, len(preferred))


def shuffled(places: range, random: Random) -> list[int]:
    """Places in an order that chance gives."""
    chance = random.random
    if len(places) == 2:
        return [places[1], places[0]] if chance() < 0.5 else [*places]
    return sorted(places, key=lambda _: chance())
