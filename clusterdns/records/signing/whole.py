"""A zone signed as a whole: its keys, signatures and NSEC records added, so that a file server can serve it.

By dnspython. Values in, values out: takes the text of a zone file and gives that of the signed zone.
"""

from collections.abc import Sequence
from io import StringIO
from typing import Final

import dns.dnssec
import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdataset
import dns.rdatatype
import dns.zone
from dns.rdtypes.ANY.RRSIG import RRSIG
from dns.rdtypes.ANY.SOA import SOA

from clusterdns.dns.names import Name
from clusterdns.records.signing.keys import Key

_MADE: Final = ("DNSKEY", "RRSIG", "CDS", "CDNSKEY", "NSEC")  # by whoever signs
_DIGESTS: Final = ("SHA1", "SHA256")


class BadZone(Exception):
    """A zone that can't be signed."""


def sign_zone(text: str, origin: Name, keys: Sequence[Key], serial: int, inception: int, expiration: int) -> str:
    """The signed zone as a zone file; the times and the serial are seconds since 1970. Raises `BadZone`."""
    try:
        zone = dns.zone.from_text(
            text, dns.name.from_wire(origin, 0)[0], relativize=False, check_origin=False, allow_include=True
        )
    except (dns.exception.DNSException, OSError, ValueError) as error:
        raise BadZone(str(error) or type(error).__name__) from None
    assert zone.origin is not None
    found = zone.get_rdataset(zone.origin, "SOA")
    if found is None or not isinstance(found[0], SOA):
        raise BadZone("there is no SOA record")
    for name in list(zone):
        for rtype in _MADE:
            zone.delete_rdataset(name, rtype)
    zone.replace_rdataset(zone.origin, dns.rdataset.from_rdata(found.ttl, found[0].replace(serial=serial)))
    for key in keys:
        _announce(zone, key, found.ttl)
    dns.dnssec.sign_zone(
        zone,
        keys=[(key.private, key.public) for key in keys],
        dnskey_ttl=found.ttl,
        inception=inception,
        expiration=expiration,
        policy=dns.dnssec.allow_all_policy,
    )
    written = StringIO()
    zone.to_file(written, sorted=True, relativize=False)
    return written.getvalue()


def _announce(zone: dns.zone.Zone, key: Key, ttl: int) -> None:
    """Tells the parent which key is used (RFC 7344)."""
    assert zone.origin is not None
    public = key.public
    copy = dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.CDNSKEY, public.to_text())
    zone.find_rdataset(zone.origin, "CDNSKEY", create=True).add(copy, ttl)
    for digest in _DIGESTS:
        ds = dns.dnssec.make_ds(zone.origin, public, digest, policy=dns.dnssec.allow_all_policy)
        cds = dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.CDS, ds.to_text())
        zone.find_rdataset(zone.origin, "CDS", create=True).add(cds, ttl)


def validity(text: str) -> tuple[int, int] | None:
    """From when until when the SOA's signature in a zone of `sign_zone` holds, seconds since 1970; None without one."""
    for line in text.splitlines():
        fields = line.split(None, 4)  # owner, TTL, class, type, data
        if len(fields) == 5 and fields[3] == "RRSIG" and fields[4].startswith("SOA "):
            try:
                rdata = dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.RRSIG, fields[4])
            except dns.exception.DNSException:
                return None
            return (rdata.inception, rdata.expiration) if isinstance(rdata, RRSIG) else None
    return None
