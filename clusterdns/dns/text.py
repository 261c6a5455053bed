"""Records between text and wire, by dnspython: for zone files, templates, hosts and what is printed, never per query
of a cluster name. dnspython takes a while to import, so it is imported when first needed.
"""

from functools import lru_cache
from typing import TYPE_CHECKING

from clusterdns.dns import codes
from clusterdns.dns.names import BadName, encode_name, name_text
from clusterdns.dns.rdata import ADDRESS_SIZES
from clusterdns.dns.record import Record

if TYPE_CHECKING:
    import dns.rdata
    import dns.rdataclass
    import dns.rdatatype


class BadRecord(ValueError):
    """Text that is no record; the message says why."""


def parse_rdata(rtype: int, text: str, rclass: int = codes.IN) -> bytes:
    """Presentation form of record data to uncompressed wire form. Raises `BadRecord`."""
    import dns.exception
    import dns.name
    import dns.rdata

    try:
        known = dns.rdata.from_text(*_kind(rclass, rtype), text, origin=dns.name.root, relativize=False)
        return known.to_wire() or b""
    except (dns.exception.DNSException, ValueError, OverflowError) as error:
        raise BadRecord(f"{codes.type_text(rtype)} data '{text}': {error or type(error).__name__}") from None


@lru_cache(maxsize=1024)
def parse_record(text: str, default_ttl: int = 3600) -> Record:
    """A record as one line of a zone file: owner, optional TTL and class in any order, type, data.

    Raises `BadRecord`.
    """
    fields = text.split(None, 1)
    if len(fields) < 2:
        raise BadRecord(f"'{text}' is no record (owner [TTL] [class] type data)")
    owner, rest = fields
    ttl, rclass = default_ttl, codes.IN
    for _ in range(3):
        word, rest = (*rest.split(None, 1), "", "")[:2]
        if word.isascii() and word.isdigit() and int(word) < 2**32:
            ttl = int(word)
        elif (known := codes.CLASSES.get(word.upper())) is not None and word.upper() != "ANY":
            rclass = known
        elif (rtype := codes.parse_type(word)) is not None:
            try:
                return Record(encode_name(owner), rtype, ttl, parse_rdata(rtype, rest, rclass), rclass)
            except BadName as error:
                raise BadRecord(str(error)) from None
        else:
            break
    raise BadRecord(f"'{text}' has no record type")


def _kind(rclass: int, rtype: int) -> "tuple[dns.rdataclass.RdataClass, dns.rdatatype.RdataType]":
    import dns.rdataclass
    import dns.rdatatype

    return dns.rdataclass.RdataClass.make(rclass), dns.rdatatype.RdataType.make(rtype)


def _read(wire: bytes, rtype: int, start: int, length: int, rclass: int) -> "dns.rdata.Rdata":
    """Record data at a place of a message, as dnspython's value. Raises `BadRecord`."""
    import dns.exception
    import dns.rdata

    try:
        return dns.rdata.from_wire(*_kind(rclass, rtype), wire, start, length)
    except (dns.exception.DNSException, ValueError, IndexError, OverflowError) as error:
        raise BadRecord(f"{codes.type_text(rtype)} data in a message: {error or type(error).__name__}") from None


def rdata_text(rtype: int, rdata: bytes, rclass: int = codes.IN) -> str:
    r"""Wire form of record data to presentation form, names with a final dot; `\# …` for what can't be read."""
    if rtype == codes.A and len(rdata) == ADDRESS_SIZES[codes.A]:
        return ".".join(map(str, rdata))  # what is printed most, without what takes a while to import
    try:
        return _read(rdata, rtype, 0, len(rdata), rclass).to_text()
    except BadRecord:
        return f"\\# {len(rdata)} {rdata.hex()}"


def record_text(record: Record) -> str:
    """A record as one line of a zone file."""
    data = rdata_text(record.rtype, record.rdata, record.rclass)
    rclass, rtype = codes.class_text(record.rclass), codes.type_text(record.rtype)
    return f"{name_text(record.owner)} {record.ttl} {rclass} {rtype} {data}"
