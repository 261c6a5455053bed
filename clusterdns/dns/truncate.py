"""Which records of a reply are kept when not all fit: those that CoreDNS keeps.

Its library (miekg/dns, `Truncate`) adds up lengths instead of encoding, and some of them too high: strings count as
they are printed, keys and signatures as base64 leaves them. Those errors decide where a reply ends, so they are made
here too. Knows records, and names as they would be compressed; writes nothing.
"""

from typing import Final

from clusterdns.dns import codes
from clusterdns.dns.names import label_text
from clusterdns.dns.query import HEADER_SIZE, Query
from clusterdns.dns.rdata import names_in
from clusterdns.dns.record import Record
from clusterdns.dns.reply import Reply

POINTABLE: Final = 0x4000  # pointers reach 14 bits (RFC 1035 4.1.4)

# type -> (octets before the first character string, how many follow each other; None is to the end)
_STRINGS: Final = {codes.HINFO: (0, 2), codes.TXT: (0, None), codes.NAPTR: (4, 3), codes.TYPES["SPF"]: (0, None)}
# type -> octets before what base64 prints; for RRSIG those before the signer's name
_BASE64: Final = {
    codes.RRSIG: 18, codes.DNSKEY: 4, codes.TYPES["CDNSKEY"]: 4, codes.TYPES["CERT"]: 5, codes.TYPES["OPENPGPKEY"]: 0,
}  # fmt: skip

_MOST: Final = 4  # times that a record may count its length: `\DDD` for each octet


def fits(reply: Reply, length: int, limit: int) -> bool:
    """Does a reply that takes `length` octets fit into `limit`, as CoreDNS counts?"""
    if length > limit:
        return False
    if length * _MOST <= limit:
        return True
    return not any(record.rtype in _STRINGS or record.rtype in _BASE64 for record in reply.records)


def truncate(query: Query, reply: Reply, limit: int) -> Reply:
    """The reply with as many records as fit, section after section, TC set if any did not.

    `limit` counts octets without the OPT record.
    """
    seen: set[bytes] = set()
    length = HEADER_SIZE + _name_length(query.asked, HEADER_SIZE, seen, compress=True) + 4
    kept = reply.copy()
    kept.answer, length = _fill(reply.answer, length, limit, seen)
    kept.authority, length = _fill(reply.authority, length, limit, seen)
    kept.additional, length = _fill(reply.additional, length, limit, seen)
    if len(kept.answer) + len(kept.authority) + len(kept.additional) < len(reply.records):
        kept.flags |= codes.TC
    return kept


def _fill(records: list[Record], length: int, limit: int, seen: set[bytes]) -> tuple[list[Record], int]:
    """The first records that fit and the length with them; a length of `limit` closes the sections that follow."""
    if length >= limit:
        return [], length
    for count, record in enumerate(records):
        length += _record_length(record, length, seen)
        if length > limit:
            return records[:count], limit
        if length == limit:
            return records[: count + 1], length
    return records, length


def _record_length(record: Record, at: int, seen: set[bytes]) -> int:
    rdata = record.rdata
    length = _name_length(record.owner, at, seen, compress=True) + 10 + len(rdata)
    spans, compress = names_in(record.rtype, rdata)
    for start, end in spans:
        offset = at + length - (len(rdata) - start)
        length -= end - start - _name_length(rdata[start:end], offset, seen, compress=compress)
    return length + _excess(record.rtype, rdata)


def _name_length(name: bytes, at: int, seen: set[bytes], *, compress: bool) -> int:
    """Octets that a name takes at an offset; what may be pointed at later is remembered in `seen`."""
    if len(name) == 1 or (not compress and at >= POINTABLE):
        return len(name)
    border = 0
    while size := name[border]:
        suffix = name[border:]
        if suffix in seen:
            return border + 2 if compress else len(name)
        if at < POINTABLE:
            seen.add(suffix)
        border += 1 + size
        at += 1 + len(label_text(suffix[1 : 1 + size]))  # its offsets within a name are those of the text
    return len(name)


def _excess(rtype: int, rdata: bytes) -> int:
    """Octets that record data counts above its length."""
    if rtype in _STRINGS:
        return _excess_of_strings(rdata, *_STRINGS[rtype])
    if rtype in _BASE64:
        key = len(rdata) - _BASE64[rtype]
        if rtype == codes.RRSIG:
            key -= sum(end - start for start, end in names_in(rtype, rdata)[0])
        return -key % 3
    return 0


def _excess_of_strings(rdata: bytes, at: int, count: int | None) -> int:
    """One for each octet that is printed behind a backslash, three for each that is printed as a number."""
    excess = 0
    while at < len(rdata) and count != 0:
        end = at + 1 + rdata[at]
        for octet in rdata[at + 1 : end]:
            excess += 1 if octet in b'"\\' else 0 if 0x20 <= octet <= 0x7E else 3
        at = end
        count = None if count is None else count - 1
    return excess
