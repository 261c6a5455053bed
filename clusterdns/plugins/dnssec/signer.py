"""Replies signed, with signatures that are kept as long as they are good.

Which record sets of a reply are signed, how its denials look, and for how long signatures hold is CoreDNS's. Knows
replies and keys, no Corefile.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from clusterdns.dns import codes
from clusterdns.dns.codes import TYPES
from clusterdns.dns.names import Name, longest_match
from clusterdns.dns.outcome import Outcome, outcome_of
from clusterdns.dns.query import Query
from clusterdns.dns.record import Record
from clusterdns.dns.reply import Reply
from clusterdns.plugins.base import World

if TYPE_CHECKING:
    from clusterdns.records.signing.keys import Key

_HOUR: Final = 3600
_DAY: Final = 24 * _HOUR
_BEFORE: Final = 3 * _HOUR  # seconds since when a new signature holds, since clocks differ
_HOLDS: Final = 8 * _DAY  # seconds that it holds
_RENEWED: Final = 2 * _DAY  # seconds before its end in which it is given no more
_KEPT: Final = _HOUR  # seconds that a signed reply may be given again as it is
_ORIGINAL_TTL: Final = 3600  # that signatures cover, whatever the records have

_ANYWHERE: Final = (
    "A", "HINFO", "TXT", "AAAA", "LOC", "SRV", "CERT", "SSHFP", "RRSIG", "NSEC", "TLSA", "HIP", "OPENPGPKEY", "SPF",
)  # fmt: skip
_NAME_TYPES: Final = frozenset(TYPES[text] for text in _ANYWHERE)
_APEX_TYPES: Final = _NAME_TYPES | {TYPES[text] for text in ("NS", "SOA", "MX", "DNSKEY")}
_CUT_TYPES: Final = _NAME_TYPES | {codes.NS}
_ZERO: Final = b"\x01\x00"  # a label of one octet, 0: nothing comes between it and the name below it


class Signer:
    """Signs with `keys` and keeps `capacity` sets of signatures."""

    def __init__(self, world: World, keys: "Sequence[Key]", capacity: int) -> None:
        self._world = world
        self._keys = keys
        self._is_split = any(key.is_ksk for key in keys) and any(key.is_zsk for key in keys)
        self._capacity = max(capacity, 1)
        self._kept: dict[tuple[object, ...], tuple[float, list[Record]]] = {}
        metrics = world.metrics
        self._hits = metrics.counter(
            "coredns_dnssec_cache_hits_total", "Record sets whose signatures were known.", ("server",)
        )
        self._misses = metrics.counter(
            "coredns_dnssec_cache_misses_total", "Record sets that had to be signed.", ("server",)
        )
        self._entries = metrics.gauge("coredns_dnssec_cache_entries", "Signatures that are kept.", ("server", "type"))

    def keys_of(self, query: Query) -> Reply:
        """The DNSKEY records of a zone, signed if the client wants it."""
        reply = Reply.to(query, flags=codes.AA)
        records = [key.record(query.name) for key in self._keys]
        reply.answer = records
        if query.do and records:
            reply.answer = [*records, *_Work(self, query).signatures(records, query.name, _ORIGINAL_TTL)]
        return reply

    def sign(self, query: Query, given: Reply, zone: Name, zones: tuple[Name, ...]) -> Reply:
        """A reply with its signatures; `zone` is that of the question, `zones` are all that are signed."""
        reply, work = given.copy(), _Work(self, query)
        reply.case_zone = None  # proofs and what signatures cover have the whole name as it was asked
        outcome = outcome_of(query, reply, self._world.wall())
        if outcome is Outcome.DELEGATION:
            self._sign_referral(query, reply, zone, work)
        elif outcome in (Outcome.NXDOMAIN, Outcome.NODATA):
            self._sign_denial(query, reply, zone, work)
        else:
            reply.answer = work.signed(reply.answer, zones)
            reply.authority = work.signed(reply.authority, zones)
            reply.additional = work.signed(reply.additional, zones)
        self._entries.set((query.server.address, "signature"), len(self._kept))
        reply.good_until = min(given.good_until, self._world.clock() + _KEPT)
        reply.still = given.still
        if work.sets:
            again = self._hits if self._keys else self._misses  # what nobody signs is never known
            query.also_count(lambda times: again.add((query.server.address,), times * work.sets))
        return reply

    def _sign_referral(self, query: Query, reply: Reply, zone: Name, work: "_Work") -> None:
        """Signs the DS records of a delegation, or proves that there are none."""
        ttl = reply.authority[0].ttl
        ds = [record for record in reply.authority if record.rtype == codes.DS]
        if ds:
            reply.authority += work.signatures(ds, zone, ttl)
        else:
            reply.authority += work.denial(query, zone, ttl, _types_at(query, zone, is_cut=True), is_cut=True)

    def _sign_denial(self, query: Query, reply: Reply, zone: Name, work: "_Work") -> None:
        """Signs the SOA of a denial and proves it; then the name exists."""
        soa = reply.authority
        if len(soa) != 1 or soa[0].rtype != codes.SOA:
            return
        types = _types_at(query, zone, is_cut=False)
        proof = work.denial(query, zone, soa[0].ttl, types, is_cut=False)
        reply.authority = [*soa, *work.signatures(soa, zone, soa[0].ttl), *proof]
        if len(reply.authority) > 1:
            reply.rcode = codes.NOERROR
            if query.qtype == codes.NSEC:
                reply.answer, reply.authority = reply.authority[-2:], []

    def known(self, key: tuple[object, ...]) -> list[Record] | None:
        """Signatures that were made before and hold for a while yet."""
        found = self._kept.get(key)
        return None if found is None or found[0] < self._world.wall() + _RENEWED else found[1]

    def make(self, key: tuple[object, ...], records: Sequence[Record], signer: Name, ttl: int) -> list[Record]:
        """Signs a record set, and keeps the signatures."""
        from clusterdns.records.signing.signatures import sign  # it takes a while to import

        now = int(self._world.wall())
        begin, end = now - _BEFORE, now + _HOLDS
        keys = self._keys_for(records[0].rtype)
        made = [sign(records, key, signer, _ORIGINAL_TTL, begin, end).with_ttl(ttl) for key in keys]
        if made:
            while len(self._kept) >= self._capacity:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = end, made
        return made

    def _keys_for(self, rtype: int) -> "Sequence[Key]":
        if not self._is_split:
            return self._keys
        return [key for key in self._keys if (key.is_ksk if rtype == codes.DNSKEY else key.is_zsk)]

    def count(self, server: str, *, hit: bool) -> None:
        """Counts a look for signatures."""
        (self._hits if hit else self._misses).add((server,))


class _Work:
    """The signing of one reply. `sets` counts the record sets that were signed."""

    def __init__(self, signer: Signer, query: Query) -> None:
        self._signer = signer
        self._server = query.server.address
        self.sets = 0

    def signed(self, records: list[Record], zones: tuple[Name, ...]) -> list[Record]:
        """The records of a section, and behind them the signatures of those that are in one of the zones."""
        made = []
        for group in _sets(records):
            zone = longest_match(group[0].owner.lower(), zones)
            if zone is not None:
                made += self.signatures(group, zone, group[0].ttl)
        return [*records, *made]

    def signatures(self, records: Sequence[Record], zone: Name, ttl: int) -> list[Record]:
        """The signatures of one record set."""
        key = (zone, ttl, *((record.owner, record.tail) for record in records))
        self.sets += 1
        known = self._signer.known(key)
        self._signer.count(self._server, hit=known is not None)
        return known if known is not None else self._signer.make(key, records, zone, ttl)

    def denial(self, query: Query, zone: Name, ttl: int, types: Iterable[int], *, is_cut: bool) -> list[Record]:
        """The proof that a name has no other types, made for the question."""
        from clusterdns.records.signing.signatures import nsec  # it takes a while to import

        name = query.spelled
        # Behind a cut there are names, so that the next one can't be the first below it.
        following = _with_zero(name) if is_cut and query.name != zone else _ZERO + name
        record = nsec(name, following, types, ttl)
        return [*self.signatures([record], zone, ttl), record]


def _with_zero(name: bytes) -> bytes:
    """The name with an octet 0 behind its first label."""
    length = name[0]
    return bytes([length + 1]) + name[1 : 1 + length] + b"\0" + name[1 + length :]


def _types_at(query: Query, zone: Name, *, is_cut: bool) -> Iterable[int]:
    """Which types a name is said to have that does not exist, lacks one, or is behind a cut."""
    if query.name != zone and (is_cut or query.qtype == codes.DS):
        return _CUT_TYPES
    types = _APEX_TYPES if query.name == zone else _NAME_TYPES
    return types if is_cut or query.qtype == codes.NSEC else types - {query.qtype}


def _sets(records: Iterable[Record]) -> Iterable[list[Record]]:
    """Records by owner and type, signatures left out."""
    found: dict[tuple[bytes, int], list[Record]] = {}
    for record in records:
        if record.rtype != codes.RRSIG:
            found.setdefault((record.owner, record.rtype), []).append(record)
    return found.values()
