"""Keys of zones, as dnssec-keygen writes them: a DNSKEY record in one file, the private key in another.

RSA, ECDSA and Ed25519; the fields of the private file are those of BIND (its format v1.3).
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import dns.dnssec
import dns.exception
import dns.name
import dns.rdataclass
import dns.rdatatype
import dns.zonefile
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from dns.rdtypes.ANY.DNSKEY import DNSKEY

from clusterdns.dns import codes
from clusterdns.dns.names import Name
from clusterdns.dns.record import Record

_CURVES: Final = {13: ec.SECP256R1, 14: ec.SECP384R1}
_ED25519: Final = 15
_RSA: Final = frozenset({5, 7, 8, 10})
_ZONE: Final = 0x0100
_SEP: Final = 0x0001
_DEFAULT_TTL: Final = 3600  # seconds, of a key that says none

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


class BadKey(Exception):
    """A file holds no key, or not one that signs."""


@dataclass(frozen=True)
class Key:
    """A key pair. `owner` is the zone it was made for, `ttl` that of its record in seconds."""

    owner: Name
    ttl: int
    public: DNSKEY
    private: PrivateKey

    @property
    def tag(self) -> int:
        """By which signatures name the key (RFC 4034 appendix B)."""
        return dns.dnssec.key_id(self.public)

    @property
    def is_ksk(self) -> bool:
        """Does it sign keys (RFC 4034 2.1.1)?"""
        return bool(self.public.flags & _ZONE and self.public.flags & _SEP)

    @property
    def is_zsk(self) -> bool:
        """Does it sign everything else?"""
        return bool(self.public.flags & _ZONE and not self.public.flags & _SEP)

    def record(self, owner: Name) -> Record:
        """The DNSKEY record of a zone."""
        return Record(owner, codes.DNSKEY, self.ttl, self.public.to_wire() or b"")


def read_key(base: Path) -> Key:
    """Reads the key pair of two files, of which `base` is the name without `.key` and `.private`, or with one of them.

    Raises `BadKey`.
    """
    stem = str(base).removesuffix(".key").removesuffix(".private")
    try:
        public, private = (Path(f"{stem}.{kind}").read_text(encoding="utf-8") for kind in ("key", "private"))
        return parse_key(public, private)
    except OSError as error:
        raise BadKey(f"{error.filename}: {error.strerror}") from None
    except (BadKey, UnicodeDecodeError) as error:
        raise BadKey(f"{stem}: {error}") from None


def parse_key(public: str, private: str) -> Key:
    """Reads a key pair from the text of its `.key` and its `.private` file. Raises `BadKey`."""
    try:
        (rrset, *_) = dns.zonefile.read_rrsets(
            public, rdclass=None, default_rdclass=dns.rdataclass.IN, default_ttl=_DEFAULT_TTL
        )
    except (dns.exception.DNSException, ValueError) as error:
        raise BadKey(f"no DNSKEY record: {error or type(error).__name__}") from None
    if rrset.rdtype != dns.rdatatype.DNSKEY or not isinstance(rrset[0], DNSKEY):
        raise BadKey(f"no DNSKEY record, but {dns.rdatatype.to_text(rrset.rdtype)}")
    fields = dict(line.split(":", 1) for line in private.splitlines() if ":" in line)
    try:
        made = _private_key(int(rrset[0].algorithm), {name: text.strip() for name, text in fields.items()})
    except KeyError as error:
        raise BadKey(f"no private key: {error.args[0]} is missing") from None
    except (binascii.Error, ValueError, UnsupportedAlgorithm) as error:
        raise BadKey(f"no private key: {error}") from None
    owner = (rrset.name.derelativize(dns.name.root).to_wire() or b"").lower()
    key = Key(owner, rrset.ttl, rrset[0], made)
    if dns.dnssec.make_dnskey(made.public_key(), rrset[0].algorithm, rrset[0].flags).key != rrset[0].key:
        raise BadKey("the private key is not that of the DNSKEY record")
    return key


def _private_key(algorithm: int, fields: Mapping[str, str]) -> PrivateKey:
    if algorithm in _RSA:
        return _rsa(fields)
    secret = base64.b64decode(fields["PrivateKey"], validate=True)
    if algorithm == _ED25519:
        return ed25519.Ed25519PrivateKey.from_private_bytes(secret)
    if algorithm not in _CURVES:
        raise ValueError(f"algorithm {algorithm} is not supported")
    return ec.derive_private_key(int.from_bytes(secret, "big"), _CURVES[algorithm]())


def _rsa(fields: Mapping[str, str]) -> rsa.RSAPrivateKey:
    def number(name: str) -> int:
        return int.from_bytes(base64.b64decode(fields[name], validate=True), "big")

    numbers = rsa.RSAPrivateNumbers(
        p=number("Prime1"),
        q=number("Prime2"),
        d=number("PrivateExponent"),
        dmp1=number("Exponent1"),
        dmq1=number("Exponent2"),
        iqmp=number("Coefficient"),
        public_numbers=rsa.RSAPublicNumbers(number("PublicExponent"), number("Modulus")),
    )
    return numbers.private_key()
