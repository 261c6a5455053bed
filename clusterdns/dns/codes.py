"""Numbers of DNS and the names they go by: record types, classes, response codes, opcodes, header flags.

Texts are those that CoreDNS prints in logs and metrics (`TYPE65280` for a type without a name). Knows nothing of
messages.
"""

from typing import Final

# Record types that the program itself speaks of (RFC 1035 and later, IANA "DNS parameters").
A: Final = 1
NS: Final = 2
CNAME: Final = 5
SOA: Final = 6
PTR: Final = 12
HINFO: Final = 13
MX: Final = 15
TXT: Final = 16
AAAA: Final = 28
SRV: Final = 33
NAPTR: Final = 35
DNAME: Final = 39
OPT: Final = 41
DS: Final = 43
RRSIG: Final = 46
NSEC: Final = 47
DNSKEY: Final = 48
NSEC3: Final = 50
NSEC3PARAM: Final = 51
SVCB: Final = 64
HTTPS: Final = 65
IXFR: Final = 251
AXFR: Final = 252
TSIG: Final = 250
ANY: Final = 255

TRANSFERS: Final = (AXFR, IXFR)
"""Types of questions for a whole zone."""

TYPE_TEXT: Final[dict[int, str]] = {
    0: "None", 1: "A", 2: "NS", 3: "MD", 4: "MF", 5: "CNAME", 6: "SOA", 7: "MB", 8: "MG", 9: "MR", 10: "NULL",
    12: "PTR", 13: "HINFO", 14: "MINFO", 15: "MX", 16: "TXT", 17: "RP", 18: "AFSDB", 19: "X25", 20: "ISDN", 21: "RT",
    23: "NSAP-PTR", 24: "SIG", 25: "KEY", 26: "PX", 27: "GPOS", 28: "AAAA", 29: "LOC", 30: "NXT", 31: "EID",
    32: "NIMLOC", 33: "SRV", 34: "ATMA", 35: "NAPTR", 36: "KX", 37: "CERT", 39: "DNAME", 41: "OPT", 42: "APL",
    43: "DS", 44: "SSHFP", 45: "IPSECKEY", 46: "RRSIG", 47: "NSEC", 48: "DNSKEY", 49: "DHCID", 50: "NSEC3",
    51: "NSEC3PARAM", 52: "TLSA", 53: "SMIMEA", 55: "HIP", 56: "NINFO", 57: "RKEY", 58: "TALINK", 59: "CDS",
    60: "CDNSKEY", 61: "OPENPGPKEY", 62: "CSYNC", 63: "ZONEMD", 64: "SVCB", 65: "HTTPS", 99: "SPF", 100: "UINFO",
    101: "UID", 102: "GID", 103: "UNSPEC", 104: "NID", 105: "L32", 106: "L64", 107: "LP", 108: "EUI48",
    109: "EUI64", 128: "NXNAME", 249: "TKEY", 250: "TSIG", 251: "IXFR", 252: "AXFR", 253: "MAILB", 254: "MAILA",
    255: "ANY", 256: "URI", 257: "CAA", 258: "AVC", 259: "DOA", 260: "AMTRELAY", 261: "RESINFO", 32768: "TA",
    32769: "DLV", 65535: "Reserved",
}  # fmt: skip
TYPES: Final = {text: number for number, text in TYPE_TEXT.items()}

# Classes.
IN: Final = 1
CH: Final = 3
CLASS_TEXT: Final = {1: "IN", 2: "CS", 3: "CH", 4: "HS", 254: "NONE", 255: "ANY"}
CLASSES: Final = {text: number for number, text in CLASS_TEXT.items()}

# Response codes.
NOERROR: Final = 0
FORMERR: Final = 1
SERVFAIL: Final = 2
NXDOMAIN: Final = 3
NOTIMP: Final = 4
REFUSED: Final = 5
NOTAUTH: Final = 9
BADVERS: Final = 16
RCODE_TEXT: Final = {
    0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED", 6: "YXDOMAIN",
    7: "YXRRSET", 8: "NXRRSET", 9: "NOTAUTH", 10: "NOTZONE", 11: "DSOTYPENI", 16: "BADSIG", 17: "BADKEY",
    18: "BADTIME", 19: "BADMODE", 20: "BADNAME", 21: "BADALG", 22: "BADTRUNC", 23: "BADCOOKIE",
}  # fmt: skip
RCODES: Final = {text: number for number, text in RCODE_TEXT.items()} | {"NOTIMPL": 4}

# Opcodes.
QUERY: Final = 0
NOTIFY: Final = 4

# Flags of the header's second 16 bits (RFC 1035 4.1.1, RFC 4035 3.1.6).
QR: Final = 0x8000
AA: Final = 0x0400
TC: Final = 0x0200
RD: Final = 0x0100
RA: Final = 0x0080
AD: Final = 0x0020
CD: Final = 0x0010
DO: Final = 0x8000  # of the OPT record's flags (RFC 6891 6.1.3)


def type_text(number: int) -> str:
    """`A` for 1, `TYPE65280` for a type without a name (RFC 3597 section 5)."""
    return TYPE_TEXT.get(number) or f"TYPE{number}"


def class_text(number: int) -> str:
    """`IN` for 1, `CLASS7` for a class without a name (RFC 3597 section 5)."""
    return CLASS_TEXT.get(number) or f"CLASS{number}"


def rcode_text(number: int) -> str:
    """`NXDOMAIN` for 3, `RCODE77` for a code without a name."""
    return RCODE_TEXT.get(number) or f"RCODE{number}"


def parse_type(text: str) -> int | None:
    """The number of a type given as `AAAA` or `TYPE28`, in any case; None for what is no type."""
    return _number(text.upper(), TYPES, "TYPE")


def parse_class(text: str) -> int | None:
    """The number of a class given as `IN` or `CLASS1`, in any case; None for what is no class."""
    return _number(text.upper(), CLASSES, "CLASS")


def _number(text: str, names: dict[str, int], prefix: str) -> int | None:
    if text in names:
        return names[text]
    digits = text.removeprefix(prefix)
    if digits != text and digits.isascii() and digits.isdigit() and int(digits) <= 0xFFFF:
        return int(digits)
    return None
