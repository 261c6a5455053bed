"""Catalog zones: zones that list zones (RFC 9432). Knows records, nothing of who serves them."""

from typing import Final, NamedTuple

from clusterdns.dns import codes
from clusterdns.dns.names import Name, is_subdomain, labels, name_text
from clusterdns.records.zones.zone import Node, Zone

_VERSION: Final = b"2"


class BadCatalog(Exception):
    """A zone is no catalog of the one version that is known."""


class Member(NamedTuple):
    """How a catalog lists a zone: by which label, and which catalog may take it over (RFC 9432 4.3.1)."""

    label: bytes
    new_owner: Name | None = None


def read_catalog(zone: Zone) -> dict[Name, Member]:
    """The zones that a catalog lists. Raises `BadCatalog`."""
    text = name_text(zone.origin)
    if not zone.ns:
        raise BadCatalog(f"catalog zone {text} has no NS record")
    versions = [] if (node := zone.nodes.get(_below(zone, b"version"))) is None else _texts(node)
    if versions != [_VERSION]:
        raise BadCatalog(f"catalog zone {text} is not of version 2, by one TXT record")
    depth, listing = len(labels(zone.origin)) + 1, _below(zone, b"zones")
    members: dict[Name, Member] = {}
    owners: dict[bytes, Name] = {}
    for name, node in zone.nodes.items():
        parts = labels(name)
        if len(parts) <= depth or not is_subdomain(name, listing):
            continue
        pointers = [record.rdata.lower() for record in node.of(codes.PTR)]
        if not pointers:
            continue
        if len(pointers) > 1:
            raise BadCatalog(f"{name_text(name)} in catalog zone {text} has more than one PTR record")
        if len(parts) == depth + 1:
            if pointers[0] in members:
                raise BadCatalog(f"catalog zone {text} lists {name_text(pointers[0])} more than once")
            members[pointers[0]] = Member(parts[0])
        elif len(parts) == depth + 2 and parts[0] == b"coo":
            owners[parts[1]] = pointers[0]
    return {zone: member._replace(new_owner=owners.get(member.label)) for zone, member in members.items()}


def _below(zone: Zone, label: bytes) -> Name:
    return bytes([len(label)]) + label + zone.origin


def _texts(node: Node) -> list[bytes]:
    """The data of TXT records, their strings joined."""
    found = []
    for record in node.of(codes.TXT):
        text, at = b"", 0
        while at < len(record.rdata):
            length = record.rdata[at]
            text += record.rdata[at + 1 : at + 1 + length]
            at += 1 + length
        found.append(text)
    return found
