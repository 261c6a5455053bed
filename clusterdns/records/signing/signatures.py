"""Signatures of record sets (RFC 4034 3), and proofs that something is not there. Values in, values out."""

from collections.abc import Iterable, Sequence
from typing import Final

import dns.dnssec
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from clusterdns.dns import codes
from clusterdns.dns.names import Name
from clusterdns.dns.record import Record
from clusterdns.records.signing.keys import Key

_MOST_BITS: Final = 256  # of a window of types (RFC 4034 4.1.2)


def sign(
    records: Sequence[Record], key: Key, signer: Name, original_ttl: int, inception: int, expiration: int
) -> Record:
    """The RRSIG record of a record set, with its TTL; `original_ttl` in seconds is what the signature covers.

    `signer` is the zone; the times are seconds since 1970.
    """
    first = records[0]
    owner = dns.name.from_wire(first.owner, 0)[0]
    rdclass, rdtype = dns.rdataclass.RdataClass.make(first.rclass), dns.rdatatype.RdataType.make(first.rtype)
    rrset = dns.rrset.from_rdata_list(
        owner,
        original_ttl,
        [dns.rdata.from_wire(rdclass, rdtype, each.rdata, 0, len(each.rdata)) for each in records],
    )
    signature = dns.dnssec.sign(
        rrset,
        key.private,
        dns.name.from_wire(signer, 0)[0],
        key.public,
        inception=inception,
        expiration=expiration,
        policy=dns.dnssec.allow_all_policy,
    )
    return Record(first.owner, codes.RRSIG, first.ttl, signature.to_wire() or b"", first.rclass)


def nsec(owner: bytes, next_name: bytes, types: Iterable[int], ttl: int) -> Record:
    """The NSEC record that says which types a name has, and that there is nothing between it and the next one."""
    windows: dict[int, bytearray] = {}
    for rtype in types:
        window = windows.setdefault(rtype // _MOST_BITS, bytearray(_MOST_BITS // 8))
        window[rtype % _MOST_BITS // 8] |= 0x80 >> rtype % 8
    rdata = next_name
    for number in sorted(windows):
        bits = bytes(windows[number]).rstrip(b"\0")
        rdata += bytes((number, len(bits))) + bits
    return Record(owner, codes.NSEC, ttl, rdata)
