"""Records from wire to text, by dnspython: for what is printed, never per query of a cluster name. dnspython takes a
while to import, so it is imported when first needed.
"""

from clusterdns.dns import codes
from clusterdns.dns.names import name_text
from clusterdns.dns.rdata import ADDRESS_SIZES
from clusterdns.dns.record import Record


def rdata_text(rtype: int, rdata: bytes, rclass: int = codes.IN) -> str:
    r"""Wire form of record data to presentation form, names with a final dot; `\# …` for what can't be read."""
    if rtype == codes.A and len(rdata) == ADDRESS_SIZES[codes.A]:
        return ".".join(map(str, rdata))  # what is printed most, without what takes a while to import
    import dns.exception
    import dns.rdata
    import dns.rdataclass
    import dns.rdatatype

    kind = dns.rdataclass.RdataClass.make(rclass), dns.rdatatype.RdataType.make(rtype)
    try:
        return dns.rdata.from_wire(*kind, rdata, 0, len(rdata)).to_text()
    except (dns.exception.DNSException, ValueError, IndexError, OverflowError):
        return f"\\# {len(rdata)} {rdata.hex()}"


def record_text(record: Record) -> str:
    """A record as one line of a zone file."""
    data = rdata_text(record.rtype, record.rdata, record.rclass)
    rclass, rtype = codes.class_text(record.rclass), codes.type_text(record.rtype)
    return f"{name_text(record.owner)} {record.ttl} {rclass} {rtype} {data}"
