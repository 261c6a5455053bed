"""What a zone answers: positive, NODATA, NXDOMAIN, a delegation; wildcards, aliases, DNSSEC records.

RFC 1034 4.3.2 with RFC 4592, 6672 and 4035, as CoreDNS's file plugin does it, which is told where it differs. An alias
that leaves the zone is left to whoever can ask others: `Finding.target` says what to ask for, `complete` takes what
came back. Knows neither queries nor replies.
"""

from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Final

from clusterdns.dns import codes
from clusterdns.dns.names import MAX_LENGTH, ROOT, Name, parent, suffixes
from clusterdns.dns.record import Record
from clusterdns.records.zones.zone import Node, Zone

_ASTERISK: Final = b"\x01*"
_MOST_ALIASES: Final = 9  # that a chain follows inside the zone


class Result(Enum):
    """How a lookup ends."""

    POSITIVE = auto()
    NODATA = auto()
    NXDOMAIN = auto()
    DELEGATION = auto()
    FAILURE = auto()


@dataclass(slots=True)
class Finding:
    """What is to be answered. With a `target` it is what is known so far: an alias leads to that name elsewhere.

    `wildcard` is the one whose records stand for the name.
    """

    result: Result
    answer: list[Record] = field(default_factory=list)
    authority: list[Record] = field(default_factory=list)
    additional: list[Record] = field(default_factory=list)
    target: bytes | None = None
    wildcard: Name | None = None

    @property
    def is_missing(self) -> bool:
        """May the question be passed on to others?

        Yes for NXDOMAIN and for an empty non-terminal, which is positive without an answer; never for NODATA.
        """
        return not self.answer and self.result in (Result.NXDOMAIN, Result.POSITIVE)


def look_up(zone: Zone, name: Name, qtype: int, *, do: bool) -> Finding:
    """What `zone` answers to a question for a name in it; `do`: the client wants DNSSEC records."""
    if zone.soa is None:
        return Finding(Result.FAILURE)
    return _Lookup(zone, name, qtype, do=do).run()


def complete(zone: Zone, finding: Finding, result: Result, records: list[Record], *, do: bool) -> Finding:
    """The finding of an alias once its target was asked for: `result` and answer `records` of that question."""
    answer = finding.answer + records
    negative = result in (Result.NODATA, Result.NXDOMAIN)
    authority = zone.apex_soa(do=do) if negative else zone.apex_ns(do=do)
    return Finding(result, answer, authority, zone.additional(answer, do=do))


class _Lookup:
    """One question to one zone."""

    def __init__(self, zone: Zone, name: Name, qtype: int, *, do: bool) -> None:
        self.zone = zone
        self.name = name
        self.qtype = qtype
        self.do = do

    def run(self) -> Finding:
        """From the apex down to the name: a DNAME or a delegation on the way ends it."""
        zone, name = self.zone, self.name
        if name == zone.origin and self.qtype == codes.SOA:
            return Finding(Result.POSITIVE, zone.apex_soa(do=self.do), zone.apex_ns(do=self.do))
        if name == zone.origin and self.qtype == codes.NS:
            ns = zone.apex_ns(do=self.do)
            return Finding(Result.POSITIVE, ns, [], zone.glue(ns, do=self.do))
        node, wildcard = None, None
        for above in (zone.origin, *zone.below_apex(name)):
            node = zone.nodes.get(above)
            if node is None:
                wildcard = self._wildcard_beside(above) or wildcard
                continue
            ended = self._substitute(node) or self._delegate(node, name)
            if ended is not None:
                return ended
        if node is not None:
            return self._found(node)
        if wildcard is not None and not self._is_blocked(wildcard):
            finding = self._synthesize(wildcard)
            finding.wildcard = wildcard if wildcard in zone.nodes else None
            return finding
        return self._missing()

    def _wildcard_beside(self, name: Name) -> Name | None:
        """The wildcard that would stand for a name that has no node, if there is one or something below it."""
        wildcard = _ASTERISK + parent(name)
        known = wildcard in self.zone.nodes or wildcard in self.zone.ancestors
        return wildcard if known and name != ROOT else None

    def _is_blocked(self, wildcard: Name) -> bool:
        """Is an empty non-terminal closer than the wildcard (RFC 4592 2.2.1)?"""
        closer = parent(self.name)
        while closer != wildcard[len(_ASTERISK) :]:
            if self.zone.is_empty_non_terminal(closer):
                return True
            closer = parent(closer)
        return False

    def _found(self, node: Node) -> Finding:
        aliases = node.of(codes.CNAME)
        if aliases and self.qtype != codes.CNAME:
            return self._follow(aliases + self._signatures(node, codes.CNAME))
        records = node.of(self.qtype)
        if not records:
            return self._nodata(node)
        answer = records + self._signatures(node, self.qtype)
        return Finding(Result.POSITIVE, answer, self._apex_ns(), self._additional(records))

    def _synthesize(self, wildcard: Name) -> Finding:
        """An answer from a wildcard: its records, owned by the name that was asked for."""
        node = self.zone.nodes.get(wildcard)
        if node is None:
            return Finding(Result.NODATA, [], self.zone.apex_soa(do=self.do))
        aliases = self._own(node.of(codes.CNAME))
        if aliases and self.qtype != codes.CNAME:
            return self._follow(aliases + self._signatures(node, codes.CNAME))
        records = self._own(node.of(self.qtype))
        if not records:
            return self._nodata(node)
        answer = records + self._own(self._signatures(node, self.qtype))
        authority = self._apex_ns() + self._denial(self.zone.before(self.name))
        return Finding(Result.POSITIVE, answer, authority, self._additional(records))

    def _own(self, records: list[Record]) -> list[Record]:
        return [record.with_owner(self.name) for record in records]

    def _nodata(self, node: Node) -> Finding:
        return Finding(Result.NODATA, [], self.zone.apex_soa(do=self.do) + self._denial(node))

    def _missing(self) -> Finding:
        """No node and no wildcard: NXDOMAIN, but NOERROR for an empty non-terminal."""
        finding = Finding(Result.NXDOMAIN, [], self.zone.apex_soa(do=self.do))
        before = self.zone.before(self.name) if self.do else None
        finding.authority += self._denial(before)
        if self.zone.is_empty_non_terminal(self.name):
            finding.result = Result.POSITIVE
            return finding
        encloser = next((above for above in suffixes(self.name) if above in self.zone.nodes), None)
        if before is not None and encloser is not None:
            no_wildcard = self.zone.before(_ASTERISK + encloser)
            if no_wildcard is not before:
                finding.authority += self._denial(no_wildcard)
        return finding

    def _denial(self, node: Node | None) -> list[Record]:
        """The NSEC of a node, for clients that want DNSSEC."""
        return node.signed(codes.NSEC, do=True) if node is not None and self.do else []

    def _delegate(self, node: Node, name: Name) -> Finding | None:
        """A referral if the node is a zone cut, unless its own DS is asked for, which the parent answers."""
        ns = node.of(codes.NS)
        if not ns or (self.qtype == codes.DS and node.name == name):
            return None
        authority = ns + node.signed(codes.DS, do=True) if self.do else ns
        return Finding(Result.DELEGATION, [], authority, self.zone.glue(ns, do=self.do))

    def _substitute(self, node: Node) -> Finding | None:
        """What a DNAME above the name makes of it (RFC 6672): the DNAME, a CNAME in its place, where that leads."""
        dnames = node.of(codes.DNAME)
        if not dnames or node.name == self.name:
            return None
        target = self.name[: -len(node.name)] + dnames[0].rdata
        if target.lower() == self.name or len(target) > MAX_LENGTH:
            return Finding(Result.FAILURE)
        alias = [Record(self.name, codes.CNAME, dnames[0].ttl, target)]
        if self.qtype == codes.CNAME:
            finding = Finding(Result.POSITIVE, alias, self._apex_ns())
        else:
            finding = self._follow(alias + self._signatures(node, codes.CNAME))
        return replace(finding, answer=dnames + self._signatures(node, codes.DNAME) + finding.answer)

    def _follow(self, aliases: list[Record]) -> Finding:
        """The aliases, and what they lead to as far as the zone knows it."""
        answer, target = aliases, aliases[0].rdata
        for followed in range(_MOST_ALIASES + 1):
            node = self.zone.nodes.get(target.lower())
            left = self._leave(node, target)
            if left is not None:
                return replace(left, answer=answer)
            assert node is not None
            if followed == _MOST_ALIASES:
                break
            further = node.of(codes.CNAME)
            if not further:
                answer = answer + node.of(self.qtype) + self._signatures(node, self.qtype)
                break
            answer = answer + further + self._signatures(node, codes.CNAME)
            target = further[0].rdata
        return Finding(Result.POSITIVE, answer, self._apex_ns(), self._additional(answer))

    def _leave(self, node: Node | None, target: bytes) -> Finding | None:
        """A referral if the target of an alias is delegated, a question for others if no node here tells of it."""
        name = target.lower()
        for above in self.zone.below_apex(name):
            cut = self.zone.nodes.get(above)
            referral = self._delegate(cut, name) if cut is not None else None
            if referral is not None:
                return referral
        at_apex = self.qtype == codes.NS or (self.qtype == codes.SOA and name == self.zone.origin)
        return Finding(Result.POSITIVE, target=target) if node is None or at_apex else None

    def _signatures(self, node: Node, rtype: int) -> list[Record]:
        return node.signatures(rtype) if self.do else []

    def _apex_ns(self) -> list[Record]:
        return self.zone.apex_ns(do=self.do)

    def _additional(self, records: list[Record]) -> list[Record]:
        return self.zone.additional(records, do=self.do)
