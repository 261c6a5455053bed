"""A zone's records, held so that names are found at once: nodes by name, the apex, names in their order.

As in CoreDNS's file plugin, the SOA and the apex's NS stand apart from the nodes, whatever is outside the zone is kept
too (aliases lead there), and names in NS, SOA, CNAME, MX and SVCB data are lower case. A zone never changes once it is
made: who reloads makes another. What a zone answers is in `lookup`. Knows no files and no plugins.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final

from clusterdns.dns import codes
from clusterdns.dns.names import Name, count_labels, is_subdomain, labels, parent, suffixes
from clusterdns.dns.rdata import names_in, replace_names
from clusterdns.dns.record import Record

_LOWERED: Final = frozenset({codes.NS, codes.SOA, codes.CNAME, codes.MX, codes.SVCB, codes.HTTPS})
_WITH_ADDRESSES: Final = frozenset({codes.SRV, codes.MX, codes.SVCB, codes.HTTPS})


class Node:
    """All records of one name, by type."""

    __slots__ = ("name", "sets")

    def __init__(self, name: Name) -> None:
        self.name = name
        self.sets: dict[int, list[Record]] = {}

    def of(self, rtype: int) -> list[Record]:
        """The records of a type; not to be changed."""
        return self.sets.get(rtype, [])

    def signatures(self, rtype: int) -> list[Record]:
        """The RRSIG records that cover a type (RFC 4034 section 3)."""
        return [record for record in self.of(codes.RRSIG) if covered(record) == rtype]

    def signed(self, rtype: int, *, do: bool) -> list[Record]:
        """The records of a type, with their signatures if the client wants DNSSEC."""
        return self.of(rtype) + self.signatures(rtype) if do else self.of(rtype)


class Zone:
    """All records of a zone. `soa` is None for one that has none, of which nothing can be said.

    `ancestors` are all names above a node's: those without a node of their own are empty non-terminals.
    """

    def __init__(self, origin: Name, records: Iterable[Record]) -> None:
        self.origin = origin
        self.soa: Record | None = None
        self.soa_signatures: list[Record] = []
        self.ns: list[Record] = []
        self.ns_signatures: list[Record] = []
        self.nodes: dict[Name, Node] = {}
        self.ancestors: set[Name] = set()
        self._labels = count_labels(origin)
        for record in records:
            self._insert(_canonical(record))

    @property
    def serial(self) -> int | None:
        """The SOA's serial (RFC 1035 3.3.13)."""
        return serial_of(self.soa) if self.soa is not None else None

    def _insert(self, record: Record) -> None:
        """Puts a record where it belongs. Of several SOA the last one counts."""
        at_apex = record.owner == self.origin
        if record.rtype == codes.SOA:
            self.soa = record
        elif record.rtype == codes.RRSIG and covered(record) == codes.SOA:
            self.soa_signatures.append(record)
        elif at_apex and record.rtype == codes.NS:
            self.ns.append(record)
        elif at_apex and record.rtype == codes.RRSIG and covered(record) == codes.NS:
            self.ns_signatures.append(record)
        else:
            self._node(record.owner.lower()).sets.setdefault(record.rtype, []).append(record)

    def _node(self, name: Name) -> Node:
        node = self.nodes.get(name)
        if node is None:
            node = self.nodes[name] = Node(name)
            for above in suffixes(parent(name)):
                if above in self.ancestors:
                    break
                self.ancestors.add(above)
        return node

    def is_empty_non_terminal(self, name: Name) -> bool:
        """Is there no record of the name, but one below it (RFC 8499)?"""
        return name not in self.nodes and name in self.ancestors

    def below_apex(self, name: Name) -> list[Name]:
        """The name and those above it that have more labels than the apex, the shortest first."""
        return list(suffixes(name))[-(self._labels + 2) :: -1]

    def apex_soa(self, *, do: bool) -> list[Record]:
        """The SOA, as negative answers carry it."""
        assert self.soa is not None
        return [self.soa, *self.soa_signatures] if do else [self.soa]

    def apex_ns(self, *, do: bool) -> list[Record]:
        """The apex's NS, as positive answers carry them."""
        return self.ns + self.ns_signatures if do else self.ns

    def glue(self, ns: Iterable[Record], *, do: bool) -> list[Record]:
        """The addresses of those name servers that are below the name they serve (RFC 8499, "in-domain")."""
        return [
            address
            for record in ns
            if is_subdomain(record.rdata, record.owner)
            for address in self._addresses(record.rdata, do=do)
        ]

    def additional(self, records: Iterable[Record], *, do: bool) -> list[Record]:
        """The addresses of what SRV, MX, SVCB and HTTPS records name inside the zone, each name's once."""
        targets: dict[Name, None] = {}
        for record in records:
            if record.rtype in _WITH_ADDRESSES:
                ((start, end), *_), _ = names_in(record.rtype, record.rdata)
                targets[record.rdata[start:end].lower()] = None
        return [
            address
            for target in targets
            if is_subdomain(target, self.origin)
            for address in self._addresses(target, do=do)
        ]

    def _addresses(self, name: Name, *, do: bool) -> list[Record]:
        node = self.nodes.get(name)
        if node is None:
            return []
        return node.signed(codes.A, do=do) + node.signed(codes.AAAA, do=do)

    def before(self, name: Name) -> Node | None:
        """The node of this name, or the last one before it: the owner of the NSEC that covers it (RFC 4034 4.1)."""
        at = bisect_right(self._ordered, _order(name), key=lambda node: _order(node.name))
        return self._ordered[at - 1] if at else None

    @cached_property
    def _ordered(self) -> list[Node]:
        return sorted(self.nodes.values(), key=lambda node: _order(node.name))

    def transfer(self, serial: int | None = None) -> Iterator[list[Record]]:
        """All records, as a zone transfer gives them (RFC 5936 2.2); the SOA alone for whoever has that serial."""
        assert self.soa is not None
        if serial != self.serial:
            yield [self.soa, *self.soa_signatures, *self.ns, *self.ns_signatures]
            for node in self._ordered:
                yield [record for records in node.sets.values() for record in records]
        yield [self.soa]


def covered(signature: Record) -> int:
    """The type that an RRSIG record covers."""
    return int.from_bytes(signature.rdata[:2], "big")


def serial_of(soa: Record) -> int:
    """The serial in a SOA record."""
    return int.from_bytes(soa.rdata[-20:-16], "big")


def timers_of(soa: Record) -> tuple[int, int, int]:
    """Refresh, retry and expire of a SOA record, in seconds and at least one (RFC 1035 3.3.13)."""
    refresh, retry, expire = (int.from_bytes(soa.rdata[at : at + 4], "big") for at in (-16, -12, -8))
    return max(refresh, 1), max(retry, 1), max(expire, 1)


def is_newer(serial: int, than: int) -> bool:
    """Is a serial the later one of two (RFC 1982 3.2)?"""
    return 0 < (serial - than) % 2**32 < 2**31


def _canonical(record: Record) -> Record:
    """The record in the case that CoreDNS gives it: all lower but the owner and the target of SRV."""
    owner = record.owner if record.rtype == codes.SRV else record.owner.lower()
    rdata = record.rdata
    if record.rtype in _LOWERED:
        rdata = replace_names(record.rtype, rdata, bytes.lower)
    if owner == record.owner and rdata == record.rdata:
        return record
    return Record(owner, record.rtype, record.ttl, rdata, record.rclass)


def _order(name: Name) -> list[bytes]:
    """Canonical order (RFC 4034 6.1), except that CoreDNS compares labels with their dot: `a-` comes before `a`."""
    return [label + b"." for label in reversed(labels(name))]
